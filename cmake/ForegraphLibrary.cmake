# What our libraries share: static or shared, with versions and as few exported symbols as possible.

include(CheckLinkerFlag)

if(PROJECT_IS_TOP_LEVEL)
  option(BUILD_SHARED_LIBS "Build shared libraries" OFF)
endif()
set(default_both OFF)
if(PROJECT_IS_TOP_LEVEL AND NOT FOREGRAPH_SANITIZE)
  set(default_both ON)
endif()
option(FOREGRAPH_BOTH_LIBRARIES
  "Make static and shared libraries of the same object files; BUILD_SHARED_LIBS says which our \
programs use" ${default_both})

# The symbols of a library belong to a version, so that a program started with the library of another
# one is refused by name instead of running into changed classes: until 1.0 each minor version may
# change them, and the name of the file has only the major one.
set(symbol_version FOREGRAPH_${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
if(PROJECT_VERSION_MAJOR GREATER 0)
  set(symbol_version FOREGRAPH_${PROJECT_VERSION_MAJOR})
endif()
set(version_script ${PROJECT_BINARY_DIR}/foregraph.map)
configure_file(${CMAKE_CURRENT_LIST_DIR}/foregraph.map.in ${version_script} @ONLY)
check_linker_flag(CXX LINKER:--version-script=${version_script} FOREGRAPH_HAS_VERSION_SCRIPT)

function(foregraph_shared_options target)
  set_target_properties(${target} PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
    INSTALL_RPATH "$ORIGIN" INSTALL_RPATH_USE_LINK_PATH ON)
  if(FOREGRAPH_HAS_VERSION_SCRIPT)
    target_link_options(${target} PRIVATE LINKER:--version-script=${version_script})
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${version_script})
  endif()
  if(NOT FOREGRAPH_SANITIZE)
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
endfunction()

# foregraph_library(NAME EXPORT_NAME <name> [PUBLIC <library>...] [PRIVATE <library>...])
#
# Completes the library NAME, whose sources, include folders and options are set: links it, and makes
# the other kind of it (NAME_shared or NAME_static) of the same object files. A library of ours among
# those linked stands for the same kind.
function(foregraph_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXPORT_NAME" "PUBLIC;PRIVATE")
  target_link_libraries(${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${arg_EXPORT_NAME})
  get_target_property(type ${name} TYPE)
  if(type STREQUAL "SHARED_LIBRARY")
    foregraph_shared_options(${name})
  endif()
  if(NOT FOREGRAPH_BOTH_LIBRARIES)
    return()
  endif()

  set(other_kind SHARED)
  if(type STREQUAL "SHARED_LIBRARY")
    set(other_kind STATIC)
  endif()
  string(TOLOWER ${other_kind} suffix)
  set(other ${name}_${suffix})
  get_target_property(kernels ${name} foregraph_kernel_objects)
  add_library(${other} ${other_kind} $<TARGET_OBJECTS:${name}>)
  foreach(objects IN LISTS kernels)
    if(TARGET ${objects})  # the property of a library without kernels is "kernels-NOTFOUND"
      target_sources(${other} PRIVATE $<TARGET_OBJECTS:${objects}>)
    endif()
  endforeach()
  set_target_properties(${other} PROPERTIES
    OUTPUT_NAME ${name} EXPORT_NAME ${arg_EXPORT_NAME} LINKER_LANGUAGE CXX)
  foreach(property COMPILE_FEATURES COMPILE_OPTIONS INCLUDE_DIRECTORIES LINK_OPTIONS)
    get_target_property(value ${name} INTERFACE_${property})
    if(value)
      set_property(TARGET ${other} PROPERTY INTERFACE_${property} ${value})
    endif()
  endforeach()
  list(TRANSFORM arg_PUBLIC REPLACE "^(foregraph.*)" "\\1_${suffix}")
  target_link_libraries(${other} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  if(other_kind STREQUAL "SHARED")
    foregraph_shared_options(${other})
  endif()
endfunction()
