# The toolchain of the presets that need clang.

include(${CMAKE_CURRENT_LIST_DIR}/ForegraphClang.cmake)
find_program(CMAKE_CXX_COMPILER NAMES ${FOREGRAPH_CLANG_NAMES} NAMES_PER_DIR REQUIRED)
