# cmake --install, and the package that find_package(foregraph CONFIG) finds.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/foregraph)
set(installed foregraph foregraph_xtensor)
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

# The public headers, and of the others those that they need.
install(DIRECTORY include/foregraph DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set(installed_headers)
file(GLOB open_headers RELATIVE ${PROJECT_SOURCE_DIR}/include CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/include/foregraph/*.hpp)
while(open_headers)
  list(POP_FRONT open_headers header)
  set(path ${PROJECT_SOURCE_DIR}/include/${header})
  if(NOT EXISTS ${path})
    set(path ${FOREGRAPH_INCLUDE_DIR}/${header})
    cmake_path(GET header PARENT_PATH folder)
    install(FILES ${path} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  endif()
  list(APPEND installed_headers ${header})
  file(STRINGS ${path} includes REGEX "^#include <foregraph/[^>]+>")
  list(TRANSFORM includes REPLACE "^#include <([^>]+)>.*" "\\1")
  list(REMOVE_ITEM includes ${installed_headers})
  list(APPEND open_headers ${includes})
  list(REMOVE_DUPLICATES open_headers)
endwhile()

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
