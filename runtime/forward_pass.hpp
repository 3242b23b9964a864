#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/planner/training.hpp>
#include <foregraph/runtime/data/pipeline.hpp>
#include <foregraph/runtime/history/epoch_record.hpp>
#include <foregraph/runtime/metrics/metric.hpp>
#include <foregraph/runtime/program.hpp>

namespace foregraph {

struct Evaluation {
  double loss = 0;  ///< mean over the samples
  std::int64_t samples = 0;
  NamedValues metrics{};  ///< by the names of the metrics
};

/// A forward graph with its memory: the loss and the metrics of a data set, or the outputs for it.
/// Every sample counts once and equally; batches are as large as the program's plan. Shuffling is
/// ignored.
class ForwardPass {
 public:
  /// `program` is attached to memory whose input segment begins at `inputs`; both are borrowed.
  ForwardPass(Program& program, std::byte* inputs) : program_(&program), inputs_(inputs) {}

  /// Throws UsageError for a metric of an output or target that the model does not have, and what
  /// the metrics throw.
  [[nodiscard]] Evaluation evaluate(const Pipeline& data, std::span<const Metric> metrics) const;
  /// The values of node `output`, f32 and one row per sample, in the order of the data set.
  [[nodiscard]] std::vector<float> predict(const Pipeline& data, NodeId output) const;

 private:
  template <class Consume>
  void for_each_batch(const Pipeline& data, const Consume& consume) const;

  Program* program_;
  std::byte* inputs_;
};

/// The outputs of a model alone: without its loss and the inputs that only the loss reads.
[[nodiscard]] Graph prediction_graph(const Graph& built, Model model);

/// The node of output `index` of a prediction graph. Throws UsageError, which begins with
/// "predict", unless there is one that is f32 with one row per sample.
[[nodiscard]] NodeId output_to_predict(const Graph& prediction, std::size_t index);

}  // namespace foregraph
