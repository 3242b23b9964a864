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

/// Returns the bytes allocated through malloc. Unlike the process's memory, they also grow when
/// freed memory is reused, so they show the size of an object. 0 if the C library does not tell.
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
  return_freed_memory();  // as a trainer does before it allocates
  const auto now = process_memory();
  if (!now) return std::nullopt;

  ProcessPrediction prediction;
  prediction.plan = plan.peak();
  prediction.code_and_libraries = now->mapped;
  // Each part is limited to the memory the process really has, so that the sum is exact.
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
