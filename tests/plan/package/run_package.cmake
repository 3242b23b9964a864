# Configures the planner alone, installs it, and builds a project that finds the package; with
# `prefix`, uses that installation instead. No package of others may be looked for.

set(others Boost CLI11 Minizip OpenBLASPthread PNG Threads TurboJPEG ZLIB benchmark nlohmann_json
  xsimd xtensor xtensor-blas xtl)
list(TRANSFORM others REPLACE "(.+)" "-DCMAKE_DISABLE_FIND_PACKAGE_\\1=ON" OUTPUT_VARIABLE no_others)
set(tools -G ${generator} -D CMAKE_MAKE_PROGRAM=${make_program})
if(toolchain)
  list(APPEND tools -D CMAKE_TOOLCHAIN_FILE=${toolchain})
else()
  list(APPEND tools -D CMAKE_CXX_COMPILER=${compiler})
endif()

function(run)
  list(JOIN ARGN " " line)
  message("+ ${line}")
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${work_dir})
if(NOT prefix)
  set(prefix ${work_dir}/prefix)
  run(${CMAKE_COMMAND} -S ${source_dir} -B ${work_dir}/plan ${tools} ${no_others}
    -D FOREGRAPH_PLANNER_ONLY=ON -D FOREGRAPH_BUILD_TESTS=OFF)
  run(${CMAKE_COMMAND} --build ${work_dir}/plan)
  run(${CMAKE_COMMAND} --install ${work_dir}/plan --prefix ${prefix})

  # Only headers, of which the planner needs each, and the package.
  file(GLOB_RECURSE files RELATIVE ${prefix} ${prefix}/*)
  foreach(file IN LISTS files)
    if(NOT file MATCHES "^include/foregraph/.*\\.hpp$"
        AND NOT file MATCHES "/cmake/foregraph/foregraph-[a-z-]+\\.cmake$")
      message(FATAL_ERROR "${file} is installed, expected headers and the package's files only")
    endif()
  endforeach()
  if(EXISTS ${prefix}/include/foregraph/trainer.hpp)
    message(FATAL_ERROR "trainer.hpp is installed, which needs the library")
  endif()

  # Who asks for more is told.
  foreach(asked "" "COMPONENTS plan images")
    file(CONFIGURE OUTPUT ${work_dir}/asks/CMakeLists.txt @ONLY CONTENT
"cmake_minimum_required(VERSION 3.25)
project(asks LANGUAGES NONE)
find_package(foregraph CONFIG REQUIRED @asked@)
")
    execute_process(COMMAND ${CMAKE_COMMAND} -S ${work_dir}/asks -B ${work_dir}/asks/build
      -G ${generator} -D CMAKE_MAKE_PROGRAM=${make_program} -D CMAKE_PREFIX_PATH=${prefix}
      RESULT_VARIABLE status ERROR_VARIABLE said OUTPUT_QUIET)
    string(REGEX REPLACE "[ \n]+" " " said "${said}")
    if(status EQUAL 0 OR NOT said MATCHES "was installed with FOREGRAPH_PLANNER_ONLY and has")
      message(FATAL_ERROR "find_package(foregraph ${asked}): expected a message that names "
        "FOREGRAPH_PLANNER_ONLY, got ${status} and '${said}'")
    endif()
  endforeach()
endif()

run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work_dir}/build ${tools} ${no_others}
  -D CMAKE_BUILD_TYPE=Release -D CMAKE_PREFIX_PATH=${prefix})
run(${CMAKE_COMMAND} --build ${work_dir}/build)
if(EXISTS ${work_dir}/build/numbers)
  run(${work_dir}/build/numbers)
endif()
