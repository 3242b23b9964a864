#pragma once

#include <functional>
#include <string>
#include <utility>

#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/compile/loss_of_samples.hpp>
#include <foregraph/detail/ops/image/accumulate.hpp>

/// A training step in parts: the gradient of a batch is summed up over smaller batches, and the
/// parameters are updated once. The result is that of the whole batch, to rounding.
namespace foregraph {

/// A training step cut in two graphs, which run on the same variables.
struct SplitStep {
  Graph part{};   ///< forward and backward of some samples; adds to the sums of gradients
  Graph apply{};  ///< the optimizer's update by the sums; sets them back to zero
  /// Why the step cannot be cut without changing its result; empty if it can.
  std::string refusal{};
  LossKind loss = LossKind::mixed;

  [[nodiscard]] bool possible() const { return refusal.empty(); }
  /// What the setting `part_weight_name` of `part` has to be: the weight of `samples` of `batch`.
  [[nodiscard]] double weight(std::int64_t samples, std::int64_t batch_size) const {
    return loss == LossKind::total ? 1.0
                                   : static_cast<double>(samples) / static_cast<double>(batch_size);
  }
};
inline constexpr std::string_view part_weight_name = "share_of_the_batch";

/// Makes a split step when it is asked for; empty where none can be made.
using SplitMaker = std::function<SplitStep()>;

namespace planning {

/// The reason why a batch of this model cannot be cut; empty if there is none.
[[nodiscard]] std::string refusal_to_split(const Graph& forward, const LossOfSamples& loss);

/// A zeroed sum for each of those parameters, of its shape; "hidden/weight.sum".
[[nodiscard]] std::vector<Gradient> gradient_sums(Graph& g, std::span<const Gradient> gradients);

}  // namespace planning

/// Cuts the training step of a model. The sums of gradients are variables that live as long as the
/// batch is cut in parts; matrix products that make gradients add to them directly.
template <class Optimizer>
[[nodiscard]] SplitStep split_training(const Graph& built, const Model& model,
                                       const Optimizer& optimizer,
                                       std::span<const Pass> more = {}) {
  begin_passes("parts of a training step");
  SplitStep split;
  split.part = forward_graph(built, model, Mode::training);
  Graph& g = split.part;
  g.outputs.clear();
  const LossOfSamples found = loss_of_samples(g);
  split.loss = found.kind;
  split.refusal = planning::refusal_to_split(g, found);
  if (!split.possible()) return split;

  split.apply = g.clone();
  g.updates.clear();  // the model's own, such as a step counter, belong to the whole batch
  const Tensor loss = g.tensor(g.loss);
  const Tensor weight = g.setting(part_weight_name, 1, loss.dtype());
  const Tensor weighted = multiply(loss, weight);
  g.loss = weighted.id;
  const auto gradients = planning::gradients_of_parameters(g, weighted);
  g.phase = Phase::update;
  const std::vector<Gradient> sums = planning::gradient_sums(g, gradients);
  for (std::size_t i = 0; i < sums.size(); ++i)
    update(g, g.variable_index(sums[i].gradient.id),
           accumulate(sums[i].gradient, gradients[i].gradient, 1.0, 1.0));
  split.part = optimize(std::move(g), more);

  Graph& a = split.apply;
  a.loss = no_node;
  a.inputs.clear();
  a.phase = Phase::update;
  const std::vector<Gradient> applied = planning::gradient_sums(a, gradients);
  optimizer.apply(a, std::span<const Gradient>(applied));
  for (const Gradient& each : applied) {
    const Tensor zero = a.constant(0, each.gradient.dtype());
    update(a, a.variable_index(each.gradient.id), broadcast_to(zero, each.gradient.shape()));
  }
  split.apply = optimize(std::move(a), more);
  return split;
}

/// The plans of a step in parts of `plan_part.batch` samples. `apply` needs no input buffers.
struct SplitPlan {
  Plan part{};
  Plan apply{};

  /// Both run in the same memory, one after the other.
  [[nodiscard]] std::int64_t work_bytes() const {
    const std::int64_t of_part = part.inputs_bytes() + part.transient_bytes;
    const std::int64_t transient = apply.transient_bytes;
    return of_part > part.inputs_bytes() + transient ? of_part : part.inputs_bytes() + transient;
  }
  [[nodiscard]] Bytes peak() const {
    return {apply.variables_bytes + apply.sums_bytes + part.options.other_bytes + work_bytes()};
  }
};
[[nodiscard]] SplitPlan plan_split(const SplitStep& split, std::int64_t part_size,
                                   PlanOptions options = {});

}  // namespace foregraph
