#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

#include <algorithm>
#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/detail/diagnose/process_prediction.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/gemm/blas_buffers.hpp>
#include <foregraph/detail/runtime/matrix_products.hpp>
#include <foregraph/detail/runtime/program.hpp>

namespace foregraph {
namespace {

/// What malloc has given out. Unlike the process' memory it also grows where a freed piece is used
/// again, so it tells what an object takes. 0 where the C library does not say.
Bytes given_out() {
#if defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 33)
  const struct mallinfo2 heap = mallinfo2();
  return {static_cast<std::int64_t>(heap.uordblks + heap.hblkhd)};
#endif
#endif
  return {};
}

}  // namespace

Bytes ProcessPrediction::peak() const {
  return std::max(peak_so_far, plan + beyond_the_plan());
}

std::optional<ProcessPrediction> predicted_process_peak(const Graph& step_graph, const Plan& plan,
                                                        Bytes held) {
  if (!process_memory()) return std::nullopt;
  start_blas_if_used();
  warm_up_blas(products_of(step_graph, plan));
  const Bytes objects_before = given_out();
  const Program program(step_graph.clone(), plan);
  program.load_code();
  const Bytes objects = given_out() - objects_before;
  const auto now = process_memory();
  if (!now) return std::nullopt;

  ProcessPrediction prediction;
  prediction.plan = plan.peak();
  prediction.code_and_libraries = now->mapped;
  // The parts are told apart as far as they go into what the process has: their sum is exact.
  Bytes left = std::max(Bytes{0}, now->anonymous - held);
  const auto take = [&left](Bytes part) {
    part = std::clamp(part, Bytes{0}, left);
    left = left - part;
    return part;
  };
  prediction.blas_buffers = take(blas_buffer_bytes());
  prediction.graph_and_program = take(objects);
  prediction.rest = left;
  prediction.peak_so_far = now->peak;
  return prediction;
}

std::string describe_beyond_the_plan(const ProcessPrediction& prediction) {
  return to_string(prediction.beyond_the_plan()) + " in this process (code and libraries " +
         to_string(prediction.code_and_libraries) + ", BLAS buffers " +
         to_string(prediction.blas_buffers) + ", graph and program " +
         to_string(prediction.graph_and_program) + ", heap and stacks " +
         to_string(prediction.rest) + "; measured)";
}

}  // namespace foregraph
