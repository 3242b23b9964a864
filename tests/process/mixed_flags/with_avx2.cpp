// Compiled with -mavx2 -mfma, as a file that its program only calls on CPUs with AVX2.
#include "model.hpp"

Given given_with_avx2() {
  return GIVEN_HERE();
}
