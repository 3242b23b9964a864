# For building on another processor, with Debian's cross compiler and its arm64 packages (see
# scripts/test_aarch64). Programs that the build or ctest starts run in QEMU's user mode. The arm64
# packages share the folders of the system, so that QEMU needs no other place to find libraries.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static)
# Debian has these headers for the building processor only, as they are the same for all.
foreach(name xsimd xtensor xtensor-blas)
  file(GLOB folders /usr/lib/*/cmake/${name})
  if(folders)
    list(GET folders 0 folder)
    set(${name}_DIR ${folder} CACHE PATH "CMake package of ${name}")
  endif()
endforeach()
