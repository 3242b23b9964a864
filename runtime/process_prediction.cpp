#include <algorithm>
#include <foregraph/runtime/blas.hpp>
#include <foregraph/runtime/blas_buffers.hpp>
#include <foregraph/runtime/process_memory.hpp>
#include <foregraph/runtime/process_prediction.hpp>
#include <foregraph/runtime/program.hpp>

namespace foregraph {

Bytes ProcessPrediction::peak() const {
  return std::max(peak_so_far, plan + beyond_the_plan());
}

std::optional<ProcessPrediction> predicted_process_peak(const Graph& step_graph, const Plan& plan,
                                                        Bytes held) {
  if (!process_memory()) return std::nullopt;
  start_blas();
  warm_up_blas(products_of(step_graph, plan));
  const auto before = process_memory();
  const Program program(step_graph.clone(), plan);
  program.load_code();
  const auto after = process_memory();
  if (!before || !after) return std::nullopt;

  ProcessPrediction prediction;
  prediction.plan = plan.peak();
  prediction.code_and_libraries = after->mapped;
  prediction.blas_buffers = std::min(blas_buffer_bytes(), before->anonymous);
  prediction.graph_and_program = std::max(Bytes{0}, after->anonymous - before->anonymous);
  prediction.rest = std::max(Bytes{0}, before->anonymous - prediction.blas_buffers - held);
  prediction.peak_so_far = after->peak;
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
