# Kernels compiled once per level of vector instructions; the runtime picks a level at start.

include(CheckCXXCompilerFlag)
include(CheckCXXSourceCompiles)

set(FOREGRAPH_ISA_FLAGS_baseline "")
set(FOREGRAPH_ISA_FLAGS_avx2 -mavx2 -mfma)
set(FOREGRAPH_ISA_FLAGS_avx512 -mavx512f -mavx512bw -mavx512cd -mavx512dq -mavx512vl -mavx2 -mfma)

# Asks the compiler and not CMAKE_SYSTEM_PROCESSOR, which is wrong for -m32 and cross builds.
check_cxx_source_compiles("
  #if !defined(__x86_64__)
  #error
  #endif
  int main() {}" FOREGRAPH_TARGET_IS_X86_64)
option(FOREGRAPH_NO_SIMD "Kernels in plain C++, as on processors that xsimd is not used on" OFF)
set(levels baseline)
if(FOREGRAPH_TARGET_IS_X86_64 AND NOT FOREGRAPH_NO_SIMD)
  list(APPEND levels avx2 avx512)
  check_cxx_compiler_flag(-mprefer-vector-width=512 FOREGRAPH_HAS_PREFER_VECTOR_WIDTH)
  if(FOREGRAPH_HAS_PREFER_VECTOR_WIDTH)
    list(APPEND FOREGRAPH_ISA_FLAGS_avx512 -mprefer-vector-width=512)
  endif()
endif()

set(FOREGRAPH_ISA_LEVELS "${levels}" CACHE STRING
  "Levels the kernels are compiled for; fewer make a smaller library. 'baseline' is always there, \
'native' stands for the highest of the machine that compiles")
list(PREPEND FOREGRAPH_ISA_LEVELS baseline)
if("native" IN_LIST FOREGRAPH_ISA_LEVELS)
  list(REMOVE_ITEM FOREGRAPH_ISA_LEVELS native)
  if(FOREGRAPH_TARGET_IS_X86_64 AND NOT CMAKE_CROSSCOMPILING AND EXISTS /proc/cpuinfo)
    file(STRINGS /proc/cpuinfo cpu_flags REGEX "^flags" LIMIT_COUNT 1)
    if(cpu_flags MATCHES " avx512bw .*avx512vl( |$)")
      list(APPEND FOREGRAPH_ISA_LEVELS avx512)
    elseif(cpu_flags MATCHES " fma .* avx2( |$)")
      list(APPEND FOREGRAPH_ISA_LEVELS avx2)
    endif()
  endif()
endif()
list(REMOVE_DUPLICATES FOREGRAPH_ISA_LEVELS)
foreach(level IN LISTS FOREGRAPH_ISA_LEVELS)
  if(NOT level IN_LIST levels)
    message(FATAL_ERROR "FOREGRAPH_ISA_LEVELS names '${level}', expected some of: ${levels};native")
  endif()
endforeach()

# The object library `objects`, part of `library`: kernels for one level.
function(foregraph_add_isa_objects library level objects optimisation)
  string(TOUPPER ${level} upper)
  add_library(${objects} OBJECT ${ARGN})
  set_target_properties(${objects} PROPERTIES UNITY_BUILD OFF)  # op_kernels.cpp defines a macro
  target_compile_features(${objects} PRIVATE cxx_std_20)
  target_compile_definitions(${objects} PRIVATE FOREGRAPH_ISA=${level} FOREGRAPH_ISA_${upper}=1)
  target_compile_options(${objects} PRIVATE ${FOREGRAPH_ISA_FLAGS_${level}} ${optimisation})
  if(FOREGRAPH_SANITIZE MATCHES "undefined")
    # Kernels run whole vectors, also at the end of a buffer, where lanes hold whatever is there
    # and their results are dropped. xsimd's exp for f64 on AVX-512 converts each lane to an
    # integer in C++, which the sanitizer sees; the instruction it becomes is defined for NaN.
    target_compile_options(${objects} PRIVATE -fno-sanitize=float-cast-overflow)
  endif()
  if(FOREGRAPH_SANITIZE MATCHES "fuzzer")
    target_compile_options(${objects} PRIVATE -fno-sanitize=all)  # no reader is among them
  endif()
  target_include_directories(${objects} PRIVATE ${FOREGRAPH_INCLUDE_DIR} ${FOREGRAPH_PUBLIC_INCLUDE_DIR})
  target_link_libraries(${objects} PRIVATE xtl xsimd)
  if(FOREGRAPH_NO_SIMD)
    target_compile_definitions(${objects} PRIVATE FOREGRAPH_NO_SIMD)
  endif()
  foregraph_compile_options(${objects})
  foregraph_hidden_symbols(${objects})
  target_sources(${library} PRIVATE $<TARGET_OBJECTS:${objects}>)
  set_property(TARGET ${library} APPEND PROPERTY foregraph_kernel_objects ${objects})
endfunction()

function(foregraph_add_isa_kernels library)
  if(NOT ARGN)
    return()
  endif()
  foreach(level IN LISTS FOREGRAPH_ISA_LEVELS)
    set(objects ${library}_kernels_${level})
    set(sources ${ARGN})
    # -O3 in every configuration: vector wrappers that are not inlined are a hundred times slower,
    # and g++'s -O2 inlines too few of them: w3 to w8 take two to three times as long.
    # Except that clang's -O1 inlines them too, and the sanitizers' checks then compile in half the
    # time and run as fast.
    set(optimisation -O3)
    if(FOREGRAPH_SANITIZE AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
      set(optimisation -O1)
      # The ops' are of one level in a process: where there is another, these are only compiled.
      list(LENGTH FOREGRAPH_ISA_LEVELS number_of_levels)
      if(level STREQUAL "baseline" AND number_of_levels GREATER 1)
        list(FILTER sources INCLUDE REGEX "/op_kernels.cpp$")
        if(sources)
          foregraph_add_isa_objects(${library} ${level} ${objects}_of_ops -O0 ${sources})
        endif()
        set(sources ${ARGN})
        list(FILTER sources EXCLUDE REGEX "/op_kernels.cpp$")
      endif()
    endif()
    foregraph_add_isa_objects(${library} ${level} ${objects} ${optimisation} ${sources})
    string(TOUPPER ${level} upper)
    target_compile_definitions(${library} PRIVATE FOREGRAPH_HAS_${upper}=1)
  endforeach()
endfunction()
