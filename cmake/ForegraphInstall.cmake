# cmake --install, and the packages that find_package(foregraph CONFIG), pkg-config and readers of the
# Common Package Specification find. Nothing in them is an absolute path of the installation, so it may
# be moved. The parts for cmake --install --component and for packages of a system are "runtime" (shared
# libraries), "development" and "tools".

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/foregraph)
set(FOREGRAPH_DEFAULT_KIND static)
get_target_property(type foregraph TYPE)
if(type STREQUAL "SHARED_LIBRARY")
  set(FOREGRAPH_DEFAULT_KIND shared)
endif()

# foregraph_install_library(COMPONENT TARGET): the target and its other kind, each with a file of
# targets foregraph-COMPONENT-KIND-targets.cmake.
function(foregraph_install_library component name)
  foreach(target IN ITEMS ${name} ${name}_static ${name}_shared)
    if(TARGET ${target})
      get_target_property(type ${target} TYPE)
      string(REGEX REPLACE "_LIBRARY" "" kind ${type})
      string(TOLOWER ${kind} kind)
      set(export foregraph-${component}-${kind}-targets)
      install(TARGETS ${target} EXPORT ${export}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
      install(EXPORT ${export} NAMESPACE foregraph:: DESTINATION ${package_dir} COMPONENT development)
    endif()
  endforeach()
endfunction()

foregraph_install_library(core foregraph)
foregraph_install_library(onnx foregraph_onnx)
if(TARGET foregraph_command_line)
  foregraph_install_library(tools foregraph_command_line)
endif()
# A component of its own: others need no image libraries.
if(TARGET foregraph_images)
  foregraph_install_library(images foregraph_images)
  install(FILES cmake/FindTurboJPEG.cmake DESTINATION ${package_dir} COMPONENT development)
endif()
if(TARGET foregraph_tool)
  install(TARGETS foregraph_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
  get_target_property(manual foregraph_tool foregraph_manual)
  if(manual)
    list(GET manual 0 page)
    list(GET manual 1 completion)
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tools)
    install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
      RENAME foregraph COMPONENT tools)
  endif()
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
  DESTINATION ${package_dir} COMPONENT development)

# The same for other build systems. Their paths are relative to the file.
set(is_shared OFF)
if(TARGET foregraph_shared OR FOREGRAPH_DEFAULT_KIND STREQUAL "shared")
  set(is_shared ON)
endif()
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(cps_dir ${CMAKE_INSTALL_LIBDIR}/cps)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}/${pc_dir} OUTPUT_VARIABLE PREFIX_FROM_PC)
list(JOIN FOREGRAPH_CONSTEXPR_OPTIONS_GNU " " CONSTEXPR_OPTIONS_GNU)
list(JOIN FOREGRAPH_CONSTEXPR_OPTIONS_Clang " " CONSTEXPR_OPTIONS_CLANG)
cmake_path(GET OpenBLASPthread_LIBRARY PARENT_PATH openblas_dir)
set(openblas_libs -lopenblas)
if(NOT openblas_dir IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
  set(openblas_libs "-L${openblas_dir} -lopenblas")
endif()

# foregraph_pc_file(NAME LIBRARY DESCRIPTION REQUIRES PRIVATE_LIBRARIES): a program that links the static
# library needs the private libraries, so they are not private where there is no shared one.
function(foregraph_pc_file PC_NAME PC_LIBRARY PC_DESCRIPTION PC_REQUIRES private_libraries)
  set(PC_LIBS "-l${PC_LIBRARY}")
  set(PC_LIBS_PRIVATE "${private_libraries}")
  if(NOT is_shared)
    string(APPEND PC_LIBS " ${private_libraries}")
    set(PC_LIBS_PRIVATE "")
  endif()
  configure_file(cmake/foregraph.pc.in ${PROJECT_BINARY_DIR}/${PC_NAME}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${PC_NAME}.pc DESTINATION ${pc_dir} COMPONENT development)
endfunction()
foregraph_pc_file(foregraph foregraph "${PROJECT_DESCRIPTION}" ""
  "${openblas_libs} -lminizip -lz -pthread")
foregraph_pc_file(foregraph-onnx foregraph_onnx
  "ONNX files as models of foregraph" "foregraph = ${PROJECT_VERSION}" "")
if(TARGET foregraph_command_line)
  foregraph_pc_file(foregraph-command-line foregraph_command_line
    "The command line of foregraph for models of one's own" "foregraph-onnx = ${PROJECT_VERSION}" "")
endif()
if(TARGET foregraph_images)
  foregraph_pc_file(foregraph-images foregraph_images
    "Image folders as data sets of foregraph" "foregraph = ${PROJECT_VERSION}" "-lpng -lturbojpeg")
endif()

# foregraph_cps_component(NAME TYPE LIBRARY REQUIRES LINK_LIBRARIES): appends to `components`.
function(foregraph_cps_component name type library requires link_libraries)
  set(suffix ${CMAKE_STATIC_LIBRARY_SUFFIX})
  if(type STREQUAL "dylib")
    set(suffix ${CMAKE_SHARED_LIBRARY_SUFFIX})
    set(link_libraries "")
  endif()
  list(TRANSFORM link_libraries REPLACE "(.+)" "\"\\1\"")
  list(JOIN link_libraries ", " link_libraries)
  string(CONCAT text
    "    \"${name}\": {\n"
    "      \"type\": \"${type}\",\n"
    "      \"location\": \"@prefix@/${CMAKE_INSTALL_LIBDIR}/lib${library}${suffix}\",\n"
    "      \"includes\": [\"@prefix@/${CMAKE_INSTALL_INCLUDEDIR}\"],\n"
    "      \"compile_features\": [\"c++20\"],\n"
    "      \"link_libraries\": [${link_libraries}],\n"
    "      \"requires\": [${requires}]\n"
    "    }")
  set(components ${components} ${text} PARENT_SCOPE)
endfunction()
set(components)
set(cps_types)
if(is_shared)
  list(APPEND cps_types dylib)
endif()
if(TARGET foregraph_static OR FOREGRAPH_DEFAULT_KIND STREQUAL "static")
  list(APPEND cps_types archive)
endif()
set(suffix "")
foreach(type IN LISTS cps_types)
  foregraph_cps_component(foregraph${suffix} ${type} foregraph "" "openblas;minizip;z;pthread")
  foregraph_cps_component(onnx${suffix} ${type} foregraph_onnx "\":foregraph${suffix}\"" "")
  if(TARGET foregraph_command_line)
    foregraph_cps_component(command_line${suffix} ${type} foregraph_command_line
      "\":onnx${suffix}\"" "")
  endif()
  if(TARGET foregraph_images)
    foregraph_cps_component(images${suffix} ${type} foregraph_images
      "\":foregraph${suffix}\"" "png;turbojpeg")
  endif()
  set(suffix -static)  # beside the shared ones
endforeach()
list(JOIN components ",\n" CPS_COMPONENTS)
set(CPS_DIR ${cps_dir})
set(PREFIX_IN_CPS "@prefix@")
configure_file(cmake/foregraph.cps.in ${PROJECT_BINARY_DIR}/foregraph.cps @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/foregraph.cps DESTINATION ${cps_dir} COMPONENT development)
