#pragma once

#include <foregraph/plan.hpp>

/// Models and laws that hold in the compiler (compile_time/*.cpp, as static_asserts) and in the
/// program (planner/both_moments_test.cpp, for the debugger and for coverage).
namespace compile_time {

namespace fg = foregraph;

/// A perceptron of `Layers` layers; with SGD its training step has some 14 nodes a layer.
template <int Layers>
inline constexpr auto deep_perceptron = [](fg::Graph& g) {
  fg::Tensor x = g.input("x", {fg::batch, 32});
  const fg::Tensor y = g.input("y", {fg::batch, 32});
  for (int layer = 0; layer < Layers; ++layer) {
    const auto scope = g.scope(layer % 2 == 0 ? "even" : "odd");
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    x = fg::tanh(fg::nn::dense(x, 32, digits.substr(static_cast<std::size_t>(layer), 1)));
  }
  return fg::Model{.loss = fg::nn::mean_squared_error(x, y)};
};

/// The planned step is valid, and its bytes are accounted for.
template <class ModelFunction, class Optimizer>
constexpr bool plan_is_sound(const ModelFunction& model, const Optimizer& optimizer,
                             std::int64_t batch_size) {
  const fg::Step planned = fg::compile(model, optimizer, batch_size);
  const fg::Plan& plan = planned.plan;
  const fg::Breakdown& part = plan.at_peak;
  return fg::validate(planned.graph, plan).ok() && plan.lower_bound() <= plan.peak() &&
         part.parameters_bytes + part.optimizer_state_bytes + part.inputs_bytes +
                 part.activations_bytes + part.gradients_bytes + part.workspace_bytes ==
             plan.lower_bound().count;
}

template <class ModelFunction, class Optimizer>
constexpr int nodes_of(const ModelFunction& model, const Optimizer& optimizer) {
  return fg::compile(model, optimizer, 1).graph.size();
}

}  // namespace compile_time
