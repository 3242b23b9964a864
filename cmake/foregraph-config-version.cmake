# The version of an installation with the library. Its headers for planning are for any processor.
if("${foregraph_FIND_COMPONENTS}" STREQUAL "plan")
  include(${CMAKE_CURRENT_LIST_DIR}/foregraph-plan-version.cmake)
else()
  include(${CMAKE_CURRENT_LIST_DIR}/foregraph-library-version.cmake)
endif()
