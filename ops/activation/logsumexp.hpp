#pragma once

#include <limits>

#include <foregraph/detail/kernels/simd/vector_parts.hpp>
#include <foregraph/detail/ops/math/exp.hpp>
#include <foregraph/detail/ops/math/maximum.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/reduce_max.hpp>

namespace foregraph {

namespace reduction {
/// exp(x - m), where m is the largest element reduced into the same result.
template <class T>
struct Exponentials : Adds<T> {
  static constexpr bool looks_at_result = true;
  const T* x;
  const T* largest;
  [[gnu::always_inline]] Exponentials(const void* operand, const T* most)
      : x(static_cast<const T*>(operand)), largest(most) {}
  template <class V>
  [[gnu::always_inline]] static V exponential(V z) {
    if constexpr (std::is_same_v<V, T>)
      return std::exp(z);
    else
      return exp_of_nonpositive(z, exp_underflow<T>);
  }
  template <class V>
  [[gnu::always_inline]] V row(std::int64_t i, std::int64_t o) const {
    return exponential<V>(read<V>(x + i) - V(largest[o]));
  }
  template <class V>
  [[gnu::always_inline]] V column(std::int64_t i, std::int64_t o) const {
    return exponential<V>(read<V>(x + i) - read<V>(largest + o));
  }
};
}  // namespace reduction

/// logsumexp: log(sum(exp(x))) over some or all axes, computed as log(sum(exp(x - max))) + max,
/// which overflows for no x. T[S] -> T[S without axes] for T in f32, f64. Stores nothing of the
/// operand's size; the maxima are in the workspace. The derivative is the softmax; 1 for +inf, and
/// 0 where all elements are -inf. Backward keeps operand and result. Attributes: integers[0] is the
/// mask of axes, integers[1] is 1 if dimensions are kept.
struct LogSumExpKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    auto* out = static_cast<T*>(call.output);
    auto* largest = static_cast<T*>(call.workspace);
    using Largest = reduction::Plain<T, reduction::TakesLarger>;
    reduction::reduce<V, T>(Largest(call.inputs[0]), call, largest);
    reduction::reduce<V, T>(reduction::Exponentials<T>(call.inputs[0], largest), call, out);
    for (std::int64_t i = 0; i < call.output_shape.elements; ++i) {
      const bool is_infinite = largest[i] - largest[i] != 0;
      out[i] = is_infinite ? largest[i] : std::log(out[i]) + largest[i];
    }
  }
};

inline constexpr OpDef logsumexp_op{
    .name = "logsumexp",
    .infer = reduction::infer_floating,
    .vjp =
        [](Vjp& v) {
          const Shape from = v.input(0).shape();
          const std::int64_t mask = v.attributes.integers[0];
          const Tensor total = reduction::kept(v.output, from, mask, v.at);
          // inf - inf is NaN: the derivative is 1 for +inf and 0 for -inf, even if the whole row is
          // -inf.
          const double lowest = v.output.dtype() == f64 ? std::numeric_limits<double>::lowest()
                                                        : std::numeric_limits<float>::lowest();
          const Tensor finite = maximum(total, lowest, v.at);
          const Tensor below = subtract(v.input(0), finite, v.at);
          const Tensor is_all = equal(v.input(0), finite, v.at);
          const Tensor share = exp(select(is_all, 0.0, below, v.at), v.at);
          v.set(0, zero_or_product(reduction::kept(v.cotangent, from, mask, v.at), share, v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{4}).value; },
    .workspace_bytes =
        [](std::span<const Operand>, const Operand& output, const Attributes&) {
          return multiply(output.shape.elements(), Dim{bytes_per_element(output.dtype)}).value;
        },
    .samples = samples::of_kept_axes,
    .kernels = &Kernels<LogSumExpKernel>::table,
    .doc = {"f[S] -> f[S without axes]", "4 per element of the operand"}};

/// Returns log(sum(exp(x))) over `axes` (all by default), stable for any x. T in f32, f64.
[[nodiscard]] constexpr Tensor logsumexp(Tensor x, Axes axes = {}, KeepDims keep = KeepDims::no,
                                         Location at = Location::current()) {
  return graph_of(x, logsumexp_op, at)
      .append(logsumexp_op, {x}, reduction::attributes(x.shape(), axes, keep), at);
}

FOREGRAPH_REGISTER_KERNEL(logsumexp_op, LogSumExpKernel)

}  // namespace foregraph
