# Configures, builds and runs the consumer project from nothing; see CMakeLists.txt here.

set(options -D FOREGRAPH_CONSUMER_WAY=${way} -D FOREGRAPH_SOURCE_DIR=${source_dir})

function(run)
  list(JOIN ARGN " " line)
  message("+ ${line}")
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${work_dir})
if(way STREQUAL "installed")
  run(${CMAKE_COMMAND} --install ${build_dir} --prefix ${work_dir}/prefix)
  list(APPEND options -D CMAKE_PREFIX_PATH=${work_dir}/prefix)
else()
  # As a device's project would: one set of kernels, which also makes for a short test. So do whole
  # folders at a time and Debug, which no other test builds, without the debugger's data.
  list(APPEND options -D FOREGRAPH_ISA_LEVELS=baseline -D CMAKE_CXX_FLAGS_DEBUG=-O0
    -D CMAKE_UNITY_BUILD=ON -D CMAKE_UNITY_BUILD_BATCH_SIZE=0)
  set(build_type Debug)
endif()
if(ccache)
  set(ENV{CMAKE_CXX_COMPILER_LAUNCHER} ${ccache})
endif()
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work_dir}/build -G ${generator}
  -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_BUILD_TYPE=${build_type} ${options})
run(${CMAKE_COMMAND} --build ${work_dir}/build)
run(${work_dir}/build/consumer)
