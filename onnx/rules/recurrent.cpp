#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/linear/batch_matmul.hpp>
#include <foregraph/detail/ops/linear/transpose.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/sequence/gru.hpp>
#include <foregraph/detail/ops/sequence/lstm.hpp>
#include <foregraph/detail/ops/shape/concat.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>

#include <foregraph/detail/onnx/rules/common.hpp>

namespace foregraph::onnx {

namespace recurrent_rule {

/// ONNX's gates lie along the axis in another order.
Tensor reordered(Tensor x, int axis, std::int64_t units, std::initializer_list<int> order) {
  std::vector<Tensor> parts;
  for (const int gate : order) parts.push_back(slice(x, axis, gate * units, (gate + 1) * units));
  return concat(parts, axis);
}

void check_supported(const Op& o) {
  if (o.text("direction", "forward") != "forward") unsupported("direction");
  if (o.has(4)) unsupported("lengths of sequences");
  if (o.has(5) || o.has(6)) unsupported("initial states");
}
Tensor samples_first(const Op& o) {
  return o.integer("layout") != 0 ? o[0] : permute(o[0], {1, 0, 2});
}

/// All hidden states, f[N,T,H], and the last.
void give_states(Op& o, Tensor y) {
  const Dim samples = y.shape()[0], steps = y.shape()[1], units = y.shape()[2];
  const Tensor last = slice(y, 1, steps.constant - 1);
  if (o.integer("layout") != 0) {
    o.give(reshape(y, {samples, steps, 1, units}));
    o.give(last);
  } else {
    o.give(reshape(permute(y, {1, 0, 2}), {steps, 1, samples, units}));
    o.give(reshape(last, {1, samples, units}));
  }
}

void long_short_term_memory(Op& o) {
  if (o.has(7)) unsupported("peepholes");
  check_supported(o);
  if (o.wants(2)) unsupported("the last cells as a result");
  const std::int64_t units = o.integer("hidden_size");
  const auto in_order = [&](Tensor x, int axis) {
    return reordered(x, axis, units, {0, 2, 3, 1});  // i, o, f, c -> i, f, c, o
  };
  const Tensor input_weights = in_order(reshape(o[1], {4 * units, o.dim(1, 2)}), 0);
  const Tensor recurrent = in_order(reshape(o[2], {4 * units, units}), 0);
  Tensor gates = matmul(samples_first(o), transpose(input_weights));
  if (o.has(3)) {
    const Tensor biases = reshape(o[3], {2, 4 * units});
    gates = add(gates, in_order(sum(biases, {0}), 0));
  }
  give_states(o, lstm(gates, transpose(recurrent)));
}

void gated_recurrent_unit(Op& o) {
  check_supported(o);
  const std::int64_t units = o.integer("hidden_size");
  const Tensor x = samples_first(o);
  const bool linear_before_reset = o.integer("linear_before_reset") != 0;
  // From zeros the two kinds do not differ in the first step.
  if (!linear_before_reset && x.shape()[1] != Dim{1}) unsupported("reset before the product");
  const auto in_order = [&](Tensor t, int axis) {
    return reordered(t, axis, units, {1, 0, 2});  // z, r, h -> r, z, h
  };
  const Tensor input_weights = in_order(reshape(o[1], {3 * units, o.dim(1, 2)}), 0);
  const Tensor recurrent = in_order(reshape(o[2], {3 * units, units}), 0);
  const Tensor zero = o.graph().constant(0, o.dtype(0));
  Tensor candidate_bias = broadcast_to(zero, {units});
  Tensor gates = matmul(x, transpose(input_weights));
  if (o.has(3)) {
    Tensor of_input = slice(reshape(o[3], {6 * units}), 0, 0, 3 * units);
    Tensor of_hidden = slice(reshape(o[3], {6 * units}), 0, 3 * units, 6 * units);
    if (linear_before_reset) {
      candidate_bias = slice(of_hidden, 0, 2 * units, 3 * units);
      of_hidden = concat({slice(of_hidden, 0, 0, 2 * units), broadcast_to(zero, {units})}, 0);
    }
    gates = add(gates, in_order(add(of_input, of_hidden), 0));
  }
  give_states(o, gru(gates, transpose(recurrent), candidate_bias));
}

}  // namespace recurrent_rule

Rules recurrent_rules() {
  using namespace recurrent_rule;
  return {{"LSTM", long_short_term_memory}, {"GRU", gated_recurrent_unit}};
}

}  // namespace foregraph::onnx
