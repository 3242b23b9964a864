#include <foregraph/runtime/blas.hpp>
#include <foregraph/runtime/cpu.hpp>
#include <foregraph/runtime/profile/profile.hpp>
#include <string>

namespace foregraph {

std::string kernel_report(int threads) {
  std::string text = std::string(name_of(active_isa())) + " kernels on " + std::to_string(threads) +
                     (threads == 1 ? " thread" : " threads");
  if (active_isa() != detected_isa())
    text += std::string(" (this CPU has ") + name_of(detected_isa()) + ")";
  return text + "; " + start_blas().line;
}

}  // namespace foregraph
