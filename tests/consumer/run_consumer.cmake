# Configures, builds and runs the consumer project with the installed library, static or shared; see
# CMakeLists.txt here.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
file(REMOVE_RECURSE ${work_dir})
# Optimised with one kind, as users compile it; the other is for what is linked.
set(options)
if(kind STREQUAL "shared")
  set(options -D CMAKE_CXX_FLAGS_RELEASE=-O0)
endif()
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work_dir} -G ${generator}
  -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_BUILD_TYPE=${build_type}
  -D FOREGRAPH_CONSUMER_WAY=installed -D FOREGRAPH_CONSUMER_KIND=${kind}
  -D CMAKE_PREFIX_PATH=${prefix} ${options})
run(${CMAKE_COMMAND} --build ${work_dir})
run(${work_dir}/consumer)
run(${work_dir}/small)
if(kind STREQUAL "shared")
  run(${prefix}/${bindir}/foregraph --version)
endif()
if(kind STREQUAL "static")
  find_program(python3 python3)
  if(python3)
    run(${python3} ${CMAKE_CURRENT_LIST_DIR}/from_python.py ${work_dir}/libplugin.so)
  else()
    message("Without python3, the plug-in is not tried in Python")
  endif()

  # The planner of the same installation, by a project that has no other package.
  run(${CMAKE_COMMAND} -D prefix=${prefix} -D work_dir=${work_dir}/plan
    -D generator=${generator} -D make_program=${make_program} -D compiler=${compiler}
    -P ${CMAKE_CURRENT_LIST_DIR}/../plan/package/run_package.cmake)
endif()
