#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/sequence/lstm.hpp>

namespace foregraph {

/// gru: a gated recurrent unit over a sequence (Cho and others, 2014), with zero initial state, in
/// the form of cuDNN and PyTorch, whose reset gate acts after the product ("linear before reset"):
///
///     (r, z) = sigmoid(x[t] + h[t-1] . w) of the first two thirds,
///     n = tanh(x[t] + r (h[t-1] . w + b)) of the last,   h[t] = (1 - z) n + z h[t-1]
///
/// where x is the input's part, computed by one product for all steps (see nn/layers/gru.hpp).
/// f[N,T,3H], f[H,3H], f[H] -> f[N,T,H] for f in f32, f64. Backward keeps x and the output, and
/// recomputes the gates.
constexpr Tensor gru(Tensor gates, Tensor recurrent, Tensor candidate_bias,
                     Location at = Location::current());

struct GruKernel;

/// gru_gradient: f[N,T,3H] x, f[H,3H] w, f[H] b, f[N,T,H] h, f[N,T,H] cotangent of h -> f[N,T,4H]:
/// the cotangents of the sums of r and z, of the sum of n, and of n's product with w.
struct GruGradientKernel;

namespace detail {

/// Equivalent of gru() in simple ops, one step at a time.
struct UnrolledGru {
  std::vector<Tensor> r{}, z{}, n{}, candidates{}, hidden{};

  constexpr UnrolledGru(Tensor gates, Tensor recurrent, Tensor bias, Location at) {
    const std::int64_t units = recurrent.shape()[0].constant;
    const std::int64_t steps = gates.shape()[1].constant;
    for (std::int64_t t = 0; t < steps; ++t) {
      const Tensor x = step_of(gates, t, at);
      const Tensor product =
          t > 0 ? matmul(hidden.back(), recurrent, {}, at) : multiply(x, 0.0, at);
      const auto third = [&](Tensor of, std::int64_t part) {
        return slice(of, 1, part * units, (part + 1) * units, 1, at);
      };
      const Tensor xr = third(x, 0);
      r.push_back(sigmoid(add(xr, third(product, 0), at), at));
      const Tensor xz = third(x, 1);
      z.push_back(sigmoid(add(xz, third(product, 1), at), at));
      candidates.push_back(add(third(product, 2), bias, at));
      const Tensor reset = multiply(r.back(), candidates.back(), at);
      n.push_back(tanh(add(reset, third(x, 2), at), at));
      const Tensor taken = multiply(z.back(), n.back(), at);
      Tensor h = subtract(n.back(), taken, at);
      if (t > 0) {
        const Tensor kept = multiply(z.back(), hidden.back(), at);
        h = add(h, kept, at);
      }
      hidden.push_back(h);
    }
  }
};

/// Returns the result of GruGradientKernel, in simple ops.
[[nodiscard]] constexpr Tensor unrolled_gru_gradient(Tensor gates, Tensor recurrent, Tensor bias,
                                                     Tensor cotangent, Location at) {
  const UnrolledGru forward(gates, recurrent, bias, at);
  const auto steps = static_cast<std::size_t>(gates.shape()[1].constant);
  const auto rest_of = [&](Tensor s) { return subtract(1.0, s, at); };
  std::vector<Tensor> parts(steps);
  Tensor row;  // of the next step
  Tensor d_hidden;
  for (std::size_t t = steps; t-- > 0;) {
    Tensor dh = step_of(cotangent, static_cast<std::int64_t>(t), at);
    if (t + 1 < steps) {
      const Tensor through_product = matmul(row, recurrent, {false, true}, at);
      const Tensor after = add(d_hidden, through_product, at);
      dh = add(dh, after, at);
    }
    const Tensor r = forward.r[t];
    const Tensor z = forward.z[t];
    const Tensor n = forward.n[t];
    const Tensor away = t > 0 ? subtract(forward.hidden[t - 1], n, at) : multiply(n, -1.0, at);
    const Tensor slope_z = multiply(z, rest_of(z), at);
    const Tensor moved = multiply(dh, away, at);
    const Tensor dz = multiply(moved, slope_z, at);
    const Tensor taken = multiply(dh, rest_of(z), at);
    const Tensor squared = multiply(n, n, at);
    const Tensor dn = multiply(taken, rest_of(squared), at);
    const Tensor slope_r = multiply(r, rest_of(r), at);
    const Tensor scaled = multiply(dn, forward.candidates[t], at);
    const Tensor dr = multiply(scaled, slope_r, at);
    const Tensor dp = multiply(dn, r, at);
    d_hidden = multiply(dh, z, at);
    row = concat({dr, dz, dp}, 1, at);
    parts[t] = concat({dr, dz, dn, dp}, 1, at);
  }
  return sequence_of(parts, at);
}

[[nodiscard]] constexpr const FaultKind* gru_fault(std::span<const Operand> in) {
  if (const FaultKind* bad = recurrent_fault(in, 3)) return bad;
  if (in[2].dtype != in[0].dtype) return &fault::dtypes_differ;
  if (in[2].shape != Shape{in[1].shape[0]}) return &fault::gates_do_not_match_the_recurrent_weights;
  return nullptr;
}

}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef gru_gradient_op{
    .name = "gru_gradient",
    .arity = 5,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (const FaultKind* bad = detail::gru_fault(in)) return Inferred::failed(*bad);
          const Shape hidden = detail::hidden_shape(in[0].shape, in[1].shape);
          if (in[3].shape != hidden || in[4].shape != hidden)
            return Inferred::failed(fault::shapes_differ);
          Shape result = hidden;
          result.set(2, multiply(in[1].shape[0], Dim{4}).value);
          return Inferred{result, in[0].dtype};
        },
    // As for the LSTM, the hidden states' cotangent is part of the first three operands'
    // cotangents.
    .decompose =
        [](Tensor t) {
          const auto in = t.graph->inputs_of(t.id);
          const Tensor gates = t.graph->tensor(in[0]);
          const Tensor recurrent = t.graph->tensor(in[1]);
          const Tensor bias = t.graph->tensor(in[2]);
          const Tensor cotangent = t.graph->tensor(in[4]);
          return detail::unrolled_gru_gradient(gates, recurrent, bias, cotangent,
                                               t.graph->node(t.id).at);
        },
    .flops = detail::recurrent_flops<4>,
    .workspace_bytes =
        [](std::span<const Operand> in, const Operand& out, const Attributes&) {
          const Shape& h = in[3].shape;
          const Dim states = multiply(multiply(h[0], h[2]).value, Dim{4}).value;
          const Dim products = multiply(multiply(h[1], h[2]).value, Dim{3}).value;
          return multiply(states + products, Dim{bytes_per_element(out.dtype)}).value;
        },
    .kernels = &Kernels<GruGradientKernel>::table,
    .doc = {"f[N,T,3H], f[H,3H], f[H], f[N,T,H], f[N,T,H] -> f[N,T,4H]", "12 N T H H"}};

FOREGRAPH_EXPORT inline constexpr OpDef gru_op{
    .name = "gru",
    .arity = 3,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (const FaultKind* bad = detail::gru_fault(in)) return Inferred::failed(*bad);
          return Inferred{detail::hidden_shape(in[0].shape, in[1].shape), in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const std::int64_t units = v.input(2).shape()[0].constant;
          const Tensor parts = v.output.graph->append(
              gru_gradient_op, {v.input(0), v.input(1), v.input(2), v.output, v.cotangent}, {},
              v.at);
          if (v.wants(0)) v.set(0, slice(parts, 2, 0, 3 * units, 1, v.at));
          if (!v.wants(1) && !v.wants(2)) return;
          const Tensor of_product = slice(parts, 2, 3 * units, 4 * units, 1, v.at);
          if (v.wants(2)) v.set(2, sum(of_product, {0, 1}, KeepDims::no, v.at));
          if (!v.wants(1)) return;
          const Tensor of_gates = slice(parts, 2, 0, 2 * units, 1, v.at);
          const Tensor sums = concat({of_gates, of_product}, 2, v.at);
          v.set(1, detail::recurrent_cotangent(v.output, sums, v.at));
        },
    .flops = detail::recurrent_flops<2>,
    .workspace_bytes = detail::recurrent_workspace<4>,
    .samples = samples::of_axis_0,
    .kernels = &Kernels<GruKernel>::table,
    .doc = {"f[N,T,3H], f[H,3H], f[H] -> f[N,T,H]", "6 N T H H"}};

[[nodiscard]] constexpr Tensor gru(Tensor gates, Tensor recurrent, Tensor candidate_bias,
                                   Location at) {
  return graph_of(gates, gru_op, at).append(gru_op, {gates, recurrent, candidate_bias}, {}, at);
}

FOREGRAPH_REGISTER_KERNEL(gru_op, GruKernel)
FOREGRAPH_REGISTER_KERNEL(gru_gradient_op, GruGradientKernel)

}  // namespace foregraph
