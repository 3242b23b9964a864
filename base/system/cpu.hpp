#pragma once

#include <string_view>

#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// Levels of vector instructions the kernels are compiled for, lowest first. `baseline` is
/// guaranteed by the architecture (SSE2 on x86-64), `avx2` adds AVX2 and FMA, `avx512` the subsets
/// F, BW, CD, DQ and VL. Architectures other than x86-64 have only `baseline`.
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

/// Returns the highest level that both this CPU and its operating system support.
FOREGRAPH_EXPORT Isa detected_isa();

/// Returns the level the kernels run at: the detected one, or a lower one requested by the
/// environment variable FOREGRAPH_ISA (baseline, avx2 or avx512), which is read once. Throws
/// UsageError if the variable names no level, or one this machine does not have.
FOREGRAPH_EXPORT Isa active_isa();

/// Implements active_isa(): `request` is the value of FOREGRAPH_ISA, empty if it is not set.
FOREGRAPH_EXPORT Isa choose_isa(std::string_view request, Isa detected);

}  // namespace foregraph
