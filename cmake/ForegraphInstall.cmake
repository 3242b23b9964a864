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
file(GLOB public_headers RELATIVE ${FOREGRAPH_PUBLIC_INCLUDE_DIR} CONFIGURE_DEPENDS
  ${FOREGRAPH_PUBLIC_INCLUDE_DIR}/foregraph/*.hpp)
foregraph_needed_headers(installed_headers ${public_headers})
foregraph_install_headers(${installed_headers})

configure_package_config_file(cmake/foregraph-config.cmake.in
  ${PROJECT_BINARY_DIR}/foregraph-config.cmake INSTALL_DESTINATION ${package_dir})
install(FILES
  ${PROJECT_BINARY_DIR}/foregraph-config.cmake
  cmake/FindMinizip.cmake
  cmake/FindOpenBLASPthread.cmake
  DESTINATION ${package_dir})
