#include <cstdlib>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/cpu.hpp>
#include <string>

namespace foregraph {

Isa detected_isa() {
#if defined(__x86_64__)
  // These builtins also ask the operating system (XGETBV) whether it saves the wide registers.
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  if (avx2 && avx512) return Isa::avx512;
  if (avx2) return Isa::avx2;
#endif
  return Isa::baseline;
}

Isa choose_isa(std::string_view request, Isa detected) {
  if (request.empty()) return detected;
  for (const Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
    if (request != name_of(isa)) continue;
    if (isa <= detected) return isa;
    throw UsageError(std::string("FOREGRAPH_ISA is '") + name_of(isa) +
                     "', but this CPU and its operating system support at most '" +
                     name_of(detected) + "'; set FOREGRAPH_ISA=" + name_of(detected) +
                     " or lower, or unset it");
  }
  throw UsageError(
      "FOREGRAPH_ISA is '" + std::string(request) +
      "', expected 'baseline', 'avx2' or 'avx512'; unset it to use the best level of this " +
      "machine ('" + name_of(detected) + "')");
}

Isa active_isa() {
  static const Isa isa = [] {
    const char* request = std::getenv("FOREGRAPH_ISA");
    return choose_isa(request ? request : "", detected_isa());
  }();
  return isa;
}

}  // namespace foregraph
