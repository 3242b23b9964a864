# The package of an installation made with FOREGRAPH_PLANNER_ONLY: find_package(foregraph COMPONENTS
# plan) gives foregraph::plan.
set(others ${foregraph_FIND_COMPONENTS})
list(REMOVE_ITEM others plan)
if(NOT foregraph_FIND_COMPONENTS)
  set(foregraph_FOUND FALSE)
  set(foregraph_NOT_FOUND_MESSAGE "${CMAKE_CURRENT_LIST_DIR} was installed with \
FOREGRAPH_PLANNER_ONLY and has no library; expected find_package(foregraph COMPONENTS plan), or an \
installation made without FOREGRAPH_PLANNER_ONLY")
  return()
endif()
include(${CMAKE_CURRENT_LIST_DIR}/foregraph-plan-targets.cmake)
set(foregraph_plan_FOUND TRUE)
foreach(component IN LISTS others)
  set(foregraph_${component}_FOUND FALSE)
  if(foregraph_FIND_REQUIRED_${component})
    set(foregraph_FOUND FALSE)
    set(foregraph_NOT_FOUND_MESSAGE "${CMAKE_CURRENT_LIST_DIR} was installed with \
FOREGRAPH_PLANNER_ONLY and has the component plan only, not ${component}")
  endif()
endforeach()
unset(others)
