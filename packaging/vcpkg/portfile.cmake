# A port for an overlay: vcpkg install foregraph --overlay-ports=packaging/vcpkg, in a working tree. It takes
# the sources of that tree.
get_filename_component(SOURCE_PATH ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
  FEATURES
    tools FOREGRAPH_BUILD_TOOLS
  INVERTED_FEATURES
    images CMAKE_DISABLE_FIND_PACKAGE_PNG)
vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    -DFOREGRAPH_BUILD_TESTS=OFF
    -DFOREGRAPH_BUILD_BENCH=OFF
    -DFOREGRAPH_BUILD_EXAMPLES=OFF
    -DFOREGRAPH_BOTH_LIBRARIES=OFF
    ${FEATURE_OPTIONS}
  MAYBE_UNUSED_VARIABLES CMAKE_DISABLE_FIND_PACKAGE_PNG)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/foregraph)
vcpkg_fixup_pkgconfig()
if("tools" IN_LIST FEATURES)
  vcpkg_copy_tools(TOOL_NAMES foregraph AUTO_CLEAN)
endif()

file(REMOVE_RECURSE
  "${CURRENT_PACKAGES_DIR}/debug/include"
  "${CURRENT_PACKAGES_DIR}/debug/share")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
