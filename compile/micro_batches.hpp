#pragma once

#include <functional>
#include <string>
#include <utility>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/compile/loss_of_samples.hpp>
#include <foregraph/detail/compile/masks_of_parts.hpp>
#include <foregraph/detail/ops/image/accumulate.hpp>
#include <foregraph/detail/optim/optimizer.hpp>
#include <foregraph/detail/optim/updated_rows.hpp>

/// Training steps in parts: the gradient of a batch is summed over smaller batches, and the
/// parameters are updated once. Results agree with the whole batch up to rounding.
namespace foregraph {

/// A training step split into two graphs that share their variables.
struct SplitStep {
  Graph part{};   ///< forward and backward pass of a part; adds to the gradient sums
  Graph apply{};  ///< the optimizer's update from the gradient sums; resets the sums to zero
  /// The reason why the step cannot be split without changing its result; empty if it can.
  std::string refusal{};
  LossKind loss = LossKind::mixed;

  [[nodiscard]] bool possible() const { return refusal.empty(); }
  /// Returns the value for the setting `part_weight_name` of `part`: the weight of a part of
  /// `samples` samples in a batch of `batch_size`.
  [[nodiscard]] double weight(std::int64_t samples, std::int64_t batch_size) const {
    return loss == LossKind::total ? 1.0
                                   : static_cast<double>(samples) / static_cast<double>(batch_size);
  }
};
inline constexpr std::string_view part_weight_name = "share_of_the_batch";

/// Creates a split step on demand; an empty function if none can be created.
using SplitMaker = std::function<SplitStep()>;

namespace planning {

/// Returns the reason why a batch of this model cannot be split, or "" if it can.
[[nodiscard]] FOREGRAPH_EXPORT std::string refusal_to_split(const Graph& forward,
                                                            const LossOfSamples& loss);

/// Returns the reason why sums of gradients do not suffice for the updates of `step`, or "" if they
/// do: updates of only the rows that a step looked up, with state of these rows.
[[nodiscard]] FOREGRAPH_EXPORT std::string refusal_to_sum(const Graph& step);

/// Returns the refusal_to_sum() of the optimizer's updates after `forward_and_backward`.
template <class Optimizer>
[[nodiscard]] std::string refusal_of_optimizer(const Graph& forward_and_backward,
                                               std::span<const optim::Gradient> gradients,
                                               const Optimizer& optimizer) {
  bool has_rows = false;
  for (const optim::Gradient& each : gradients)
    has_rows = has_rows || optim::is_gradient_of_rows(each.gradient);
  if (!has_rows) return "";
  Graph step = forward_and_backward.clone();
  step.phase = Phase::update;
  DynamicArray<optim::Gradient> copies;
  for (const optim::Gradient& each : gradients)
    copies.push_back({each.variable, step.tensor(each.gradient.id)});
  checked_optimizer(optimizer).apply(step, std::span<const optim::Gradient>(copies));
  return refusal_to_sum(step);
}

/// Adds a zero-initialised sum with the shape of the parameter for each gradient, named
/// "hidden/weight.sum".
[[nodiscard]] FOREGRAPH_EXPORT DynamicArray<optim::Gradient> gradient_sums(
    Graph& g, std::span<const optim::Gradient> gradients);

}  // namespace planning

/// Splits the training step of a model. Dropout in a part has the masks of the whole batch, if the
/// settings of masks_of_parts() say where the part lies in it. The gradient sums are variables that
/// exist only while batches are computed in parts; matrix products that compute gradients
/// accumulate into them.
template <class Optimizer>
[[nodiscard]] SplitStep split_training(const Graph& built, const Model& model,
                                       const Optimizer& optimizer, ListOf<Pass> more = {}) {
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
  // Before the gradients, which use the same masks.
  apply_pass(g, "masks of parts", passes::masks_of_parts);
  g.updates.clear();  // the model's updates, such as a step counter, run once per whole batch
  const Tensor loss = g.tensor(g.loss);
  const Tensor weight = g.setting(part_weight_name, 1, loss.dtype());
  const Tensor weighted = multiply(loss, weight);
  g.loss = weighted.id;
  const auto gradients = planning::gradients_of_parameters(g, weighted);
  split.refusal = planning::refusal_of_optimizer(g, gradients, optimizer);
  if (!split.possible()) return split;
  g.phase = Phase::update;
  const DynamicArray<optim::Gradient> sums = planning::gradient_sums(g, gradients);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const Tensor sum = sums[i].gradient;
    const Tensor gradient = gradients[i].gradient;
    update(g, g.variable_index(sum.id),
           optim::updating_rows_pays(gradient) ? optim::with_rows_added(sum, gradient)
                                               : accumulate(sum, gradient, 1.0, 1.0));
  }
  split.part = optimize(std::move(g), more);

  Graph& a = split.apply;
  a.loss = no_node;
  a.inputs.clear();
  a.phase = Phase::update;
  const DynamicArray<optim::Gradient> applied = planning::gradient_sums(a, gradients);
  checked_optimizer(optimizer).apply(a, std::span<const optim::Gradient>(applied));
  for (const optim::Gradient& each : applied) {
    const Tensor zero = a.constant(0, each.gradient.dtype());
    update(a, a.variable_index(each.gradient.id), broadcast_to(zero, each.gradient.shape()));
  }
  split.apply = optimize(std::move(a), more);
  return split;
}

/// The plans of a step in parts of `part.batch` samples. `apply` needs no input buffers.
struct SplitPlan {
  Plan part{};
  Plan apply{};

  /// Returns the bytes of inputs and transient memory. Both graphs run in the same memory in turn.
  [[nodiscard]] std::int64_t work_bytes() const {
    const std::int64_t of_part = part.inputs_bytes() + part.transient_bytes;
    const std::int64_t transient = apply.transient_bytes;
    return of_part > part.inputs_bytes() + transient ? of_part : part.inputs_bytes() + transient;
  }
  /// Returns the bytes of the workspaces of the threads after the first, which both graphs use.
  [[nodiscard]] std::int64_t thread_bytes() const {
    return part.thread_bytes > apply.thread_bytes ? part.thread_bytes : apply.thread_bytes;
  }
  [[nodiscard]] Bytes peak() const {
    return {apply.variables_bytes + apply.sums_bytes + part.options.other_bytes + work_bytes() +
            thread_bytes()};
  }
};
[[nodiscard]] FOREGRAPH_EXPORT SplitPlan plan_split(const SplitStep& split, std::int64_t part_size,
                                                    PlanOptions options = {});

/// The graph of a part in the form that plan_step() chose, and the plans of both graphs.
struct PlannedSplit {
  Graph part{};
  SplitPlan plans{};
};
/// Like plan_split(), but chooses the form of the part's graph by plan_step().
[[nodiscard]] FOREGRAPH_EXPORT PlannedSplit choose_split(const SplitStep& split,
                                                         std::int64_t part_size,
                                                         PlanOptions options = {});

}  // namespace foregraph
