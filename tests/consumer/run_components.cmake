# What find_package(foregraph COMPONENTS ...) gives, and the errors of those it does not have.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

# find(ARGUMENTS EXPECTED): a project with find_package(foregraph ARGUMENTS). EXPECTED is a regular
# expression of the error, or a list of targets that are there after TARGETS, and not there after NOT.
function(find arguments)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "ERROR" "TARGETS;NOT")
  set(text "cmake_minimum_required(VERSION 3.25)\nproject(components LANGUAGES CXX)\n"
    "find_package(foregraph ${arguments} HINTS ${prefix})\n")
  foreach(target IN LISTS arg_TARGETS)
    string(APPEND text "if(NOT TARGET ${target})\n  message(FATAL_ERROR \"no ${target}\")\nendif()\n")
  endforeach()
  foreach(target IN LISTS arg_NOT)
    string(APPEND text "if(TARGET ${target})\n  message(FATAL_ERROR \"a ${target}\")\nendif()\n")
  endforeach()
  file(WRITE ${work_dir}/CMakeLists.txt ${text})
  execute_process(
    COMMAND ${CMAKE_COMMAND} -S ${work_dir} -B ${work_dir}/build -G ${generator}
      -D CMAKE_CXX_COMPILER=${compiler}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  if(arg_ERROR)
    if(status EQUAL 0 OR NOT output MATCHES "${arg_ERROR}")
      message(SEND_ERROR "find_package(foregraph ${arguments}): ${output}")
    endif()
  elseif(NOT status EQUAL 0)
    message(SEND_ERROR "find_package(foregraph ${arguments}): ${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${work_dir})
file(WRITE ${work_dir}/README "projects of consumer.components\n")
find("REQUIRED" TARGETS foregraph::foregraph foregraph::command_line foregraph::xtensor
  NOT foregraph::images)
find("REQUIRED COMPONENTS core" TARGETS foregraph::foregraph NOT foregraph::command_line)
find("REQUIRED COMPONENTS tools" TARGETS foregraph::foregraph foregraph::command_line)
find("REQUIRED COMPONENTS onnx" TARGETS foregraph::foregraph foregraph::onnx
  NOT foregraph::command_line)
find("REQUIRED OPTIONAL_COMPONENTS mpi" TARGETS foregraph::foregraph)
find("REQUIRED COMPONENTS core mpi"
  ERROR "foregraph has no component 'mpi', expected some of: core, plan, onnx, tools, images; and static")
find("REQUIRED COMPONENTS static shared" ERROR "foregraph cannot be static and shared in one project")
find("0.1 REQUIRED" ERROR "version: ${version}")
file(GLOB images ${prefix}/${libdir}/cmake/foregraph/foregraph-images-*)
if(images)
  find("REQUIRED COMPONENTS images" TARGETS foregraph::images)
else()
  find("REQUIRED COMPONENTS images" ERROR "the component 'images' of foregraph is not installed")
endif()
file(GLOB plan ${prefix}/${libdir}/cmake/foregraph/foregraph-plan-targets.cmake)
if(NOT plan)
  find("REQUIRED COMPONENTS plan" ERROR "the component 'plan' of foregraph is not installed")
endif()
