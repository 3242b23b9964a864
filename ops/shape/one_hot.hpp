#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/vjp.hpp>
#include <foregraph/detail/ops/basic/moving.hpp>

namespace foregraph {

/// one_hot: 1 at the index along a new last axis, 0 elsewhere. i[S] -> T[S,classes] for i in i32,
/// i64 and every T. An index outside [0, classes) throws IndexError when the step runs; it names
/// the position among all indices. No gradient flows. Attributes: integers[0] is the number of
/// classes, [1] is 1 if indices are i64, [2] is the DType of the result.
struct OneHotKernel;

namespace fault {
inline constexpr FaultKind one_hot_needs_integers{"the operand does not have an integer dtype",
                                                  "indices i32[...] or i64[...]"};
}  // namespace fault

FOREGRAPH_EXPORT inline constexpr OpDef one_hot_op{
    .name = "one_hot",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (in[0].dtype != i32 && in[0].dtype != i64)
            return Inferred::failed(fault::one_hot_needs_integers);
          Shape result = in[0].shape;
          result.push_back(attributes.integers[0]);
          return Inferred{result, static_cast<DType>(attributes.integers[2])};
        },
    .vjp = zero_gradient,
    .flops = [](std::span<const Operand>, const Operand&, const Attributes&) { return Dim{0}; },
    .samples = samples::of_every_axis,
    .kernels = &Kernels<OneHotKernel>::table,
    .doc = {"i[S] -> T[S,classes]", "none"}};

/// Returns 1 at each index and 0 elsewhere. i[S] -> T[S,classes]. An index outside [0, classes)
/// throws IndexError when the step runs.
[[nodiscard]] constexpr Tensor one_hot(Tensor indices, std::int64_t classes, DType dtype = f32,
                                       Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = classes;
  attributes.integers[1] = indices.dtype() == i64 ? 1 : 0;
  attributes.integers[2] = static_cast<std::int64_t>(dtype);
  return graph_of(indices, one_hot_op, at).append(one_hot_op, {indices}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(one_hot_op, OneHotKernel)

}  // namespace foregraph
