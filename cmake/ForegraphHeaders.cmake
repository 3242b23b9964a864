# Makes <foregraph/graph/shape.hpp> work from the build tree: symlinks to the rooms, the umbrella
# headers <foregraph/foregraph.hpp> and <foregraph/plan.hpp>, and <foregraph/all_ops.hpp>, which
# includes every header in ops/, optim/ and nn/ but the models: nothing lists ops by hand. <foregraph/models.hpp> has
# those.

set(FOREGRAPH_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)
# From the lowest to the highest: a room includes headers only of those before it, which
# tests/structure checks.
set(FOREGRAPH_LIBRARY_ROOMS
  base graph kernels ops optim autodiff nn planner compile runtime data diagnose train)

file(MAKE_DIRECTORY ${FOREGRAPH_INCLUDE_DIR}/foregraph)
foreach(room IN LISTS FOREGRAPH_LIBRARY_ROOMS ITEMS images tools)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${room} ${FOREGRAPH_INCLUDE_DIR}/foregraph/${room} SYMBOLIC)
endforeach()

# Leaves the file untouched if its content is the same, so that nothing is rebuilt.
function(foregraph_write path content)
  file(CONFIGURE OUTPUT ${path} CONTENT "${content}" @ONLY)
endfunction()

function(foregraph_umbrella header room_header)
  file(GLOB present CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${room_header})
  if(present)
    foregraph_write(${FOREGRAPH_INCLUDE_DIR}/foregraph/${header}
      "#pragma once\n#include <foregraph/${room_header}>\n")
  endif()
endfunction()
foregraph_umbrella(foregraph.hpp train/foregraph.hpp)
foregraph_umbrella(plan.hpp compile/foregraph_plan.hpp)

file(GLOB_RECURSE op_headers CONFIGURE_DEPENDS
  RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/ops/*.hpp ${PROJECT_SOURCE_DIR}/optim/*.hpp
  ${PROJECT_SOURCE_DIR}/nn/*.hpp)
list(FILTER op_headers EXCLUDE REGEX "^nn/models/")
list(SORT op_headers)
list(TRANSFORM op_headers REPLACE "(.+)" "#include <foregraph/\\1>")
list(JOIN op_headers "\n" op_includes)
foregraph_write(${FOREGRAPH_INCLUDE_DIR}/foregraph/all_ops.hpp
  "#pragma once\n${op_includes}\n")

file(GLOB model_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
  ${PROJECT_SOURCE_DIR}/nn/models/*.hpp)
list(SORT model_headers)
list(TRANSFORM model_headers REPLACE "(.+)" "#include <foregraph/\\1>")
list(JOIN model_headers "\n" model_includes)
foregraph_write(${FOREGRAPH_INCLUDE_DIR}/foregraph/models.hpp
  "#pragma once\n#include <foregraph/plan.hpp>\n${model_includes}\n")
