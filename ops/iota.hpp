#pragma once

#include <foregraph/graph/vjp.hpp>
#include <foregraph/ops/strided_copy.hpp>

namespace foregraph {

/// iota: 0, 1, 2, ... -> T[N] for T in f32, f64, i32, i64; N may depend on the batch.
/// Attributes: integers[0] the dtype, shape.
struct IotaKernel {
  static constexpr bool integers = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    auto* out = static_cast<T*>(call.output);
    for (std::int64_t i = 0; i < call.output_shape.elements; ++i) out[i] = static_cast<T>(i);
  }
};

inline constexpr OpDef iota_op{.name = "iota",
                               .arity = 0,
                               .infer =
                                   [](std::span<const Operand>, const Attributes& attributes) {
                                     const auto dtype = static_cast<DType>(attributes.integers[0]);
                                     if (dtype == boolean)
                                       return Inferred::failed(fault::dtype_is_not_supported);
                                     return Inferred{attributes.shape, dtype};
                                   },
                               .vjp = zero_gradient,
                               .flops = detail::no_flops,
                               .kernels = &Kernels<IotaKernel>::table,
                               .doc = {"-> T[N]", "none"}};

[[nodiscard]] constexpr Tensor iota(Graph& g, Dim size, DType dtype = i32,
                                    Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = static_cast<std::int64_t>(dtype);
  attributes.shape = {size};
  return g.append(iota_op, std::span<const Tensor>{}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(iota_op, IotaKernel)

}  // namespace foregraph
