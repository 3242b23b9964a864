# Installs the library, then configures, builds and runs the consumer project from nothing; see
# CMakeLists.txt here.

function(run)
  list(JOIN ARGN " " line)
  message("+ ${line}")
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${work_dir})
if(ccache)
  set(ENV{CMAKE_CXX_COMPILER_LAUNCHER} ${ccache})
endif()
run(${CMAKE_COMMAND} --install ${build_dir} --prefix ${work_dir}/prefix)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work_dir}/build -G ${generator}
  -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_BUILD_TYPE=${build_type}
  -D FOREGRAPH_CONSUMER_WAY=installed -D CMAKE_PREFIX_PATH=${work_dir}/prefix)
run(${CMAKE_COMMAND} --build ${work_dir}/build)
run(${work_dir}/build/consumer)

# The planner of the same installation, by a project that has no other package.
run(${CMAKE_COMMAND} -D prefix=${work_dir}/prefix -D work_dir=${work_dir}/plan
  -D generator=${generator} -D make_program=${make_program} -D compiler=${compiler}
  -P ${CMAKE_CURRENT_LIST_DIR}/../plan/package/run_package.cmake)
