#pragma once

#include <cmath>

#include <foregraph/ops/add.hpp>
#include <foregraph/ops/broadcast.hpp>
#include <foregraph/ops/concat.hpp>
#include <foregraph/ops/matmul.hpp>
#include <foregraph/ops/multiply.hpp>
#include <foregraph/ops/pad.hpp>
#include <foregraph/ops/reshape.hpp>
#include <foregraph/ops/sigmoid.hpp>
#include <foregraph/ops/slice.hpp>
#include <foregraph/ops/subtract.hpp>
#include <foregraph/ops/tanh.hpp>
#include <foregraph/ops/vector_parts.hpp>
#include <foregraph/runtime/kernels/gemm.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind gates_do_not_match_the_recurrent_weights{
    "the gates do not match the recurrent weights",
    "gates f[batch,time,4*units] of a constant time with weights f[units,4*units] (3*units for a "
    "GRU)"};
}  // namespace fault

/// lstm: a long short-term memory over a sequence (Hochreiter and Schmidhuber, 1997; with forget
/// gate, Gers and others, 2000), starting from zeros:
///
///     z = x[t] + h[t-1] . w,   (i, f, g, o) = (sigmoid, sigmoid, tanh, sigmoid) of z's quarters,
///     c[t] = f c[t-1] + i g,   h[t] = o tanh(c[t])
///
/// where x is the input's part of the gates, made by one product for all steps (see
/// ops/layers/lstm.hpp). f[N,T,4H], f[H,4H] -> f[N,T,H] for f in f32, f64. Scratch memory 6 N H.
///
/// Backward keeps x and the output, and makes the gates again by one product for all steps: so
/// neither gates nor cells are stored, and its result is written over x.
constexpr Tensor lstm(Tensor gates, Tensor recurrent, Location at = Location::current());

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

template <class V>
[[gnu::always_inline]] inline V logistic(V x) {
  return V(1) / (V(1) + exp(-x));
}

/// From the sums z of one sample and step, in place, to the gates; and the next cell.
template <class T, class V>
void lstm_gates(T* z, const T* previous_cell, T* cell, std::int64_t units) {
  for (std::int64_t k = 0; k < units; k += V::size) {
    const std::int64_t left = units - k;
    const V i = logistic(load_part<V>(z + k, left, T(0)));
    const V f = logistic(load_part<V>(z + units + k, left, T(0)));
    const V g = tanh(load_part<V>(z + 2 * units + k, left, T(0)));
    const V o = logistic(load_part<V>(z + 3 * units + k, left, T(0)));
    V c = i * g;
    if (previous_cell != nullptr) c = c + f * load_part<V>(previous_cell + k, left, T(0));
    store_part(i, z + k, left);
    store_part(f, z + units + k, left);
    store_part(g, z + 2 * units + k, left);
    store_part(o, z + 3 * units + k, left);
    store_part(c, cell + k, left);
  }
}

}  // namespace detail

struct LstmKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t samples = call.output_shape.dims[0];
    const std::int64_t steps = call.output_shape.dims[1];
    const std::int64_t units = call.output_shape.dims[2];
    const auto* x = static_cast<const T*>(call.inputs[0]);
    const auto* w = static_cast<const T*>(call.inputs[1]);
    auto* out = static_cast<T*>(call.output);
    auto* sums = static_cast<T*>(call.workspace);  // [N,4H]
    T* hidden = sums + samples * 4 * units;        // [N,H], of the step before
    T* cells = hidden + samples * units;           // [N,H]
    for (std::int64_t t = 0; t < steps; ++t) {
      if (t > 0) gemm<T>(false, false, samples, 4 * units, units, T(1), hidden, w, T(0), sums);
      for (std::int64_t n = 0; n < samples; ++n) {
        const T* row = x + (n * steps + t) * 4 * units;
        T* z = sums + n * 4 * units;
        for (std::int64_t k = 0; k < 4 * units; k += V::size) {
          V value = load_part<V>(row + k, 4 * units - k, T(0));
          if (t > 0) value = value + load_part<V>(z + k, 4 * units - k, T(0));
          store_part(value, z + k, 4 * units - k);
        }
        T* cell = cells + n * units;
        detail::lstm_gates<T, V>(z, t > 0 ? cell : nullptr, cell, units);
        T* h = out + (n * steps + t) * units;
        for (std::int64_t k = 0; k < units; k += V::size) {
          const V value = load_part<V>(z + 3 * units + k, units - k, T(0)) *
                          tanh(load_part<V>(cell + k, units - k, T(0)));
          store_part(value, h + k, units - k);
          store_part(value, hidden + n * units + k, units - k);
        }
      }
    }
  }
};

/// lstm_gradient: the cotangent of lstm's first operand: f[N,T,4H] x, f[H,4H] w, f[N,T,H] h,
/// f[N,T,H] cotangent of h -> f[N,T,4H]. In place over x.
struct LstmGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t samples = call.input_shapes[2].dims[0];
    const std::int64_t steps = call.input_shapes[2].dims[1];
    const std::int64_t units = call.input_shapes[2].dims[2];
    const std::int64_t wide = 4 * units;
    const auto* x = static_cast<const T*>(call.inputs[0]);
    const auto* w = static_cast<const T*>(call.inputs[1]);
    const auto* h = static_cast<const T*>(call.inputs[2]);
    const auto* cotangent = static_cast<const T*>(call.inputs[3]);
    auto* z = static_cast<T*>(call.output);
    auto* cells = static_cast<T*>(call.workspace);  // [N,T,H]
    T* d_hidden = cells + samples * steps * units;  // [N,H], from the step after
    T* d_cells = d_hidden + samples * units;        // [N,H], likewise
    T* rows = d_cells + samples * units;            // [N,4H]

    if (z != x)
      __builtin_memcpy(z, x, static_cast<std::size_t>(samples * steps * wide) * sizeof(T));
    for (std::int64_t n = 0; n < samples; ++n) {
      // The gates again: h of all steps but the last, into the sums of all steps but the first.
      if (steps > 1)
        gemm<T>(false, false, steps - 1, wide, units, T(1), h + n * steps * units, w, T(1),
                z + (n * steps + 1) * wide);
      for (std::int64_t t = 0; t < steps; ++t) {
        T* cell = cells + (n * steps + t) * units;
        detail::lstm_gates<T, V>(z + (n * steps + t) * wide, t > 0 ? cell - units : nullptr, cell,
                                 units);
      }
    }
    for (std::int64_t t = steps - 1; t >= 0; --t) {
      if (t + 1 < steps) gemm<T>(false, true, samples, units, wide, T(1), rows, w, T(0), d_hidden);
      for (std::int64_t n = 0; n < samples; ++n)
        step_back<T, V>(z + (n * steps + t) * wide, cells + (n * steps + t) * units, t > 0,
                        t + 1 < steps, cotangent + (n * steps + t) * units, d_hidden + n * units,
                        d_cells + n * units, rows + n * wide, units);
    }
  }

  /// One sample and step: from gates to the cotangents of their sums, in place and into `row`.
  template <class T, class V>
  static void step_back(T* z, const T* cell, bool has_before, bool has_after, const T* cotangent,
                        const T* d_hidden, T* d_cell, T* row, std::int64_t units) {
    for (std::int64_t k = 0; k < units; k += V::size) {
      const std::int64_t left = units - k;
      const V i = load_part<V>(z + k, left, T(0));
      const V f = load_part<V>(z + units + k, left, T(0));
      const V g = load_part<V>(z + 2 * units + k, left, T(0));
      const V o = load_part<V>(z + 3 * units + k, left, T(0));
      const V tanh_c = tanh(load_part<V>(cell + k, left, T(0)));
      V dh = load_part<V>(cotangent + k, left, T(0));
      if (has_after) dh = dh + load_part<V>(d_hidden + k, left, T(0));
      V dc = dh * o * (V(1) - tanh_c * tanh_c);
      if (has_after) dc = dc + load_part<V>(d_cell + k, left, T(0));
      const V before = has_before ? load_part<V>(cell - units + k, left, T(0)) : V(T(0));
      const V parts[4] = {dc * g * i * (V(1) - i), dc * before * f * (V(1) - f),
                          dc * i * (V(1) - g * g), dh * tanh_c * o * (V(1) - o)};
      store_part(V(dc * f), d_cell + k, left);
      for (std::int64_t gate = 0; gate < 4; ++gate) {
        store_part(parts[gate], z + gate * units + k, left);
        store_part(parts[gate], row + gate * units + k, left);
      }
    }
  }
};

namespace detail {

/// One step of a sequence f[N,T,K], as f[N,K].
[[nodiscard]] constexpr Tensor step_of(Tensor sequence, std::int64_t t, Location at) {
  const Shape shape = sequence.shape();
  const Tensor one = slice(sequence, 1, t, t + 1, 1, at);
  return reshape(one, {shape[0], shape[2]}, at);
}
/// Steps f[N,K] in a row, as f[N,T,K].
[[nodiscard]] constexpr Tensor sequence_of(std::span<const Tensor> steps, Location at) {
  std::vector<Tensor> rows;
  for (const Tensor& step : steps)
    rows.push_back(reshape(step, {step.shape()[0], 1, step.shape()[1]}, at));
  return concat(std::span<const Tensor>(rows), 1, at);
}
/// The sequence one step later, zeros first: h[t-1].
[[nodiscard]] constexpr Tensor one_step_later(Tensor sequence, Location at) {
  const std::int64_t steps = sequence.shape()[1].constant;
  if (steps == 1) {
    const Tensor zero = sequence.graph->constant(0, sequence.dtype(), at);
    return broadcast_to(zero, sequence.shape(), at);
  }
  const Tensor all_but_last = slice(sequence, 1, 0, steps - 1, 1, at);
  return pad(all_but_last, {{0, 0}, {1, 0}, {0, 0}}, 0, at);
}
/// f[N,T,K] as f[N*T,K].
[[nodiscard]] constexpr Tensor rows_of(Tensor sequence, Location at) {
  const Shape shape = sequence.shape();
  return reshape(sequence, {multiply(shape[0], shape[1]).value, shape[2]}, at);
}

/// The same as lstm() by simple ops, a step at a time: what its derivatives are, for tests, and for
/// the comparison of speed and memory in bench/recurrent_bench.cpp.
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

/// d z of LstmGradientKernel by simple ops.
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

inline constexpr OpDef lstm_gradient_op{
    .name = "lstm_gradient",
    .arity = 4,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (const FaultKind* bad = detail::recurrent_fault(in, 4)) return Inferred::failed(*bad);
          const Shape hidden = detail::hidden_shape(in[0].shape, in[1].shape);
          if (in[2].shape != hidden || in[3].shape != hidden)
            return Inferred::failed(fault::shapes_differ);
          return Inferred{in[0].shape, in[0].dtype};
        },
    // The hidden states are those that the first two operands lead to, so their cotangent is in
    // those of the first two.
    .decompose =
        [](Tensor t) {
          const auto in = t.graph->inputs_of(t.id);
          const Tensor gates = t.graph->tensor(in[0]);
          const Tensor recurrent = t.graph->tensor(in[1]);
          const Tensor cotangent = t.graph->tensor(in[3]);
          return detail::unrolled_lstm_gradient(gates, recurrent, cotangent,
                                                t.graph->node(t.id).at);
        },
    .flops =
        [](std::span<const Operand> in, const Operand&, const Attributes&) {
          return multiply(in[0].shape.elements(), multiply(in[1].shape[0], Dim{4}).value).value;
        },
    .workspace_bytes =
        [](std::span<const Operand> in, const Operand& out, const Attributes&) {
          const Dim states = multiply(in[2].shape[0], in[2].shape[2]).value;
          const Dim each = in[2].shape.elements() + multiply(states, Dim{6}).value;
          return multiply(each, Dim{bytes_per_element(out.dtype)}).value;
        },
    .in_place = 1,
    .kernels = &Kernels<LstmGradientKernel>::table,
    .doc = {"f[N,T,4H], f[H,4H], f[N,T,H], f[N,T,H] -> f[N,T,4H]", "16 N T H H"}};

inline constexpr OpDef lstm_op{
    .name = "lstm",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (const FaultKind* bad = detail::recurrent_fault(in, 4)) return Inferred::failed(*bad);
          return Inferred{detail::hidden_shape(in[0].shape, in[1].shape), in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const Tensor sums = v.output.graph->append(
              lstm_gradient_op, {v.input(0), v.input(1), v.output, v.cotangent}, {}, v.at);
          v.set(0, sums);
          if (!v.wants(1)) return;
          const Tensor before = detail::one_step_later(v.output, v.at);
          const Tensor before_rows = detail::rows_of(before, v.at);
          const Tensor sum_rows = detail::rows_of(sums, v.at);
          v.set(1, matmul(before_rows, sum_rows, {true, false}, v.at));
        },
    .flops =
        [](std::span<const Operand> in, const Operand&, const Attributes&) {
          return multiply(in[0].shape.elements(), multiply(in[1].shape[0], Dim{2}).value).value;
        },
    .workspace_bytes =
        [](std::span<const Operand> in, const Operand& out, const Attributes&) {
          const Dim states = multiply(out.shape[0], in[1].shape[0]).value;
          return multiply(states, Dim{6 * bytes_per_element(out.dtype)}).value;
        },
    .samples = samples::of_axis_0,
    .kernels = &Kernels<LstmKernel>::table,
    .doc = {"f[N,T,4H], f[H,4H] -> f[N,T,H]", "8 N T H H"}};

[[nodiscard]] constexpr Tensor lstm(Tensor gates, Tensor recurrent, Location at) {
  return graph_of(gates, lstm_op, at).append(lstm_op, {gates, recurrent}, {}, at);
}

/// Last step of a sequence: f[N,T,K] -> f[N,K].
[[nodiscard]] constexpr Tensor last_step(Tensor sequence, Location at = Location::current()) {
  return detail::step_of(sequence, sequence.shape()[1].constant - 1, at);
}

FOREGRAPH_REGISTER_KERNEL(lstm_op, LstmKernel)
FOREGRAPH_REGISTER_KERNEL(lstm_gradient_op, LstmGradientKernel)

}  // namespace foregraph
