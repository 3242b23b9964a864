#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/compile/loss_of_samples.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <foregraph/detail/train/history/epoch_record.hpp>
#include <foregraph/detail/train/metrics/metric.hpp>
#include <foregraph/detail/train/predict/predictions.hpp>

namespace foregraph {

/// The result of evaluate().
struct Evaluation {
  double loss = 0;  ///< mean over the samples, also if the loss sums over them
  /// Number of samples.
  std::int64_t samples = 0;
  NamedValues metrics{};  ///< by the names of the metrics
};

/// Runs a forward program over a data set to compute the loss and the metrics, or the outputs.
/// Every sample counts once and equally; the batch size is the plan's. Ignores
/// shuffling and uses the pipeline's workers and prefetch.
class FOREGRAPH_EXPORT ForwardPass {
 public:
  /// `program` is attached to memory whose input segment begins at `inputs`; both are borrowed.
  /// `loss` says how a batch's loss depends on its samples, see loss_of_samples(). `call` names the
  /// user's call in messages.
  ForwardPass(Program& program, std::byte* inputs, LossKind loss, const char* call)
      : program_(&program), inputs_(inputs), loss_(loss), call_(call) {}

  /// Returns the mean loss and the metrics. Throws UsageError for a metric of an output or target
  /// that the model does not have, DataError for a label out of range, naming its row, and any
  /// error of the metrics.
  [[nodiscard]] Evaluation evaluate(const data::Pipeline& data,
                                    std::span<const Metric> metrics) const;
  /// Returns the values of node `output`, one row per sample, in data-set order. T must be a type
  /// that output_to_predict() accepts.
  template <class T>
  [[nodiscard]] std::vector<T> predict(const data::Pipeline& data, NodeId output) const;
  /// Returns all outputs, with these names, one row per sample in data-set order.
  [[nodiscard]] Predictions predict_all(const data::Pipeline& data,
                                        std::span<const std::string> names) const;

 private:
  template <class Consume>
  void for_each_batch(const data::Pipeline& data, const Consume& consume) const;

  Program* program_;
  std::byte* inputs_;
  LossKind loss_;
  const char* call_;
};

/// Returns a batch's loss as a mean over its samples.
[[nodiscard]] FOREGRAPH_EXPORT double mean_loss(LossKind kind, double loss, std::int64_t samples);

/// Throws `error`, raised in the batch `rows`, as a DataError that names the data-set row, the
/// batch and `run`, such as "epoch 3"; rethrows `error` unchanged if its sample is unknown.
[[noreturn]] FOREGRAPH_EXPORT void throw_at_row(const IndexError& error, const data::Batch& rows,
                                                const std::string& run);

/// Returns how the loss computed by evaluate() depends on the samples of a batch.
[[nodiscard]] FOREGRAPH_EXPORT LossKind evaluation_loss_kind(const Graph& built,
                                                             const Model& model);

/// Returns the graph of the model's outputs, without the loss and the inputs only the loss reads.
[[nodiscard]] FOREGRAPH_EXPORT Graph prediction_graph(const Graph& built, Model model,
                                                      std::span<const Pass> more = {});

/// Returns the node of output `index` of a prediction graph. Throws a UsageError that begins with
/// "predict" unless that output exists, has one row per sample and can be read as `as`: its own
/// type, f32 and f64 as each other, booleans and i32 as any type that holds them exactly.
[[nodiscard]] FOREGRAPH_EXPORT NodeId output_to_predict(const Graph& prediction, std::size_t index,
                                                        DType as);

}  // namespace foregraph
