#pragma once

#include <cmath>

#include <foregraph/detail/kernels/simd/vector_parts.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/normalisation/moments.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

/// Shared parts of layer_norm and rms_norm: both normalise each row, with and without subtracting
/// its mean first.
namespace foregraph {

namespace fault {
inline constexpr FaultKind row_norm_operands_do_not_match{
    "the operands of a row's normalisation do not match",
    "x of at least rank 1, gamma (and beta) of one axis of as many elements as x's last, all of "
    "one dtype"};
}  // namespace fault

namespace row_norm {

/// xhat = (x - mean) * inverse for one row; mean is 0 if rows are not centred.
template <bool Centred, class T, class V>
struct Row {
  T mean;
  T inverse;

  static Row of(const T* x, std::int64_t count, double epsilon) {
    const T n = static_cast<T>(count);
    T mean = 0;
    if constexpr (Centred) {
      V total(T(0));
      for (std::int64_t i = 0; i < count; i += V::size)
        total = total + load_part<V>(x + i, count - i, T(0));
      mean = hadd(total) / n;
    }
    V rests(T(0));
    V squares(T(0));
    for (std::int64_t i = 0; i < count; i += V::size) {
      const V rest = load_part<V>(x + i, count - i, mean) - V(mean);
      rests = rests + rest;
      squares = squares + rest * rest;
    }
    T variance = hadd(squares) / n;
    if constexpr (Centred) {  // correct the rounding error of the mean
      const T left = hadd(rests) / n;
      variance -= left * left;
      mean += left;
    }
    return {mean, T(1) / std::sqrt((variance < 0 ? 0 : variance) + static_cast<T>(epsilon))};
  }
  V normalised(V x) const { return (x - V(mean)) * V(inverse); }
};

/// out = xhat * gamma (+ beta).
template <bool Centred>
struct Forward {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t count = call.input_shapes[1].elements;
    const auto* gamma = static_cast<const T*>(call.inputs[1]);
    const std::int64_t rows = call.output_shape.elements / count;
    for_each_row(rows, count, elements_worth_a_thread, [&](std::int64_t r) {
      const std::int64_t first = r * count;
      const auto* x = static_cast<const T*>(call.inputs[0]) + first;
      auto* out = static_cast<T*>(call.output) + first;
      const auto row = Row<Centred, T, V>::of(x, count, call.attributes->number);
      for (std::int64_t i = 0; i < count; i += V::size) {
        const std::int64_t left = count - i;
        V y = row.normalised(load_part<V>(x + i, left, T(0))) * load_part<V>(gamma + i, left, T(0));
        if constexpr (Centred)
          y = y + load_part<V>(static_cast<const T*>(call.inputs[2]) + i, left, T(0));
        store_part(y, out + i, left);
      }
    });
  }
};

/// out = inverse * (g - mean(g) - xhat * mean(g * xhat)) with g = dy * gamma; the operands are x,
/// gamma and dy; without mean(g) if rows are not centred.
template <bool Centred>
struct Gradient {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t count = call.input_shapes[1].elements;
    const auto* gamma = static_cast<const T*>(call.inputs[1]);
    const T n = static_cast<T>(count);
    const std::int64_t rows = call.output_shape.elements / count;
    for_each_row(rows, count, elements_worth_a_thread, [&](std::int64_t r) {
      const std::int64_t first = r * count;
      const auto* x = static_cast<const T*>(call.inputs[0]) + first;
      const auto* dy = static_cast<const T*>(call.inputs[2]) + first;
      auto* out = static_cast<T*>(call.output) + first;
      const auto row = Row<Centred, T, V>::of(x, count, call.attributes->number);
      V plain(T(0));
      V weighted(T(0));
      for (std::int64_t i = 0; i < count; i += V::size) {
        const std::int64_t left = count - i;
        const V g = load_part<V>(dy + i, left, T(0)) * load_part<V>(gamma + i, left, T(0));
        plain = plain + g;
        weighted = weighted + g * row.normalised(load_part<V>(x + i, left, T(0)));
      }
      const V shift(Centred ? hadd(plain) / n : T(0));
      const V slope(hadd(weighted) / n);
      for (std::int64_t i = 0; i < count; i += V::size) {
        const std::int64_t left = count - i;
        const V g = load_part<V>(dy + i, left, T(0)) * load_part<V>(gamma + i, left, T(0));
        const V xhat = row.normalised(load_part<V>(x + i, left, T(0)));
        store_part((g - shift - xhat * slope) * V(row.inverse), out + i, left);
      }
    });
  }
};

/// Returns the most parts into which GammaGradient splits rows of `count` elements to sum them
/// concurrently, such that its workspace stays within a few hundred KiB.
[[nodiscard, gnu::always_inline]] constexpr std::int64_t parts_of_gamma(std::int64_t count) {
  constexpr std::int64_t elements = 8192;
  constexpr std::int64_t most = 8;
  return count <= elements / most ? most : count < elements ? elements / count : 1;
}

/// out[k] = sum over rows of dy * xhat; the operands are x and dy. Short runs of rows are summed in
/// T, the runs in double; parts of the rows run on threads. The sums are in the workspace.
template <bool Centred>
struct GammaGradient {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t count = call.output_shape.elements;
    const std::int64_t rows = call.input_shapes[0].elements / count;
    const std::int64_t parts = parts_of_gamma(count);
    const std::int64_t least = (rows - 1) / parts + 1;
    const std::int64_t worth = elements_worth_a_thread / count;
    const std::int64_t part =
        ((worth > least ? worth : least) + run_length - 1) / run_length * run_length;
    auto* const totals = static_cast<double*>(call.workspace);
    auto* const of_runs = reinterpret_cast<T*>(totals + parts * count);
    parallel_for(rows, part, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t first = begin / part * count;
      add_rows<T, V>(call, count, begin, end, totals + first, of_runs + first);
    });
    for (std::int64_t p = 1; p * part < rows; ++p)
      for (std::int64_t i = 0; i < count; ++i) totals[i] += totals[p * count + i];
    auto* out = static_cast<T*>(call.output);
    for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<T>(totals[i]);
  }

 private:
  static constexpr std::int64_t run_length = 32;

  template <class T, class V>
  static void add_rows(const KernelCall& call, std::int64_t count, std::int64_t begin,
                       std::int64_t end, double* total, T* of_run) {
    for (std::int64_t i = 0; i < count; ++i) total[i] = 0;
    for (std::int64_t r0 = begin; r0 < end; r0 += run_length) {
      for (std::int64_t i = 0; i < count; ++i) of_run[i] = 0;
      for (std::int64_t r = r0; r < end && r < r0 + run_length; ++r) {
        const auto* x = static_cast<const T*>(call.inputs[0]) + r * count;
        const auto* dy = static_cast<const T*>(call.inputs[1]) + r * count;
        const auto row = Row<Centred, T, V>::of(x, count, call.attributes->number);
        for (std::int64_t i = 0; i < count; i += V::size) {
          const std::int64_t left = count - i;
          const V xhat = row.normalised(load_part<V>(x + i, left, T(0)));
          store_part(load_part<V>(of_run + i, left, T(0)) + xhat * load_part<V>(dy + i, left, T(0)),
                     of_run + i, left);
        }
      }
      for (std::int64_t i = 0; i < count; ++i) total[i] += static_cast<double>(of_run[i]);
    }
  }
};

/// Shape rule: operand 0 is f[...,K]; bit i of `rows` requires operand i to be f[K], of `full` to
/// have operand 0's shape.
constexpr const FaultKind* operand_fault(std::span<const Operand> in, unsigned rows,
                                         unsigned full) {
  const Shape& x = in[0].shape;
  if (!is_floating(in[0].dtype)) return &fault::dtype_is_not_supported;
  for (std::size_t i = 0; i < in.size(); ++i) {
    bool ok = x.rank >= 1 && x[-1].is_constant() && in[i].dtype == in[0].dtype;
    if (((rows >> i) & 1) != 0) ok = ok && in[i].shape == Shape{x[-1]};
    if (((full >> i) & 1) != 0) ok = ok && in[i].shape == x;
    if (!ok) return &fault::row_norm_operands_do_not_match;
  }
  return nullptr;
}
template <unsigned Rows, unsigned Full>
constexpr Inferred infer_like_x(std::span<const Operand> in, const Attributes&) {
  if (const FaultKind* bad = operand_fault(in, Rows, Full)) return Inferred::failed(*bad);
  return {in[0].shape, in[0].dtype};
}
constexpr Inferred infer_row(std::span<const Operand> in, const Attributes&) {
  if (const FaultKind* bad = operand_fault(in, 0, 2)) return Inferred::failed(*bad);
  return {{in[0].shape[-1]}, in[0].dtype};
}
template <int PerElement>
constexpr Dim flops(std::span<const Operand> in, const Operand&, const Attributes&) {
  return multiply(in[0].shape.elements(), Dim{PerElement}).value;
}
constexpr Dim gamma_workspace(std::span<const Operand>, const Operand& out, const Attributes&) {
  const std::int64_t sum_and_run = 8 + bytes_per_element(out.dtype);
  const Dim of_each = multiply(Dim{parts_of_gamma(out.shape[0].constant)}, Dim{sum_and_run}).value;
  return multiply(out.shape.elements(), of_each).value;
}

/// xhat of a node's first operand, and its divisor, as ordinary ops.
template <bool Centred>
struct Parts {
  Location at;
  Tensor xhat{};
  Tensor deviation{};

  constexpr explicit Parts(Tensor node) : at(node.graph->node(node.id).at) {
    Tensor rest = elementwise::operand(node, 0);
    if (Centred) {
      const Tensor centre = mean(rest, {-1}, KeepDims::yes, at);
      rest = subtract(rest, centre, at);
    }
    const Tensor squares = multiply(rest, rest, at);
    const Tensor variance = mean(squares, {-1}, KeepDims::yes, at);
    deviation = sqrt(add(variance, node.graph->node(node.id).attributes.number, at), at);
    xhat = divide(rest, deviation, at);
  }
};
template <bool Centred>
constexpr Tensor decompose_gradient(Tensor t) {
  const Parts<Centred> node(t);
  const Tensor dy = elementwise::operand(t, 2);
  const Tensor g = multiply(dy, elementwise::operand(t, 1), node.at);
  const Tensor weighted = multiply(g, node.xhat, node.at);
  const Tensor slope = mean(weighted, {-1}, KeepDims::yes, node.at);
  Tensor result = subtract(g, multiply(node.xhat, slope, node.at), node.at);
  if (Centred) {
    const Tensor shift = mean(g, {-1}, KeepDims::yes, node.at);
    result = subtract(result, shift, node.at);
  }
  return divide(result, node.deviation, node.at);
}
template <bool Centred>
constexpr Tensor decompose_gamma_gradient(Tensor t) {
  const Parts<Centred> node(t);
  const Tensor dy = elementwise::operand(t, 1);
  const Tensor product = multiply(dy, node.xhat, node.at);
  return sum(product, detail::leading_axes(dy.shape()), KeepDims::no, node.at);
}

/// Sets the cotangents of x, gamma and, if present, beta.
template <const OpDef& GradientOp, const OpDef& GammaGradientOp>
constexpr void vjp(Vjp& v) {
  Graph& g = *v.output.graph;
  const Tensor dy = v.cotangent;
  if (v.wants(0)) v.set(0, g.append(GradientOp, {v.input(0), v.input(1), dy}, v.attributes, v.at));
  if (v.wants(1)) v.set(1, g.append(GammaGradientOp, {v.input(0), dy}, v.attributes, v.at));
  if (v.inputs().size() > 2 && v.wants(2))
    v.set(2, sum(dy, detail::leading_axes(dy.shape()), KeepDims::no, v.at));
}

template <class Kernel, bool Centred>
constexpr OpDef define_gradient(std::string_view name) {
  return {.name = name,
          .arity = 3,
          .infer = infer_like_x<2, 4>,
          .decompose = decompose_gradient<Centred>,
          .flops = flops<12>,
          .in_place = 4,
          .kernels = &Kernels<Kernel>::table,
          .doc = {"f[...,K], f[K], f[...,K] -> f[...,K]", "12 per element"}};
}
template <class Kernel, bool Centred>
constexpr OpDef define_gamma_gradient(std::string_view name) {
  return {.name = name,
          .arity = 2,
          .infer = infer_row,
          .decompose = decompose_gamma_gradient<Centred>,
          .flops = flops<8>,
          .workspace_bytes = gamma_workspace,
          .kernels = &Kernels<Kernel>::table,
          .doc = {"f[...,K], f[...,K] -> f[K]", "8 per element of x"}};
}

}  // namespace row_norm
}  // namespace foregraph
