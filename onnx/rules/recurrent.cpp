// Recurrent layers: the ops for whole sequences where they can do it, else one step at a time.
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/linear/batch_matmul.hpp>
#include <foregraph/detail/ops/linear/transpose.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/sequence/gru.hpp>
#include <foregraph/detail/ops/sequence/lstm.hpp>
#include <foregraph/detail/ops/shape/concat.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>

#include <foregraph/detail/onnx/rules/recurrence.hpp>

namespace foregraph::onnx {
namespace recurrent_rule {

/// gates + hidden . w, where hidden may be zeros that are not there.
Tensor with_product(Tensor gates, Tensor hidden, Tensor weights) {
  return hidden.graph == nullptr ? gates : add(gates, matmul(hidden, weights));
}

void long_short_term_memory(Op& o) {
  Recurrence r(o, 4, {"Sigmoid", "Tanh", "Tanh"}, false);
  const bool is_coupled = o.integer("input_forget") != 0;
  r.run([&](const Direction& d) {
    if (d.is_plain(r.clip()) && !is_coupled && !o.wants(2)) {
      const auto in_order = [&](Tensor x) {
        // i, o, f, c -> i, f, c, o
        return x.graph == nullptr ? x : with_rows_in(x, r.units(), {0, 2, 3, 1});
      };
      const Tensor gates = d.gates(in_order(d.weights), in_order(d.bias));
      return States{lstm(gates, transpose(in_order(d.recurrent))), {}, {}};
    }
    const Tensor weights = transpose(d.recurrent);
    const auto with_cell = [&](Tensor z, Tensor cell, int row) {
      if (d.peepholes.graph == nullptr || cell.graph == nullptr) return z;
      const Tensor p = slice(d.peepholes, 0, row * r.units(), (row + 1) * r.units());
      return add(z, multiply(p, cell));
    };
    return r.unrolled(d, [&](Tensor gates, const States& before) {
      const Tensor z = with_product(gates, before.hidden, weights);
      const Activation& f = d.activations[0];
      const Tensor i = f(r.clipped(with_cell(r.gate(z, 0), before.cell, 0)));
      const Tensor c = d.activations[1](r.clipped(r.gate(z, 3)));
      States next;
      next.cell = multiply(i, c);
      if (before.cell.graph != nullptr) {
        const Tensor forget =
            is_coupled ? subtract(1.0, i) : f(r.clipped(with_cell(r.gate(z, 2), before.cell, 2)));
        const Tensor kept = multiply(forget, before.cell);
        next.cell = add(next.cell, kept);
      }
      const Tensor out = f(r.clipped(with_cell(r.gate(z, 1), next.cell, 1)));
      const Tensor squashed = d.activations[2](next.cell);
      next.hidden = multiply(out, squashed);
      return next;
    });
  });
}

void gated_recurrent_unit(Op& o) {
  // The candidate multiplies its part of the recurrent product, bias included, by the reset gate.
  const bool linear_before_reset = o.integer("linear_before_reset") != 0;
  Recurrence r(o, 3, {"Sigmoid", "Tanh"}, linear_before_reset);
  r.run([&](const Direction& d) {
    const std::int64_t units = r.units();
    const Tensor weights = transpose(d.recurrent);
    const Tensor zero = o.graph().constant(0, o.dtype(0));
    // From zeros the two kinds do not differ in the first step.
    if (d.is_plain(r.clip()) && (linear_before_reset || r.steps() == 1)) {
      const auto in_order = [&](Tensor t) {
        return with_rows_in(t, units, {1, 0, 2});  // z, r, h -> r, z, h
      };
      Tensor bias = d.bias;
      Tensor candidate_bias = broadcast_to(zero, {units});
      if (d.hidden_bias.graph != nullptr) {
        candidate_bias = slice(d.hidden_bias, 0, 2 * units, 3 * units);
        const Tensor of_gates = slice(d.hidden_bias, 0, 0, 2 * units);
        const Tensor none = broadcast_to(zero, {units});
        bias = add(bias, concat({of_gates, none}, 0));
      }
      const Tensor gates =
          d.gates(in_order(d.weights), bias.graph == nullptr ? bias : in_order(bias));
      return States{gru(gates, transpose(in_order(d.recurrent)), candidate_bias), {}, {}};
    }
    const Tensor of_gates = slice(weights, 1, 0, 2 * units);
    const Tensor of_candidate = slice(weights, 1, 2 * units, 3 * units);
    Tensor gate_bias{};
    Tensor candidate_bias{};
    if (d.hidden_bias.graph != nullptr) {
      gate_bias = slice(d.hidden_bias, 0, 0, 2 * units);
      candidate_bias = slice(d.hidden_bias, 0, 2 * units, 3 * units);
    }
    return r.unrolled(d, [&](Tensor gates, const States& before) {
      Tensor two = with_product(slice(gates, 1, 0, 2 * units), before.hidden, of_gates);
      if (gate_bias.graph != nullptr) two = add(two, gate_bias);
      const Tensor update = d.activations[0](r.clipped(r.gate(two, 0)));
      const Tensor reset = d.activations[0](r.clipped(r.gate(two, 1)));
      Tensor candidate = r.gate(gates, 2);
      if (linear_before_reset) {
        const Tensor hidden = before.hidden.graph != nullptr ? before.hidden : r.zero_rows();
        Tensor product = matmul(hidden, of_candidate);
        if (candidate_bias.graph != nullptr) product = add(product, candidate_bias);
        candidate = add(candidate, multiply(reset, product));
      } else if (before.hidden.graph != nullptr) {
        const Tensor rest = multiply(reset, before.hidden);
        candidate = add(candidate, matmul(rest, of_candidate));
      }
      candidate = d.activations[1](r.clipped(candidate));
      const Tensor share = subtract(1.0, update);
      States next;
      next.hidden = multiply(share, candidate);
      if (before.hidden.graph != nullptr) {
        const Tensor kept = multiply(update, before.hidden);
        next.hidden = add(next.hidden, kept);
      }
      return next;
    });
  });
}

void simple_recurrence(Op& o) {
  Recurrence r(o, 1, {"Tanh"}, false);
  r.run([&](const Direction& d) {
    const Tensor weights = transpose(d.recurrent);
    return r.unrolled(d, [&](Tensor gates, const States& before) {
      States next;
      next.hidden = d.activations[0](r.clipped(with_product(gates, before.hidden, weights)));
      return next;
    });
  });
}

}  // namespace recurrent_rule

Rules recurrent_rules() {
  using namespace recurrent_rule;
  return {
      {"LSTM", long_short_term_memory}, {"GRU", gated_recurrent_unit}, {"RNN", simple_recurrence}};
}

}  // namespace foregraph::onnx
