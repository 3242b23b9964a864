#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/vjp.hpp>
#include <foregraph/detail/ops/basic/moving.hpp>

namespace foregraph {

/// triangle: matrices with zeros above a diagonal (tril) or below it (triu). T[...,M,N] ->
/// T[...,M,N] for every T. Backward keeps nothing. In place. Attributes: integers[0] is 1 if the
/// upper triangle is kept, integers[1] is the diagonal.
struct TriangleKernel;

constexpr Tensor tril(Tensor x, std::int64_t diagonal = 0, Location at = Location::current());
constexpr Tensor triu(Tensor x, std::int64_t diagonal = 0, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef triangle_op{
    .name = "triangle",
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (in[0].shape.rank < 2) return Inferred::failed(fault::rank_is_wrong);
          return Inferred{in[0].shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const std::int64_t diagonal = v.attributes.integers[1];
          v.set(0, v.attributes.integers[0] != 0 ? triu(v.cotangent, diagonal, v.at)
                                                 : tril(v.cotangent, diagonal, v.at));
        },
    .flops = detail::no_flops,
    .in_place = 1,
    .kernels = &Kernels<TriangleKernel>::table,
    .doc = {"T[...,M,N] -> T[...,M,N]", "none"}};

namespace detail {
constexpr Tensor triangle(Tensor x, bool upper, std::int64_t diagonal, Location at) {
  constexpr std::int64_t far = std::int64_t{1} << 62;  // outside any matrix
  Attributes attributes;
  attributes.integers[0] = upper ? 1 : 0;
  attributes.integers[1] = diagonal > far ? far : diagonal < -far ? -far : diagonal;
  return graph_of(x, triangle_op, at).append(triangle_op, {x}, attributes, at);
}
}  // namespace detail

/// Returns the elements on and below a diagonal: x[i,j] with j <= i + diagonal, zero elsewhere.
[[nodiscard]] constexpr Tensor tril(Tensor x, std::int64_t diagonal, Location at) {
  return detail::triangle(x, false, diagonal, at);
}
/// Returns the elements on and above a diagonal: x[i,j] with j >= i + diagonal, zero elsewhere.
[[nodiscard]] constexpr Tensor triu(Tensor x, std::int64_t diagonal, Location at) {
  return detail::triangle(x, true, diagonal, at);
}

FOREGRAPH_REGISTER_KERNEL(triangle_op, TriangleKernel)

}  // namespace foregraph
