# Where headers are found. include/foregraph/ has the public ones. All others are
# <foregraph/detail/ROOM/...>: in the build tree by symbolic links to the rooms, in an installation as
# files. Nothing lists ops, kernels or models by hand: <foregraph/detail/all_ops.hpp>,
# <foregraph/detail/all_kernels.hpp> and <foregraph/detail/all_models.hpp> are made here.

set(FOREGRAPH_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)
set(FOREGRAPH_PUBLIC_INCLUDE_DIR ${PROJECT_SOURCE_DIR}/include)
# From the lowest to the highest: a room includes headers only of those before it, which
# tests/structure checks.
set(FOREGRAPH_LIBRARY_ROOMS
  base graph kernels ops optim autodiff nn planner compile runtime data diagnose train)

file(MAKE_DIRECTORY ${FOREGRAPH_INCLUDE_DIR}/foregraph/detail)
foreach(room IN LISTS FOREGRAPH_LIBRARY_ROOMS ITEMS images onnx tools)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${room}
    ${FOREGRAPH_INCLUDE_DIR}/foregraph/detail/${room} SYMBOLIC)
endforeach()

# foregraph_all_headers(NAME EXCLUDE PATTERN...): <foregraph/detail/NAME> includes the headers that
# match a pattern and not the regular expression EXCLUDE, if that is not empty. The file is left alone
# if its content is the same, so that nothing is rebuilt.
function(foregraph_all_headers name exclude)
  list(TRANSFORM ARGN PREPEND "${PROJECT_SOURCE_DIR}/")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${ARGN})
  if(exclude)
    list(FILTER headers EXCLUDE REGEX "${exclude}")
  endif()
  list(SORT headers)
  list(TRANSFORM headers REPLACE "(.+)" "#include <foregraph/detail/\\1>")
  list(JOIN headers "\n" includes)
  file(CONFIGURE OUTPUT ${FOREGRAPH_INCLUDE_DIR}/foregraph/detail/${name}
    CONTENT "#pragma once\n${includes}\n" @ONLY)
endfunction()
foregraph_all_headers(all_ops.hpp "^nn/models/" ops/*.hpp optim/*.hpp nn/*.hpp)
# The same layers and optimizers for the public headers.
foregraph_all_headers(all_layers.hpp "" nn/layers/*.hpp nn/losses/*.hpp)
foregraph_all_headers(all_optimizers.hpp "" optim/*.hpp)
# The kernels of ops are in folders by kind, as the ops are.
foregraph_all_headers(all_kernels.hpp "^kernels/(gemm|isa|simd|threads)/" kernels/*/*.hpp)
foregraph_all_headers(all_models.hpp "" nn/models/*.hpp)

# foregraph_needed_headers(RESULT HEADER...): sets RESULT to the headers given, such as
# foregraph/plan.hpp, and to all that these include of ours, directly or not.
function(foregraph_needed_headers result)
  set(open_headers ${ARGN})
  set(needed)
  while(open_headers)
    list(POP_FRONT open_headers header)
    list(APPEND needed ${header})
    foregraph_header_path(${header} path)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    file(STRINGS ${path} includes REGEX "^#include <foregraph/[^>]+>")
    list(TRANSFORM includes REPLACE "^#include <([^>]+)>.*" "\\1")
    list(REMOVE_ITEM includes ${needed})
    list(APPEND open_headers ${includes})
    list(REMOVE_DUPLICATES open_headers)
  endwhile()
  list(SORT needed)
  set(${result} ${needed} PARENT_SCOPE)
endfunction()

# Sets `result` to the file of a header, public or not.
function(foregraph_header_path header result)
  set(path ${FOREGRAPH_PUBLIC_INCLUDE_DIR}/${header})
  if(NOT EXISTS ${path})
    set(path ${FOREGRAPH_INCLUDE_DIR}/${header})
  endif()
  set(${result} ${path} PARENT_SCOPE)
endfunction()

# Installs the headers given.
function(foregraph_install_headers)
  foreach(header IN LISTS ARGN)
    foregraph_header_path(${header} path)
    cmake_path(GET header PARENT_PATH folder)
    install(FILES ${path} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder}
      COMPONENT development)
  endforeach()
endfunction()
