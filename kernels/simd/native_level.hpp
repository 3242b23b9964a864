#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include <foregraph/detail/base/system/cpu.hpp>

namespace foregraph {

/// The vector instructions a file of a user's program is compiled for, as a type. Templates whose
/// code depends on the -m flags take it as an argument. Otherwise two files of one program that use
/// the same model with different flags would share one copy of its kernels, whichever the linker
/// keeps, and a CPU without AVX2 could meet the copy that needs it.
template <Isa Level, std::uint64_t Features>
struct CompiledFor {
  static constexpr Isa isa = Level;
};

namespace native {

/// Sets bit i where text i is the value of a macro; the text of an undefined macro is its name.
constexpr std::uint64_t bits_of(std::initializer_list<const char*> texts) {
  std::uint64_t bits = 0;
  std::size_t i = 0;
  for (const char* text : texts) bits |= std::uint64_t{text[0] != '_'} << i++;
  return bits;
}

}  // namespace native

#define FOREGRAPH_TEXT_(x) #x
#define FOREGRAPH_TEXT(x) FOREGRAPH_TEXT_(x)

/// The level of the file that includes this, and one bit for each other option that changes code.
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512CD__) && \
    defined(__AVX512DQ__) && defined(__AVX512VL__)
#define FOREGRAPH_NATIVE_ISA Isa::avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define FOREGRAPH_NATIVE_ISA Isa::avx2
#else
#define FOREGRAPH_NATIVE_ISA Isa::baseline
#endif
using NativeLevel =
    CompiledFor<FOREGRAPH_NATIVE_ISA,
                native::bits_of({FOREGRAPH_TEXT(__SSE3__),
                                 FOREGRAPH_TEXT(__SSSE3__),
                                 FOREGRAPH_TEXT(__SSE4_1__),
                                 FOREGRAPH_TEXT(__SSE4_2__),
                                 FOREGRAPH_TEXT(__POPCNT__),
                                 FOREGRAPH_TEXT(__AVX__),
                                 FOREGRAPH_TEXT(__AVX2__),
                                 FOREGRAPH_TEXT(__FMA__),
                                 FOREGRAPH_TEXT(__FMA4__),
                                 FOREGRAPH_TEXT(__F16C__),
                                 FOREGRAPH_TEXT(__BMI__),
                                 FOREGRAPH_TEXT(__BMI2__),
                                 FOREGRAPH_TEXT(__LZCNT__),
                                 FOREGRAPH_TEXT(__MOVBE__),
                                 FOREGRAPH_TEXT(__AVXVNNI__),
                                 FOREGRAPH_TEXT(__AVX512F__),
                                 FOREGRAPH_TEXT(__AVX512BW__),
                                 FOREGRAPH_TEXT(__AVX512CD__),
                                 FOREGRAPH_TEXT(__AVX512DQ__),
                                 FOREGRAPH_TEXT(__AVX512VL__),
                                 FOREGRAPH_TEXT(__AVX512VNNI__),
                                 FOREGRAPH_TEXT(__AVX512VBMI__),
                                 FOREGRAPH_TEXT(__AVX512BF16__),
                                 FOREGRAPH_TEXT(__AVX512FP16__),
                                 FOREGRAPH_TEXT(__AVX10_1__),
                                 FOREGRAPH_TEXT(__ARM_FEATURE_SVE),
                                 FOREGRAPH_TEXT(__ARM_FEATURE_SVE2),
                                 FOREGRAPH_TEXT(__ARM_FEATURE_DOTPROD),
                                 FOREGRAPH_TEXT(__ARM_FEATURE_ATOMICS),
                                 FOREGRAPH_TEXT(__ARM_FEATURE_BF16),
                                 FOREGRAPH_TEXT(__ARM_FEATURE_FP16_VECTOR_ARITHMETIC),
                                 FOREGRAPH_TEXT(__riscv_vector),
                                 FOREGRAPH_TEXT(__FAST_MATH__)})>;
#undef FOREGRAPH_NATIVE_ISA
#undef FOREGRAPH_TEXT
#undef FOREGRAPH_TEXT_

}  // namespace foregraph
