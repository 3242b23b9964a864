#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/update.hpp>
#include <foregraph/detail/ops/basic/when_training.hpp>
#include <foregraph/detail/ops/normalisation/batch_norm.hpp>

namespace foregraph {

/// Computes momentum * old + (1 - momentum) * new, where new is a row of a pair of moments. T[C],
/// T[2,C] -> T[C] for T in f32, f64. One node for the whole update of a running moment. Attributes:
/// integers[0] is the row, number the momentum. Works in place over the old value.
struct RunningAverageKernel;

FOREGRAPH_EXPORT inline constexpr OpDef running_average_op{
    .name = "running_average",
    .arity = 2,
    .infer = detail::infer_row_with_pair,
    .decompose =
        [](Tensor t) {
          const Attributes& attributes = t.graph->node(t.id).attributes;
          const double rest = 1 - attributes.number;
          const int row = static_cast<int>(attributes.integers[0]);
          const Location at = t.graph->node(t.id).at;
          const Tensor old = elementwise::operand(t, 0);
          const Tensor now = row_of_pair(elementwise::operand(t, 1), row, at);
          return add(old, multiply(subtract(now, old, at), rest, at), at);
        },
    .flops = [](std::span<const Operand>, const Operand& out,
                const Attributes&) { return multiply(out.shape.elements(), Dim{3}).value; },
    .in_place = 1,
    .kernels = &Kernels<RunningAverageKernel>::table,
    .doc = {"f[C], f[2,C] -> f[C]", "3 per element"}};

}  // namespace foregraph

namespace foregraph::nn {

/// Options of batch_norm().
struct BatchNormOptions {
  double epsilon = 1e-5;  ///< added to the variance
  double momentum = 0.9;  ///< the weight of the old running average in a training step's update
};

/// The variables of a batch norm, each f[C].
struct BatchNormVariables {
  Tensor gamma{};             ///< the factor
  Tensor beta{};              ///< the shift
  Tensor running_mean{};      ///< a state: the average of the batches' means
  Tensor running_variance{};  ///< a state: the average of the batches' variances
};

/// Appends batch norm with variables that are there already, and the updates of its running
/// averages. f[...,C] -> f[...,C]; `statistics` are moments(x). See batch_norm().
[[nodiscard]] constexpr Tensor batch_norm_with(Tensor x, Tensor statistics,
                                               const BatchNormVariables& variables,
                                               BatchNormOptions options = {},
                                               Location at = Location::current()) {
  Graph& g = graph_of(x, batch_norm_op, at);
  if (g.first_fault) return statistics;
  const auto& [gamma, beta, mean, variance] = variables;
  Attributes attributes;
  attributes.number = options.epsilon;
  const Tensor trained = g.append(batch_norm_op, {x, gamma, beta, statistics}, attributes, at);
  const Tensor evaluated = fixed_batch_norm(x, gamma, beta, mean, variance, options.epsilon, at);

  const Phase before = g.phase;
  g.phase = Phase::update;
  attributes.number = options.momentum;
  update(g, g.variable_index(mean.id),
         g.append(running_average_op, {mean, statistics}, attributes, at));
  attributes.integers[0] = 1;
  update(g, g.variable_index(variance.id),
         g.append(running_average_op, {variance, statistics}, attributes, at));
  g.phase = before;
  return when_training(trained, evaluated, at);
}

/// Appends a batch norm layer. f[...,C] -> f[...,C], channels last. In training x is normalised by
/// the moments of the batch; in evaluation and prediction by their running averages. Parameters
/// `name/gamma` f[C] (ones) and `name/beta` f[C] (zeros); states `name/running_mean` f[C] (zeros)
/// and `name/running_variance` f[C] (ones), averages of the batches' means and population variances
/// (without N / (N-1)), which only training steps change.
[[nodiscard]] constexpr Tensor batch_norm(Tensor x, std::string_view name,
                                          BatchNormOptions options = {},
                                          Location at = Location::current()) {
  Graph& g = graph_of(x, batch_norm_op, at);
  const auto scope = g.scope(name);
  const Tensor statistics = moments(x, at);
  if (g.first_fault) return statistics;
  const Dim channels = x.shape()[-1];
  BatchNormVariables variables;
  variables.gamma = g.parameter("gamma", {channels}, filled_with(1), x.dtype(), at);
  variables.beta = g.parameter("beta", {channels}, zeros(), x.dtype(), at);
  variables.running_mean = g.state("running_mean", {channels}, zeros(), x.dtype(), -1, at);
  variables.running_variance =
      g.state("running_variance", {channels}, filled_with(1), x.dtype(), -1, at);
  return batch_norm_with(x, statistics, variables, options, at);
}

}  // namespace foregraph::nn

namespace foregraph {

FOREGRAPH_REGISTER_KERNEL(running_average_op, RunningAverageKernel)

}  // namespace foregraph
