# A plain Makefile with pkg-config.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
file(REMOVE_RECURSE ${work_dir})
file(MAKE_DIRECTORY ${work_dir})
run(make -C ${work_dir} -f ${CMAKE_CURRENT_LIST_DIR}/makefile/Makefile KIND=${kind} CXX=${compiler} small)
run(${work_dir}/small)
