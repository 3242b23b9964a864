#pragma once

#include <string_view>

namespace foregraph {

/// The levels of vector instructions our kernels are compiled for, lowest first.
/// `baseline` is what the architecture guarantees (SSE2 on x86-64), `avx2` adds AVX2 and FMA,
/// `avx512` the subsets F, BW, CD, DQ and VL. Architectures other than x86-64 have `baseline` only.
enum class Isa { baseline, avx2, avx512 };

constexpr const char* name_of(Isa isa) {
  switch (isa) {
    case Isa::avx512:
      return "avx512";
    case Isa::avx2:
      return "avx2";
    case Isa::baseline:
      break;
  }
  return "baseline";
}

/// The highest level that both this CPU and its operating system support.
Isa detected_isa();

/// The level the kernels run at: the detected one, or a lower one asked for by the environment
/// variable FOREGRAPH_ISA (baseline, avx2 or avx512), which is read once.
/// Throws UsageError if the variable names no level, or one this machine does not have.
Isa active_isa();

/// The rule behind active_isa(): `request` is the value of FOREGRAPH_ISA, empty if it is not set.
Isa choose_isa(std::string_view request, Isa detected);

}  // namespace foregraph
