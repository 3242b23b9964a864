# Compiler options: ours (warnings, sanitizers, ccache) and the ones users need.

# base/compiler.hpp says it to the programs that include the library.
if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
    OR (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14))
  message(FATAL_ERROR "foregraph needs g++ 12 or clang 14, or a later one; ${CMAKE_CXX_COMPILER} is "
    "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}. Name another with -DCMAKE_CXX_COMPILER=")
endif()

set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(PROJECT_IS_TOP_LEVEL)
  get_property(is_multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(NOT CMAKE_BUILD_TYPE AND NOT is_multi_config)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
  endif()
  find_program(CCACHE_PROGRAM ccache)
  mark_as_advanced(CCACHE_PROGRAM)
  if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Without this sloppiness ccache refuses files with a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
  endif()
  if(FOREGRAPH_SANITIZE)
    add_compile_options(-fsanitize=${FOREGRAPH_SANITIZE} -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${FOREGRAPH_SANITIZE})
    # Their programs are large: a third of the time of the default linker.
    include(CheckLinkerFlag)
    check_linker_flag(CXX -fuse-ld=lld FOREGRAPH_HAS_LLD)
    if(FOREGRAPH_HAS_LLD)
      add_link_options(-fuse-ld=lld)
    endif()
  endif()
endif()

# Models are planned inside the compiler. clang's default limit of steps is met at some hundred
# nodes, and g++'s limit of loop iterations in long live-range scans. The lists are also used where
# the tests call a compiler directly.
set(FOREGRAPH_CONSTEXPR_OPTIONS_GNU
  -fconstexpr-ops-limit=268435456 -fconstexpr-loop-limit=1000000)
set(FOREGRAPH_CONSTEXPR_OPTIONS_Clang -fconstexpr-steps=33554432)

# Raises the limits of constant evaluation for `target` and for everything that links it.
function(foregraph_constexpr_limits target)
  set(scope PUBLIC)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    set(scope INTERFACE)
  endif()
  target_compile_features(${target} ${scope} cxx_std_20)
  target_compile_options(${target} ${scope}
    "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:${FOREGRAPH_CONSTEXPR_OPTIONS_GNU}>"
    "$<$<COMPILE_LANG_AND_ID:CXX,Clang,AppleClang>:${FOREGRAPH_CONSTEXPR_OPTIONS_Clang}>")
endfunction()

set(FOREGRAPH_WARNING_OPTIONS -Wall -Wextra -Wpedantic -Wshadow)
if(FOREGRAPH_WARNINGS_AS_ERRORS)
  list(APPEND FOREGRAPH_WARNING_OPTIONS -Werror)
endif()

# Options for our own code only; never exported. Our own code uses no old names. g++ 12 warns of
# overlapping copies wherever it inlines "text" + std::string (GCC bug 105651, mended in 13), so
# -Wrestrict is off there.
function(foregraph_compile_options target)
  target_compile_definitions(${target} PRIVATE FOREGRAPH_NO_OLD_NAMES)
  target_compile_options(${target} PRIVATE ${FOREGRAPH_WARNING_OPTIONS}
    "$<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>")
endfunction()

# Release builds optimise kernels by -O3. Elsewhere -O2 compiles in four fifths of its time, and what
# runs once for a command, in two thirds at -O1.
function(foregraph_optimise target level)
  target_compile_options(${target} PRIVATE "$<$<CONFIG:Release>:${level}>")
endfunction()

# Where programs are built only to see that they compile and link, as in scripts/test.
function(foregraph_program_options target)
  foregraph_compile_options(${target})
  if(NOT FOREGRAPH_OPTIMISE_PROGRAMS)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# A static library may become part of a shared one: a plug-in, a module for Python. Only names marked
# FOREGRAPH_EXPORT are visible outside of a shared library. Calls of those from inside still go straight
# to the function, which g++ would else leave to be replaced when a program is loaded.
function(foregraph_hidden_symbols target)
  set_target_properties(${target} PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    DEFINE_SYMBOL ""  # static and shared libraries have the same object files
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${target} PRIVATE
    "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-semantic-interposition>")
endfunction()

# CMake's "#pragma GCC system_header" would silence the warnings in our own headers.
set(CMAKE_PCH_PROLOGUE "")

# For programs of our own options that include the library: its headers are compiled once.
function(foregraph_precompiled_headers target)
  if(NOT TARGET foregraph_headers)
    set(source ${PROJECT_BINARY_DIR}/foregraph_headers.cpp)
    file(CONFIGURE OUTPUT ${source} @ONLY CONTENT "// The precompiled header alone.\n")
    add_library(foregraph_headers OBJECT ${source})
    target_link_libraries(foregraph_headers PRIVATE foregraph::foregraph)
    foregraph_program_options(foregraph_headers)
    target_precompile_headers(foregraph_headers PRIVATE <foregraph/foregraph.hpp>)
  endif()
  target_precompile_headers(${target} REUSE_FROM foregraph_headers)
endfunction()
