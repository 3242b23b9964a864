#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/vjp.hpp>
#include <foregraph/detail/ops/basic/moving.hpp>

namespace foregraph {

/// Count of non-negative i32 values.
inline constexpr std::int64_t most_of_i32 = std::int64_t{1} << 31;

/// iota: 0, 1, 2, ... -> T[N] for T in f32, f64, i32, i64; N may depend on the batch. Attributes:
/// integers[0] is the dtype, and the shape.
struct IotaKernel;

namespace fault {
inline constexpr FaultKind iota_does_not_fit_i32{"the numbers do not fit in i32",
                                                 "at most 2^31 numbers, or dtype i64"};
}  // namespace fault

FOREGRAPH_EXPORT inline constexpr OpDef iota_op{
    .name = "iota",
    .arity = 0,
    .infer =
        [](std::span<const Operand>, const Attributes& attributes) {
          const auto dtype = static_cast<DType>(attributes.integers[0]);
          if (dtype == boolean) return Inferred::failed(fault::dtype_is_not_supported);
          if (dtype == i32 && attributes.shape[0].constant > most_of_i32)
            return Inferred::failed(fault::iota_does_not_fit_i32);
          return Inferred{attributes.shape, dtype};
        },
    .vjp = zero_gradient,
    .flops = detail::no_flops,
    .kernels = &Kernels<IotaKernel>::table,
    .doc = {"-> T[N]", "none"}};

/// Returns 0, 1, ... size - 1: T[size]; the size may depend on the batch.
[[nodiscard]] constexpr Tensor iota(Graph& g, Dim size, DType dtype = i32,
                                    Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = static_cast<std::int64_t>(dtype);
  attributes.shape = {size};
  return g.append(iota_op, std::span<const Tensor>{}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(iota_op, IotaKernel)

}  // namespace foregraph
