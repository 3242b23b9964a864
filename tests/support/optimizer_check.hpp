#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <foregraph/detail/runtime/initialize.hpp>
#include <foregraph/detail/runtime/program.hpp>

#include "support/op_check.hpp"

/// Optimizers' subgraphs against plain loops in double.
namespace foregraph::test::optimizer_check {

/// Two parameters, so that what is shared between them is seen to be: p[3] of ones, q[2,1] of
/// zeros; the loss is half the squared distance from `both_targets`.
using Values = std::vector<std::vector<double>>;
inline const Values both_targets{{0, 1.25, -2}, {3, -0.5}};
constexpr int steps = 8;

constexpr Model two_parameters(Graph& g, DType dtype) {
  const Tensor p = g.parameter("p", {3}, filled_with(1), dtype);
  const Tensor q = g.parameter("q", {2, 1}, zeros(), dtype);
  const Tensor p_error = subtract(p, g.input("p_target", {3}, dtype));
  const Tensor q_error = subtract(q, g.input("q_target", {2, 1}, dtype));
  const Tensor p_loss = sum(multiply(p_error, p_error));
  const Tensor both = add(p_loss, sum(multiply(q_error, q_error)));
  return Model{.loss = multiply(both, 0.5)};
}

/// Returns the parameters, of which each has a target, after some steps.
inline Values run(Graph step, const Values& targets, DType dtype, int count) {
  Plan plan = plan_memory(step, 1);
  BOOST_REQUIRE(validate(step, plan).ok());
  Arena variables(static_cast<std::size_t>(plan.variables_bytes));
  Arena inputs(static_cast<std::size_t>(plan.inputs_bytes()));
  Arena transient(static_cast<std::size_t>(plan.transient_bytes));
  Program program(std::move(step), std::move(plan));
  program.attach(variables.data(), inputs.data(), transient.data());
  for (std::size_t v = 0; v < program.graph().variables.size(); ++v) {
    const Variable& variable = program.graph().variables[v];
    const Node& node = program.graph().node(variable.node);
    initialize(program.address_of(variable.node), node.shape, node.dtype, variable.initializer, v);
  }
  for (std::size_t i = 0; i < targets.size(); ++i)
    store(program.address_of(program.graph().inputs[i]), dtype, targets[i]);
  for (int i = 0; i < count; ++i) program.run();
  Values result;
  for (std::size_t i = 0; i < targets.size(); ++i)
    result.push_back(fetch(program.address_of(program.graph().variables[i].node), dtype,
                           static_cast<std::int64_t>(targets[i].size())));
  return result;
}

template <class Optimizer>
Values descend(const Optimizer& optimizer, DType dtype) {
  Graph g;
  const Model model = two_parameters(g, dtype);
  return run(training_graph(g, model, optimizer), both_targets, dtype, steps);
}

/// What a reference works on for one element: parameter, gradient, two states, step from 1.
struct Element {
  double p, g;
  double& a;
  double& b;
  int t;
};

/// `rule` gives the new value of each element. `prepare` may change all gradients first.
template <class Optimizer, class Rule, class Prepare>
void check_optimizer(const Optimizer& optimizer, const Rule& rule, const Prepare& prepare) {
  Values p{{1, 1, 1}, {0, 0}};
  Values a{{0, 0, 0}, {0, 0}};
  Values b = a;
  Values g = a;
  for (int t = 1; t <= steps; ++t) {
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < p[i].size(); ++k) g[i][k] = p[i][k] - both_targets[i][k];
    prepare(g);
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < p[i].size(); ++k)
        p[i][k] = rule(Element{p[i][k], g[i][k], a[i][k], b[i][k], t});
  }
  for (const DType dtype : {f32, f64}) {
    const Values result = descend(optimizer, dtype);
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < p[i].size(); ++k)
        check_close(p[i][k], result[i][k], dtype == f32 ? 1e-5 : 1e-13,
                    std::string(name_of(dtype)) + " parameter " + std::to_string(i) + ", element " +
                        std::to_string(k));
  }
}
template <class Optimizer, class Rule>
void check_optimizer(const Optimizer& optimizer, const Rule& rule) {
  check_optimizer(optimizer, rule, [](Values&) {});
}

inline double adam_direction(const Element& e, double beta1, double beta2, double epsilon) {
  e.a = beta1 * e.a + (1 - beta1) * e.g;
  e.b = beta2 * e.b + (1 - beta2) * e.g * e.g;
  const double m = e.a / (1 - std::pow(beta1, e.t));
  const double v = e.b / (1 - std::pow(beta2, e.t));
  return m / (std::sqrt(v) + epsilon);
}

inline std::vector<std::string> setting_names(const Graph& g) {
  std::vector<std::string> names;
  for (const NodeId id : g.settings)
    names.push_back(std::string(name_of(g.node(id).dtype)) + " " +
                    std::string(g.text(g.node(id).name)));
  return names;
}

/// What the compiler's path relies on: values of an optimizer do not decide the subgraph.
template <class Optimizer>
constexpr int nodes_of(const Optimizer& optimizer) {
  Graph g;
  const Model model = two_parameters(g, f32);
  return training_graph(g, model, optimizer).size();
}

}  // namespace foregraph::test::optimizer_check
