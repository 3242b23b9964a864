#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>

namespace foregraph {

/// cast: the same numbers in another dtype. T[S] -> U[S] for T, U in f32, f64, i32, i64; for
/// booleans cast() uses select and not_equal, which fuse. Floating numbers are truncated when cast
/// to integers; out-of-range numbers become the nearest representable integer, and NaN becomes 0.
/// i64 to i32 keeps the low 32 bits. Between floating dtypes the gradient is cast back, otherwise
/// it is zero. Backward keeps nothing. Attributes: integers[0] is the dtype U.
struct CastKernel;

constexpr Tensor cast(Tensor x, DType dtype, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef cast_op{
    .name = "cast",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          const auto to = static_cast<DType>(attributes.integers[0]);
          if (in[0].dtype == boolean || to == boolean)
            return Inferred::failed(fault::dtype_is_not_supported);
          return Inferred{in[0].shape, to};
        },
    .vjp =
        [](Vjp& v) {
          const DType from = v.input(0).dtype();
          if (is_floating(from) && is_floating(v.output.dtype()))
            v.set(0, cast(v.cotangent, from, v.at));
        },
    .samples = samples::of_every_axis,
    .typed_by = 0,
    .kernels = &Kernels<CastKernel>::table,
    .doc = {"T[S] -> U[S]", "1 per element"}};

/// Returns `x` as `dtype`, between all dtypes; `x` itself if it has that dtype. Numbers are true
/// unless 0.
[[nodiscard]] constexpr Tensor cast(Tensor x, DType dtype, Location at) {
  Graph& g = graph_of(x, cast_op, at);
  if (x.dtype() == dtype) return x;
  if (dtype == boolean) return not_equal(x, 0.0, at);
  if (x.dtype() == boolean) {
    const Tensor one = g.constant(1, dtype, at);
    return select(x, one, 0.0, at);
  }
  Attributes attributes;
  attributes.integers[0] = static_cast<std::int64_t>(dtype);
  return g.append(cast_op, {x}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(cast_op, CastKernel)

}  // namespace foregraph
