#pragma once

#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/linear/transpose.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind matmul_operand_has_less_than_two_axes{
    "an operand is not a matrix, nor a stack of them",
    "operands [...,rows,columns]; reshape a vector to [n,1] or [1,n]"};
inline constexpr FaultKind matmul_batches_do_not_broadcast{
    "the axes before the matrices do not broadcast",
    "aligned at the last of them, sizes equal or 1; reshape one operand"};
}  // namespace fault

/// batch_matmul: op(a) . op(b) for stacks of matrices, where op optionally transposes the last two
/// axes. T[...,M,K] . T[...,K,N] -> T[...,M,N] for T in f32, f64. The axes before the matrices
/// broadcast as in NumPy, without materialising repeats. Backward keeps both operands. Attributes
/// as for matmul: integers[0] and integers[1] are 1 if a and b are transposed.
struct BatchMatmulKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const bool ta = call.attributes->integers[0] != 0;
    const bool tb = call.attributes->integers[1] != 0;
    const ConcreteShape& a_shape = call.input_shapes[0];
    const ConcreteShape& b_shape = call.input_shapes[1];
    const ConcreteShape& shape = call.output_shape;
    const int axes = shape.rank - 2;
    const auto last = static_cast<std::size_t>(shape.rank - 1);
    const std::int64_t m = shape.dims[last - 1];
    const std::int64_t n = shape.dims[last];
    const std::int64_t k = a_shape.dims[static_cast<std::size_t>(a_shape.rank - (ta ? 2 : 1))];
    const auto* a = static_cast<const T*>(call.inputs[0]);
    const auto* b = static_cast<const T*>(call.inputs[1]);
    auto* out = static_cast<T*>(call.output);

    // If all of a is multiplied by one matrix b, the rows of a form a single matrix.
    if (!ta && b_shape.elements == k * n && a_shape.elements * n == shape.elements * k) {
      gemm<T>(false, tb, shape.elements / n, n, k, T(1), a, b, T(0), out);
      return;
    }
    std::int64_t a_steps[Shape::max_rank];
    std::int64_t b_steps[Shape::max_rank];
    steps<V>(a_shape, axes, m * k, a_steps);
    steps<V>(b_shape, axes, k * n, b_steps);
    const std::int64_t count = shape.elements / (m * n);
    // With few matrices, each product uses the threads internally, with the same result.
    constexpr std::int64_t worth_a_thread = std::int64_t{1} << 18;  // multiplications
    const bool by_matrices = count >= 2 * threads_here();
    parallel_for(count, by_matrices ? 1 + worth_a_thread / (m * n * k + 1) : count,
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i)
                     gemm<T>(
                         ta, tb, m, n, k, T(1), a + offset<V>(i, shape, a_shape, m * k, a_steps),
                         b + offset<V>(i, shape, b_shape, k * n, b_steps), T(0), out + i * m * n);
                 });
  }

  /// Returns the offset of the operand's matrix for the i-th matrix of the result.
  template <class V>
  [[gnu::always_inline]] static std::int64_t offset(std::int64_t i, const ConcreteShape& shape,
                                                    const ConcreteShape& operand,
                                                    std::int64_t matrix,
                                                    const std::int64_t* steps) {
    const int axes = shape.rank - 2;
    bool repeated = operand.rank < shape.rank;
    for (int axis = 0; axis < axes && !repeated; ++axis)
      repeated = operand.dims[static_cast<std::size_t>(axis)] !=
                 shape.dims[static_cast<std::size_t>(axis)];
    if (!repeated) return i * matrix;
    std::int64_t result = 0;
    for (int axis = axes - 1; axis >= 0; --axis) {
      const std::int64_t size = shape.dims[static_cast<std::size_t>(axis)];
      result += i % size * steps[axis];
      i /= size;
    }
    return result;
  }

  /// Computes the distance between the operand's matrices along each leading axis of the result; 0
  /// along axes where one matrix is broadcast.
  template <class V>
  static void steps(const ConcreteShape& operand, int axes, std::int64_t matrix,
                    std::int64_t* result) {
    std::int64_t step = matrix;
    for (int axis = axes - 1; axis >= 0; --axis) {
      const int own = axis - axes + operand.rank - 2;
      const std::int64_t size = own >= 0 ? operand.dims[static_cast<std::size_t>(own)] : 1;
      result[axis] = size == 1 ? 0 : step;
      step *= size;
    }
  }
};

namespace detail {
[[nodiscard]] constexpr Shape axes_before_matrices(const Shape& shape) {
  Shape result;
  for (int i = 0; i + 2 < shape.rank; ++i) result.push_back(shape[i]);
  return result;
}

/// Sums x over the axes along which a tensor of shape `to` was broadcast to x's shape.
[[nodiscard]] constexpr Tensor sum_to(Tensor x, Shape to, Location at) {
  const Shape from = x.shape();
  if (from == to) return x;
  Attributes attributes;
  for (int i = 0; i < from.rank; ++i) {
    const int j = i - from.rank + to.rank;
    if (j < 0 || to[j] != from[i]) attributes.integers[0] |= std::int64_t{1} << i;
  }
  const Tensor total = x.graph->append(sum_op, {x}, attributes, at);
  return total.shape() == to ? total : reshape(total, to, at);
}
}  // namespace detail

inline constexpr OpDef batch_matmul_op{
    .name = "batch_matmul",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          const auto [ta, tb] = detail::matmul_transposes(attributes);
          const Shape& a = in[0].shape;
          const Shape& b = in[1].shape;
          if (in[0].dtype != in[1].dtype) return Inferred::failed(fault::dtypes_differ);
          if (!is_floating(in[0].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
          if (a.rank < 2 || b.rank < 2)
            return Inferred::failed(fault::matmul_operand_has_less_than_two_axes);
          if (a[ta ? -2 : -1] != b[tb ? -1 : -2])
            return Inferred::failed(fault::matmul_inner_dimensions_differ);
          auto both = elementwise::broadcast_shapes(detail::axes_before_matrices(a),
                                                    detail::axes_before_matrices(b));
          if (!both.ok) return Inferred::failed(fault::matmul_batches_do_not_broadcast);
          both.shape.push_back(a[ta ? -1 : -2]);
          both.shape.push_back(b[tb ? -2 : -1]);
          return Inferred{both.shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const auto [ta, tb] = detail::matmul_transposes(v.attributes);
          const Tensor a = v.input(0);
          const Tensor b = v.input(1);
          const Tensor g = v.cotangent;
          if (v.wants(0)) {
            const Tensor all =
                ta ? matmul(b, g, {tb, true}, v.at) : matmul(g, b, {false, !tb}, v.at);
            v.set(0, detail::sum_to(all, a.shape(), v.at));
          }
          if (v.wants(1)) {
            const Tensor all =
                tb ? matmul(g, a, {true, ta}, v.at) : matmul(a, g, {!ta, false}, v.at);
            v.set(1, detail::sum_to(all, b.shape(), v.at));
          }
        },
    .flops =
        [](std::span<const Operand> in, const Operand& out, const Attributes& attributes) {
          const Dim inner = in[0].shape[attributes.integers[0] != 0 ? -2 : -1];
          return multiply(multiply(out.shape.elements(), inner).value, Dim{2}).value;
        },
    .samples =
        [](std::span<const Operand> in, const Attributes& attributes, int operand, int axis) {
          const int in_matrix = axis - in[static_cast<std::size_t>(operand)].shape.rank + 2;
          if (in_matrix < 0) return SampleUse::each_alone;
          return matmul_op.samples(in, attributes, operand, in_matrix);
        },
    .simplify = [](Tensor t) { return detail::fold_transposes_into_matmul(t); },
    .kernels = &Kernels<BatchMatmulKernel>::table,
    .doc = {"f[...,M,K], f[...,K,N] -> f[...,M,N]", "2*K per element"}};

namespace detail {
/// Appends matmul of operands of which at least one has more than two axes. If b is one matrix,
/// uses a single product of all rows of a.
constexpr Tensor matmul_of_stacks(Tensor a, Tensor b, Transposed transposed, Location at) {
  Attributes attributes;
  attributes.integers[0] = transposed.a ? 1 : 0;
  attributes.integers[1] = transposed.b ? 1 : 0;
  Graph& g = graph_of(a, batch_matmul_op, at);
  if (b.shape().rank != 2 || transposed.a || b.graph != &g)
    return g.append(batch_matmul_op, {a, b}, attributes, at);
  // Checked here so that messages show the user's original operands.
  const std::array<Operand, 2> both{{{a.shape(), a.dtype()}, {b.shape(), b.dtype()}}};
  const Inferred whole = batch_matmul_op.infer(both, attributes);
  if (whole.fault != nullptr) return g.fail(*whole.fault, &batch_matmul_op, at, both);
  Dim rows = 1;
  for (int i = 0; i + 1 < a.shape().rank; ++i) rows = multiply(rows, a.shape()[i]).value;
  const Tensor matrix = reshape(a, {rows, a.shape()[-1]}, at);
  const Tensor product = matmul(matrix, b, transposed, at);
  return reshape(product, whole.shape, at);
}
}  // namespace detail

FOREGRAPH_REGISTER_KERNEL(batch_matmul_op, BatchMatmulKernel)

}  // namespace foregraph
