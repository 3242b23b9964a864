#pragma once

#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/shape/equal_rows.hpp>
#include <foregraph/detail/optim/update.hpp>

namespace foregraph::optim {

/// Returns true if the gradient of a table has nonzero rows only where the step looked rows up: it
/// is the gradient of one lookup along the first axis. A table that is used in another way too,
/// such as one tied to a dense product, has a gradient for every row.
[[nodiscard]] constexpr bool is_gradient_of_rows(Tensor gradient) {
  const Graph& g = *gradient.graph;
  if (g.first_fault) return false;
  const Node& node = g.node(gradient.id);
  return node.op == &scatter_add_op && node.attributes.integers[0] == 0 &&
         node.shape[0].is_constant();
}

/// Returns true if it saves memory to update only the rows that were looked up: for tables with
/// many more rows than a sample has indices. With the gradients of looked-up rows as they are, two
/// temporaries of their size replace a gradient of the table's size.
[[nodiscard]] constexpr bool updating_rows_pays(Tensor gradient) {
  constexpr std::int64_t samples_of_a_batch = 16;  // assumed to be the least
  if (!is_gradient_of_rows(gradient)) return false;
  const Graph& g = *gradient.graph;
  const Dim indices = g.node(g.inputs_of(gradient.id)[0]).shape.elements();
  return indices.at(samples_of_a_batch) <= g.node(gradient.id).shape[0].constant;
}

/// The elements of a parameter, its gradient and its state that an update concerns: all, or only
/// the rows that the step looked up. The shape of rows is that of the lookup, in which each
/// occurrence of an index has the same values.
class UpdatedRows {
 public:
  /// Takes the looked-up rows if `only_rows`, which needs is_gradient_of_rows().
  constexpr UpdatedRows(Tensor gradient, bool only_rows) : gradient_(gradient), only_(only_rows) {
    if (!only_) return;
    Graph& g = *gradient.graph;
    const auto operands = g.inputs_of(gradient.id);
    const NodeId updates = operands[1];
    indices_ = g.tensor(operands[0]);
    gradient_ = sum_equal_rows(g.node(gradient.id).shape[0].constant, indices_, g.tensor(updates));
  }

  /// Returns true if the update concerns only the looked-up rows.
  [[nodiscard]] constexpr bool only_rows() const { return only_; }
  /// Returns the gradient of the elements.
  [[nodiscard]] constexpr Tensor gradient() const { return gradient_; }
  /// Returns the elements of a parameter or a state of its shape.
  [[nodiscard]] constexpr Tensor of(Tensor whole) const {
    if (!only_) return whole;
    Attributes attributes;
    attributes.integers[1] = indices_.dtype() == i64 ? 1 : 0;
    // Apart from the lookup of the forward pass, whose result would stay in memory until here.
    attributes.integers[4] = 1;
    const Location at = whole.graph->node(whole.id).at;
    return whole.graph->append(gather_op, {whole, indices_}, attributes, at);
  }
  /// Returns the parameter or state with new elements.
  [[nodiscard]] constexpr Tensor with(Tensor whole, Tensor elements) const {
    return only_ ? assign_rows(whole, indices_, elements) : elements;
  }

 private:
  Tensor gradient_{};
  Tensor indices_{};
  bool only_ = false;
};

/// Returns sum + gradient, for sums of gradients over the parts of a batch.
[[nodiscard]] constexpr Tensor with_rows_added(Tensor sum, Tensor gradient) {
  const UpdatedRows rows(gradient, true);
  return rows.with(sum, add(rows.of(sum), rows.gradient()));
}

}  // namespace foregraph::optim
