#include <foregraph/detail/base/system/cpu.hpp>
#include <foregraph/detail/diagnose/profile/profile.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/detail/kernels/loop_code.hpp>
#include <string>

namespace foregraph {
namespace {

std::string products_line(GemmChoice choice, Isa isa) {
  if (choice == GemmChoice::own) return "our own (FOREGRAPH_GEMM)";
  if (choice == GemmChoice::openblas) return "OpenBLAS (FOREGRAPH_GEMM)";
  switch (isa) {
    case Isa::avx512:
      return "our own";
    case Isa::avx2:
      return "our own, OpenBLAS for large squares";
    case Isa::baseline:
      break;
  }
  return "OpenBLAS, our own for small ones";
}

}  // namespace

std::string kernel_report(int threads) {
  const GemmChoice choice = active_gemm_choice();
  const Isa isa = active_isa();
  std::string text = std::string(name_of(isa)) + " kernels on " + std::to_string(threads) +
                     (threads == 1 ? " thread" : " threads");
  if (isa != detected_isa()) text += std::string(" (this CPU has ") + name_of(detected_isa()) + ")";
  const std::string products = products_line(choice, isa);
  text += "; matrix products: " + products;
  text +=
      LoopCode::is_available() ? "; loops of regions compiled" : "; loops of regions interpreted";
  if (products.find("OpenBLAS") != std::string::npos) text += "; " + start_blas().line;
  return text;
}

}  // namespace foregraph
