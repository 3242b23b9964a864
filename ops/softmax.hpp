#pragma once

#include <cmath>
#include <limits>

#include <foregraph/ops/multiply.hpp>
#include <foregraph/ops/subtract.hpp>
#include <foregraph/ops/sum.hpp>
#include <foregraph/ops/vector_parts.hpp>

namespace foregraph {

namespace detail {
/// max over a row, and the sum of exp(x - max): what every softmax needs, without overflow.
template <class T, class V>
struct RowExponentials {
  T largest;
  T total;

  static RowExponentials of(const T* x, std::int64_t count) {
    constexpr std::int64_t width = V::size;
    constexpr T lowest = -std::numeric_limits<T>::infinity();
    V most = load_part<V>(x, count, lowest);
    for (std::int64_t i = width; i < count; i += width)
      most = max(most, load_part<V>(x + i, count - i, lowest));
    alignas(64) T lanes[V::size];
    most.store_unaligned(lanes);
    T largest = lanes[0];
    for (std::int64_t i = 1; i < width; ++i) largest = lanes[i] > largest ? lanes[i] : largest;
    V total(T(0));
    for (std::int64_t i = 0; i < count; i += width)
      total = total + exp_of_nonpositive(load_part<V>(x + i, count - i, lowest) - V(largest),
                                         exp_underflow<T>);
    return {largest, hadd(total)};
  }
};
}  // namespace detail

/// softmax over the last axis: exp(x - max) / sum(exp(x - max)). T[...,K] -> T[...,K] for T in
/// f32, f64. Backward keeps the output. In place.
struct SoftmaxKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConcreteShape& shape = call.input_shapes[0];
    const std::int64_t count = shape.dims[static_cast<std::size_t>(shape.rank - 1)];
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    for (std::int64_t first = 0; first < shape.elements; first += count) {
      const auto row = detail::RowExponentials<T, V>::of(x + first, count);
      for (std::int64_t i = 0; i < count; i += V::size) {
        const V z = load_part<V>(x + first + i, count - i, row.largest);
        store_part(exp_of_nonpositive(z - V(row.largest), exp_underflow<T>) / V(row.total),
                   out + first + i, count - i);
      }
    }
  }
};

inline constexpr OpDef softmax_op{
    .name = "softmax",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (in[0].shape.rank < 1) return Inferred::failed(fault::rank_is_wrong);
          return elementwise::same_floating(in, attributes);
        },
    .vjp =
        [](Vjp& v) {
          const Tensor weighted = multiply(v.cotangent, v.output, v.at);
          const Tensor total = sum(weighted, {-1}, KeepDims::yes, v.at);
          v.set(0, multiply(v.output, subtract(v.cotangent, total, v.at), v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{5}).value; },
    .in_place = 1,
    .kernels = &Kernels<SoftmaxKernel>::table};

[[nodiscard]] constexpr Tensor softmax(Tensor x, Location at = Location::current()) {
  return graph_of(x, softmax_op, at).append(softmax_op, {x}, {}, at);
}

FOREGRAPH_REGISTER_KERNEL(softmax_op, SoftmaxKernel)

}  // namespace foregraph
