#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/reduction/cumsum.hpp>

namespace foregraph {

/// reduce_prod: the product over some or all axes. T[S] -> T[S without axes] for T in f32, f64,
/// i32, i64. The derivative with respect to an element is the product of the others, computed
/// without division, so that it is correct where elements are zero. Backward keeps the operand.
/// Attributes: integers[0] is the mask of axes, integers[1] is 1 if dimensions are kept.
struct ReduceProdKernel;

/// product_of_others: y[i] = product of x[j] for j != i along an axis. f[S] -> f[S] for f in f32,
/// f64. Computed as the products from the front times those from the back. Its derivative uses a
/// tensor with that axis twice, so it does not exist along an axis that depends on the batch.
/// Attributes: integers[0] is the axis.
struct ProductOfOthersKernel;

constexpr Tensor reduce_prod(Tensor x, Axes axes = {}, KeepDims keep = KeepDims::no,
                             Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef product_of_others_op{
    .name = "product_of_others",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (attributes.integers[0] < 0) return Inferred::failed(fault::axis_is_out_of_range);
          return elementwise::same_floating(in, attributes);
        },
    .decompose =
        [](Tensor t) {
          // [outer, n, inner] becomes [outer, i, j, inner] with 1 where i = j, multiplied over j.
          Graph& g = *t.graph;
          const Location at = g.node(t.id).at;
          const Tensor x = elementwise::operand(t, 0);
          const int axis = one_axis::of(g.node(t.id).attributes);
          const Dim n = x.shape()[axis];
          Shape before;
          Shape after;
          for (int i = 0; i < x.shape().rank; ++i)
            if (i != axis) (i < axis ? before : after).push_back(x.shape()[i]);
          const Dim outer = before.elements();
          const Dim inner = after.elements();
          const Tensor one = g.constant(1, x.dtype(), at);
          const Tensor ones = broadcast_to(one, {n}, at);
          const Tensor numbers = cumsum(ones, 0, false, false, at);
          const Tensor down = reshape(numbers, {n, 1, 1}, at);
          const Tensor across = reshape(numbers, {1, n, 1}, at);
          const Tensor is_diagonal = equal(down, across, at);
          const Tensor once = reshape(x, {outer, 1, n, inner}, at);
          const Tensor twice = broadcast_to(once, {outer, n, n, inner}, at);
          const Tensor others = select(is_diagonal, one, twice, at);
          const Tensor products = reduce_prod(others, {2}, KeepDims::no, at);
          return reshape(products, x.shape(), at);
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{3}).value; },
    .kernels = &Kernels<ProductOfOthersKernel>::table,
    .doc = {"f[S] -> f[S]", "3 per element"}};

namespace detail {
/// Sets the gradient axis by axis: the product over each axis is the operand of the next.
constexpr void reduce_prod_vjp(Vjp& v) {
  Graph& g = *v.output.graph;
  const std::int64_t mask = v.attributes.integers[0];
  std::array<Tensor, Shape::max_rank + 1> partial{};
  std::array<int, Shape::max_rank + 1> axes{};
  std::size_t count = 0;
  partial[0] = v.input(0);
  for (int i = 0; i < v.input(0).shape().rank; ++i) {
    if (((mask >> i) & 1) == 0) continue;
    axes[count] = i;
    if ((mask >> (i + 1)) != 0)  // the last product is the result, which is not needed here
      partial[count + 1] = reduce_prod(partial[count], {i}, KeepDims::yes, v.at);
    ++count;
  }
  Tensor ct = reduction::kept(v.cotangent, v.input(0).shape(), mask, v.at);
  for (std::size_t k = count; k-- > 0;) {
    const Attributes attributes = one_axis::attributes(axes[k], partial[k].shape());
    const Tensor others = g.append(product_of_others_op, {partial[k]}, attributes, v.at);
    ct = zero_or_product(ct, others, v.at);
  }
  v.set(0, ct);
}
}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef reduce_prod_op{
    .name = "reduce_prod",
    .infer = reduction::infer,
    .vjp = detail::reduce_prod_vjp,
    .flops = reduction::one_flop_per_operand_element,
    .samples = samples::of_kept_axes,
    .simplify = reduction::without_axes_of_one,
    .kernels = &Kernels<ReduceProdKernel>::table,
    .doc = {"T[S] -> T[S without axes]", "1 per element of the operand"}};

/// Returns the product over `axes` (all by default). T[S] -> T[S without the axes].
[[nodiscard]] constexpr Tensor reduce_prod(Tensor x, Axes axes, KeepDims keep, Location at) {
  return graph_of(x, reduce_prod_op, at)
      .append(reduce_prod_op, {x}, reduction::attributes(x.shape(), axes, keep), at);
}

FOREGRAPH_REGISTER_KERNEL(reduce_prod_op, ReduceProdKernel)
FOREGRAPH_REGISTER_KERNEL(product_of_others_op, ProductOfOthersKernel)

}  // namespace foregraph
