# foregraph::plan: <foregraph/plan.hpp> for models that are planned in the compiler. Headers only, and
# none of another library. With FOREGRAPH_PLANNER_ONLY it is all that this project has, so that a
# cross build for a device configures with nothing but its compiler.

add_library(foregraph_plan INTERFACE)
add_library(foregraph::plan ALIAS foregraph_plan)
set_target_properties(foregraph_plan PROPERTIES EXPORT_NAME plan)
target_include_directories(foregraph_plan INTERFACE
  $<BUILD_INTERFACE:${FOREGRAPH_PUBLIC_INCLUDE_DIR}> $<BUILD_INTERFACE:${FOREGRAPH_INCLUDE_DIR}>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
foregraph_constexpr_limits(foregraph_plan)

foregraph_needed_headers(plan_headers foregraph/plan.hpp)

# The same headers as one file: target foregraph_single_header, which no other target needs.
find_package(Python3 COMPONENTS Interpreter QUIET)
set(FOREGRAPH_SINGLE_HEADER ${PROJECT_BINARY_DIR}/foregraph_plan.hpp)
if(Python3_Interpreter_FOUND)
  set(header_files)
  foreach(header IN LISTS plan_headers)
    foregraph_header_path(${header} path)
    list(APPEND header_files ${path})
  endforeach()
  add_custom_command(OUTPUT ${FOREGRAPH_SINGLE_HEADER}
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/single_header
      ${FOREGRAPH_SINGLE_HEADER} ${PROJECT_BINARY_DIR}
    DEPENDS ${PROJECT_SOURCE_DIR}/scripts/single_header ${header_files}
    COMMENT "Writing foregraph_plan.hpp"
    VERBATIM)
  add_custom_target(foregraph_single_header DEPENDS ${FOREGRAPH_SINGLE_HEADER})
  if(FOREGRAPH_INSTALL)
    # cmake --install BUILD --component single_header, after the target was built.
    install(FILES ${FOREGRAPH_SINGLE_HEADER} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
      COMPONENT single_header EXCLUDE_FROM_ALL)
  endif()
endif()

if(FOREGRAPH_INSTALL)
  include(CMakePackageConfigHelpers)
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/foregraph)
  install(TARGETS foregraph_plan EXPORT foregraph-plan-targets)
  install(EXPORT foregraph-plan-targets NAMESPACE foregraph:: DESTINATION ${package_dir}
    COMPONENT development)
  # Headers fit any processor, a library only its own.
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/foregraph-plan-version.cmake
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
  install(FILES ${PROJECT_BINARY_DIR}/foregraph-plan-version.cmake DESTINATION ${package_dir}
    COMPONENT development)
  if(FOREGRAPH_PLANNER_ONLY)
    file(COPY_FILE ${PROJECT_BINARY_DIR}/foregraph-plan-version.cmake
      ${PROJECT_BINARY_DIR}/foregraph-config-version.cmake)
    foregraph_install_headers(${plan_headers})
    install(FILES cmake/foregraph-plan-config.cmake DESTINATION ${package_dir}
      RENAME foregraph-config.cmake)
  else()
    write_basic_package_version_file(${PROJECT_BINARY_DIR}/foregraph-library-version.cmake
      COMPATIBILITY SameMinorVersion)
    install(FILES ${PROJECT_BINARY_DIR}/foregraph-library-version.cmake
      DESTINATION ${package_dir} COMPONENT development)
    file(COPY_FILE ${PROJECT_SOURCE_DIR}/cmake/foregraph-config-version.cmake
      ${PROJECT_BINARY_DIR}/foregraph-config-version.cmake)
  endif()
  install(FILES ${PROJECT_BINARY_DIR}/foregraph-config-version.cmake DESTINATION ${package_dir}
    COMPONENT development)
endif()

if(FOREGRAPH_PLANNER_ONLY AND FOREGRAPH_BUILD_TESTS)
  enable_testing()
  add_subdirectory(tests/plan)
endif()
