# The library as content that a project fetches: here it configures, and a file compiles with the
# target's options. scripts/test tsan builds the library within another project.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
file(REMOVE_RECURSE ${work_dir})
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work_dir} -G ${generator}
  -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_BUILD_TYPE=${build_type}
  -D FOREGRAPH_CONSUMER_WAY=fetched)
run(${CMAKE_COMMAND} --build ${work_dir} --target small_object)
