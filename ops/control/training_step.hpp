#pragma once

#include <foregraph/detail/graph/update.hpp>
#include <foregraph/detail/ops/math/add.hpp>

namespace foregraph {

/// Returns the number of completed training steps, as a scalar i64 of the whole model: a variable
/// named "training_step" that starts at 0 and is incremented in each step. For ops that vary from
/// step to step, such as dropout; stored with the parameters, so that resumed training continues
/// the count.
[[nodiscard]] constexpr Tensor training_step(Graph& g, Location at = Location::current()) {
  for (const Variable& v : g.variables)
    if (g.node(v.node).scope == 0 && v.owner < 0 && g.text(g.node(v.node).name) == "training_step")
      return g.tensor(v.node);
  const auto root = g.root_scope();
  const Tensor step = g.state("training_step", {}, zeros(), i64, -1, at);
  if (g.first_fault) return step;
  const Phase before = g.phase;
  g.phase = Phase::update;
  update(g, g.variable_index(step.id), add(step, 1.0, at));
  g.phase = before;
  return step;
}

}  // namespace foregraph
