#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/activation/sigmoid.hpp>
#include <foregraph/detail/ops/activation/tanh.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/linear/matmul.hpp>
#include <foregraph/detail/ops/linear/transpose.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/shape/concat.hpp>
#include <foregraph/detail/ops/shape/pad.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind gates_do_not_match_the_recurrent_weights{
    "the gates do not match the recurrent weights",
    "gates f[batch,time,4*units] with a constant time, and weights f[units,4*units] (3*units for a "
    "GRU)"};
}  // namespace fault

/// Appends a long short-term memory over a sequence (Hochreiter and Schmidhuber, 1997; with forget
/// gate, Gers and others, 2000), with zero initial state:
///
///     z = x[t] + h[t-1] . w,   (i, f, g, o) = (sigmoid, sigmoid, tanh, sigmoid) of z's quarters,
///     c[t] = f c[t-1] + i g,   h[t] = o tanh(c[t])
///
/// where x is the input's part of the gates, computed by one product for all steps (see
/// nn/layers/lstm.hpp). f[N,T,4H], f[H,4H] -> f[N,T,H] for f in f32, f64.
///
/// Three ops: lstm computes the gates and writes them over x, lstm_states computes the result from
/// the gates, and lstm_rule exists only for the derivatives. Backward keeps the gates and the
/// result. It recomputes the cells, which needs no matrix product, and writes its result over the
/// gates.
constexpr Tensor lstm(Tensor gates, Tensor recurrent, Location at = Location::current());

struct LstmKernel;
struct LstmStatesKernel;
struct LstmGradientKernel;
struct OneStepLaterKernel;

namespace detail {

[[nodiscard]] constexpr const FaultKind* recurrent_fault(std::span<const Operand> in,
                                                         std::int64_t gate_count) {
  if (in[0].dtype != in[1].dtype) return &fault::dtypes_differ;
  if (!is_floating(in[0].dtype)) return &fault::dtype_is_not_supported;
  const Shape& x = in[0].shape;
  const Shape& w = in[1].shape;
  if (x.rank != 3 || w.rank != 2 || !x[1].is_constant() || x[2] != w[1] ||
      w[1] != multiply(w[0], Dim{gate_count}).value)
    return &fault::gates_do_not_match_the_recurrent_weights;
  return nullptr;
}
[[nodiscard]] constexpr Shape hidden_shape(const Shape& gates, const Shape& recurrent) {
  return {gates[0], gates[1], recurrent[0]};
}
/// Returns the FLOPs of `factor` per gate and unit.
template <int factor>
constexpr Dim recurrent_flops(std::span<const Operand> in, const Operand&, const Attributes&) {
  return multiply(in[0].shape.elements(), multiply(in[1].shape[0], Dim{factor}).value).value;
}
/// Returns the bytes of `arrays` arrays f[N,H].
template <int arrays>
constexpr Dim recurrent_workspace(std::span<const Operand> in, const Operand& out,
                                  const Attributes&) {
  const Dim states = multiply(out.shape[0], in[1].shape[0]).value;
  return multiply(states, Dim{arrays * bytes_per_element(out.dtype)}).value;
}

/// Returns one step of a sequence f[N,T,K], as f[N,K].
[[nodiscard]] constexpr Tensor step_of(Tensor sequence, std::int64_t t, Location at) {
  const Shape shape = sequence.shape();
  const Tensor one = slice(sequence, 1, t, t + 1, 1, at);
  return reshape(one, {shape[0], shape[2]}, at);
}
/// Returns steps f[N,K] joined to a sequence f[N,T,K].
[[nodiscard]] constexpr Tensor sequence_of(std::span<const Tensor> steps, Location at) {
  std::vector<Tensor> rows;
  for (const Tensor& step : steps)
    rows.push_back(reshape(step, {step.shape()[0], 1, step.shape()[1]}, at));
  return concat(std::span<const Tensor>(rows), 1, at);
}
/// Returns f[N,T,K] as f[N*T,K].
[[nodiscard]] constexpr Tensor rows_of(Tensor sequence, Location at) {
  const Shape shape = sequence.shape();
  return reshape(sequence, {multiply(shape[0], shape[1]).value, shape[2]}, at);
}

/// Equivalent of lstm() in simple ops, one step at a time: the definition of its derivatives, also
/// used in tests and in the comparison of speed and memory in bench/recurrent_bench.cpp.
struct UnrolledLstm {
  std::vector<Tensor> i{}, f{}, g{}, o{}, cells{}, hidden{};

  constexpr UnrolledLstm(Tensor gates, Tensor recurrent, Location at) {
    const std::int64_t units = recurrent.shape()[0].constant;
    const std::int64_t steps = gates.shape()[1].constant;
    for (std::int64_t t = 0; t < steps; ++t) {
      Tensor z = step_of(gates, t, at);
      if (t > 0) {
        const Tensor from_hidden = matmul(hidden.back(), recurrent, {}, at);
        z = add(z, from_hidden, at);
      }
      const auto quarter = [&](std::int64_t q) {
        return slice(z, 1, q * units, (q + 1) * units, 1, at);
      };
      i.push_back(sigmoid(quarter(0), at));
      f.push_back(sigmoid(quarter(1), at));
      g.push_back(tanh(quarter(2), at));
      o.push_back(sigmoid(quarter(3), at));
      Tensor cell = multiply(i.back(), g.back(), at);
      if (t > 0) {
        const Tensor kept = multiply(f.back(), cells.back(), at);
        cell = add(cell, kept, at);
      }
      cells.push_back(cell);
      const Tensor squashed = tanh(cell, at);
      hidden.push_back(multiply(o.back(), squashed, at));
    }
  }
};

/// Returns d z of LstmGradientKernel, in simple ops.
[[nodiscard]] constexpr Tensor unrolled_lstm_gradient(Tensor gates, Tensor recurrent,
                                                      Tensor cotangent, Location at) {
  const UnrolledLstm forward(gates, recurrent, at);
  const auto steps = static_cast<std::size_t>(gates.shape()[1].constant);
  const auto slope_of_sigmoid = [&](Tensor s) {
    const Tensor rest = subtract(1.0, s, at);
    return multiply(s, rest, at);
  };
  const auto slope_of_tanh = [&](Tensor y) {
    const Tensor squared = multiply(y, y, at);
    return subtract(1.0, squared, at);
  };
  std::vector<Tensor> sums(steps);
  Tensor d_cell;
  for (std::size_t t = steps; t-- > 0;) {
    Tensor dh = step_of(cotangent, static_cast<std::int64_t>(t), at);
    if (t + 1 < steps) {
      const Tensor from_after = matmul(sums[t + 1], recurrent, {false, true}, at);
      dh = add(dh, from_after, at);
    }
    const Tensor squashed = tanh(forward.cells[t], at);
    const Tensor through_output = multiply(dh, forward.o[t], at);
    Tensor dc = multiply(through_output, slope_of_tanh(squashed), at);
    if (t + 1 < steps) dc = add(dc, d_cell, at);
    d_cell = multiply(dc, forward.f[t], at);
    const Tensor dg = multiply(dc, forward.i[t], at);
    const Tensor di = multiply(dc, forward.g[t], at);
    const Tensor d_out = multiply(dh, squashed, at);
    const Tensor zi = multiply(di, slope_of_sigmoid(forward.i[t]), at);
    const Tensor df = t > 0 ? multiply(dc, forward.cells[t - 1], at) : multiply(dc, 0.0, at);
    const Tensor zf = multiply(df, slope_of_sigmoid(forward.f[t]), at);
    const Tensor zg = multiply(dg, slope_of_tanh(forward.g[t]), at);
    const Tensor zo = multiply(d_out, slope_of_sigmoid(forward.o[t]), at);
    sums[t] = concat({zi, zf, zg, zo}, 1, at);
  }
  return sequence_of(sums, at);
}

}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef one_step_later_op{
    .name = "one_step_later",
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (in[0].shape.rank != 3) return Inferred::failed(fault::rank_is_wrong);
          return Inferred{in[0].shape, in[0].dtype};
        },
    .decompose =
        [](Tensor t) {
          const Tensor x = t.graph->tensor(t.graph->inputs_of(t.id)[0]);
          const Location at = t.graph->node(t.id).at;
          const std::int64_t steps = x.shape()[1].constant;
          if (steps == 1) return multiply(x, 0.0, at);
          const Tensor all_but_last = slice(x, 1, 0, steps - 1, 1, at);
          return pad(all_but_last, {{0, 0}, {1, 0}, {0, 0}}, 0, at);
        },
    .flops = detail::no_flops,
    .samples = samples::of_axis_0,
    .in_place = 1,
    .kernels = &Kernels<OneStepLaterKernel>::table,
    .doc = {"T[N,T,K] -> T[N,T,K]", "none"}};

namespace detail {
/// Returns the sequence delayed by one step, with zeros first: h[t-1].
[[nodiscard]] constexpr Tensor one_step_later(Tensor sequence, Location at) {
  return sequence.graph->append(one_step_later_op, {sequence}, {}, at);
}
/// Returns the cotangent of the recurrent weights, from the hidden states and the cotangent of the
/// products h[t-1] . w.
[[nodiscard]] constexpr Tensor recurrent_cotangent(Tensor hidden, Tensor products, Location at) {
  const Tensor before = one_step_later(hidden, at);
  const Tensor before_rows = rows_of(before, at);
  const Tensor product_rows = rows_of(products, at);
  return matmul(before_rows, product_rows, {true, false}, at);
}
}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef lstm_gradient_op{
    .name = "lstm_gradient",
    .arity = 3,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          const Shape& gates = in[0].shape;
          const Shape& w = in[1].shape;
          const Shape& cotangent = in[2].shape;
          if (cotangent.rank != 3 || cotangent[0] != gates[0] || cotangent[2] != w[1] ||
              w[0] != gates[2] || cotangent[1].constant > gates[1].constant)
            return Inferred::failed(fault::shapes_differ);
          return Inferred{gates, in[0].dtype};
        },
    .flops =
        [](std::span<const Operand> in, const Operand&, const Attributes&) {
          return multiply(in[0].shape.elements(), multiply(in[1].shape[1], Dim{2}).value).value;
        },
    .workspace_bytes =
        [](std::span<const Operand> in, const Operand& out, const Attributes&) {
          const Dim states = multiply(in[0].shape[0], in[1].shape[1]).value;
          const Dim each = in[0].shape[1] + Dim{5};
          return multiply(multiply(states, each).value, Dim{bytes_per_element(out.dtype)}).value;
        },
    .samples =
        [](std::span<const Operand>, const Attributes&, int operand, int axis) {
          return operand != 1 && axis == 0 ? SampleUse::each_alone : SampleUse::mixed;
        },
    .in_place = 1,
    .kernels = &Kernels<LstmGradientKernel>::table,
    .doc = {"f[N,T,4H], f[4H,H], f[N,S,H] -> f[N,T,4H]", "8 N T H H"}};

/// lstm_gradient_rule: operand 0, the result of lstm_gradient; its derivatives are those of simple
/// ops on the other operands: lstm's x and w, and the cotangent of h. Removed by simplify().
FOREGRAPH_EXPORT inline constexpr OpDef lstm_gradient_rule_op{
    .name = "lstm_gradient_rule",
    .kind = OpKind::view,
    .arity = 4,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          return Inferred{in[0].shape, in[0].dtype};
        },
    .decompose =
        [](Tensor t) {
          const auto in = t.graph->inputs_of(t.id);
          const Tensor gates = t.graph->tensor(in[1]);
          const Tensor recurrent = t.graph->tensor(in[2]);
          const Tensor cotangent = t.graph->tensor(in[3]);
          return detail::unrolled_lstm_gradient(gates, recurrent, cotangent,
                                                t.graph->node(t.id).at);
        },
    .flops = detail::no_flops,
    .simplify = [](Tensor t) { return t.graph->tensor(t.graph->inputs_of(t.id)[0]); },
    .doc = {"f[N,T,4H], f[N,T,4H], f[H,4H], f[N,T,H] -> f[N,T,4H]", "none"}};

FOREGRAPH_EXPORT inline constexpr OpDef lstm_op{
    .name = "lstm",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (const FaultKind* bad = detail::recurrent_fault(in, 4)) return Inferred::failed(*bad);
          return Inferred{in[0].shape, in[0].dtype};
        },
    .flops = detail::recurrent_flops<2>,
    .workspace_bytes = detail::recurrent_workspace<6>,
    .samples = samples::of_axis_0,
    .in_place = 1,
    .kernels = &Kernels<LstmKernel>::table,
    .doc = {"f[N,T,4H], f[H,4H] -> f[N,T,4H]", "8 N T H H"}};

FOREGRAPH_EXPORT inline constexpr OpDef lstm_states_op{
    .name = "lstm_states",
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          Shape result = in[0].shape;
          result.set(2, result[2].constant / 4);
          return Inferred{result, in[0].dtype};
        },
    .flops = [](std::span<const Operand>, const Operand& out,
                const Attributes&) { return multiply(out.shape.elements(), Dim{5}).value; },
    .workspace_bytes =
        [](std::span<const Operand>, const Operand& out, const Attributes&) {
          const Dim states = multiply(out.shape[0], out.shape[2]).value;
          return multiply(states, Dim{bytes_per_element(out.dtype)}).value;
        },
    .samples = samples::of_axis_0,
    .kernels = &Kernels<LstmStatesKernel>::table,
    .doc = {"f[N,T,4H] -> f[N,T,H]", "5 per element"}};

namespace detail {
/// Returns the steps at the end of a sequence that `cotangent` covers, if it is the gradient of a
/// slice such as last_step's, which is zero before them; otherwise all steps.
[[nodiscard]] constexpr Tensor nonzero_end(Tensor cotangent) {
  const Node& node = cotangent.graph->node(cotangent.id);
  if (node.op != &unslice_op) return cotangent;
  const Tensor inner = cotangent.graph->tensor(cotangent.graph->inputs_of(cotangent.id)[0]);
  const auto& a = node.attributes.integers;
  const bool is_end =
      a[0] == 1 && a[5] == 1 && a[1] + inner.shape()[1].constant == cotangent.shape()[1].constant;
  return is_end ? inner : cotangent;
}
}  // namespace detail

/// lstm_rule: operand 0, the states; its derivatives reach lstm's x and w, the next operands,
/// through the gates, the last operand. Removed by simplify(), so that x need not be kept.
FOREGRAPH_EXPORT inline constexpr OpDef lstm_rule_op{
    .name = "lstm_rule",
    .kind = OpKind::view,
    .arity = 4,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          return Inferred{in[0].shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          Graph& g = *v.output.graph;
          const Tensor transposed = transpose(v.input(2), v.at);
          const Tensor made =
              g.append(lstm_gradient_op, {v.input(3), transposed, detail::nonzero_end(v.cotangent)},
                       {}, v.at);
          const Tensor sums = g.append(lstm_gradient_rule_op,
                                       {made, v.input(1), v.input(2), v.cotangent}, {}, v.at);
          v.set(1, sums);
          if (v.wants(2)) v.set(2, detail::recurrent_cotangent(v.output, sums, v.at));
        },
    .flops = detail::no_flops,
    .simplify = [](Tensor t) { return t.graph->tensor(t.graph->inputs_of(t.id)[0]); },
    .doc = {"f[N,T,H], f[N,T,4H], f[H,4H], f[N,T,4H] -> f[N,T,H]", "none"}};

[[nodiscard]] constexpr Tensor lstm(Tensor gates, Tensor recurrent, Location at) {
  Graph& g = graph_of(gates, lstm_op, at);
  const Tensor activated = g.append(lstm_op, {gates, recurrent}, {}, at);
  const Tensor states = g.append(lstm_states_op, {activated}, {}, at);
  return g.append(lstm_rule_op, {states, gates, recurrent, activated}, {}, at);
}

/// Returns the last step of a sequence: f[N,T,K] -> f[N,K].
[[nodiscard]] constexpr Tensor last_step(Tensor sequence, Location at = Location::current()) {
  return detail::step_of(sequence, sequence.shape()[1].constant - 1, at);
}

FOREGRAPH_REGISTER_OP(lstm_rule_op)
FOREGRAPH_REGISTER_OP(lstm_gradient_rule_op)
FOREGRAPH_REGISTER_KERNEL(lstm_op, LstmKernel)
FOREGRAPH_REGISTER_KERNEL(lstm_states_op, LstmStatesKernel)
FOREGRAPH_REGISTER_KERNEL(one_step_later_op, OneStepLaterKernel)
FOREGRAPH_REGISTER_KERNEL(lstm_gradient_op, LstmGradientKernel)

}  // namespace foregraph
