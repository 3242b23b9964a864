# cmake --install, and the package that find_package(foregraph CONFIG) finds.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/foregraph)
set(installed foregraph)
if(TARGET foregraph_command_line)
  list(APPEND installed foregraph_command_line)
endif()
install(TARGETS ${installed} EXPORT foregraph-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT foregraph-targets NAMESPACE foregraph:: DESTINATION ${package_dir})
# A component of its own: others need no image libraries.
if(TARGET foregraph_images)
  install(TARGETS foregraph_images EXPORT foregraph-images-targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT foregraph-images-targets NAMESPACE foregraph:: DESTINATION ${package_dir})
  install(FILES cmake/FindTurboJPEG.cmake DESTINATION ${package_dir})
endif()
if(TARGET foregraph_tool)
  install(TARGETS foregraph_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(header_dir ${CMAKE_INSTALL_INCLUDEDIR}/foregraph)
install(DIRECTORY ${FOREGRAPH_LIBRARY_ROOMS} images DESTINATION ${header_dir}
  FILES_MATCHING PATTERN "*.hpp")
install(FILES tools/command_line.hpp DESTINATION ${header_dir}/tools OPTIONAL)
# Made by ForegraphHeaders.cmake.
list(JOIN FOREGRAPH_LIBRARY_ROOMS "|" rooms_regex)
string(APPEND rooms_regex "|images|tools")
install(DIRECTORY ${FOREGRAPH_INCLUDE_DIR}/foregraph/ DESTINATION ${header_dir}
  FILES_MATCHING PATTERN "*.hpp" REGEX "/(${rooms_regex})$" EXCLUDE)

configure_package_config_file(cmake/foregraph-config.cmake.in
  ${PROJECT_BINARY_DIR}/foregraph-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/foregraph-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/foregraph-config.cmake
  ${PROJECT_BINARY_DIR}/foregraph-config-version.cmake
  cmake/FindMinizip.cmake
  cmake/FindOpenBLASPthread.cmake
  DESTINATION ${package_dir})
