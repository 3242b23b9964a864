#pragma once

#include <foregraph/ops/mean.hpp>
#include <foregraph/ops/softmax.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind labels_must_be_one_integer_per_row{
    "labels do not match the logits",
    "logits f[batch,classes] with labels i32[batch] or i64[batch]"};
}  // namespace fault

namespace detail {
template <class T>
[[gnu::always_inline]] inline std::int64_t checked_label(const KernelCall& call, std::int64_t row,
                                                         std::int64_t classes, bool wide) {
  const std::int64_t label = wide ? static_cast<const std::int64_t*>(call.inputs[1])[row]
                                  : static_cast<const std::int32_t*>(call.inputs[1])[row];
  if (label < 0 || label >= classes) throw_index_out_of_range(call, row, label, classes);
  return label;
}

constexpr const FaultKind* label_fault(std::span<const Operand> in) {
  if (!is_floating(in[0].dtype)) return &fault::dtype_is_not_supported;
  if (in[0].shape.rank != 2 || in[1].shape.rank != 1 || in[0].shape[0] != in[1].shape[0] ||
      (in[1].dtype != i32 && in[1].dtype != i64))
    return &fault::labels_must_be_one_integer_per_row;
  return nullptr;
}
}  // namespace detail

/// softmax_cross_entropy_per_sample: log(sum(exp(x))) - x[label], stable for any logits.
/// T[B,K], i[B] -> T[B] for T in f32, f64, i in i32, i64. A label outside [0, K) is a DataError
/// when the step runs, before any parameter changes. Backward keeps the logits and labels.
/// Attributes: integers[0], whether labels are i64.
struct SoftmaxCrossEntropyKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t rows = call.input_shapes[0].dims[0];
    const std::int64_t classes = call.input_shapes[0].dims[1];
    const bool wide = call.attributes->integers[0] != 0;
    auto* out = static_cast<T*>(call.output);
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto* x = static_cast<const T*>(call.inputs[0]) + r * classes;
      const std::int64_t label = detail::checked_label<T>(call, r, classes, wide);
      const auto row = detail::RowExponentials<T, V>::of(x, classes);
      out[r] = std::log(row.total) + row.largest - x[label];
    }
  }
};

/// Its gradient by the logits: ct[b] * (softmax(x)[b,:] - one_hot(label[b])).
/// T[B,K], i[B], T[B] -> T[B,K]. In place over the logits.
struct SoftmaxCrossEntropyGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t rows = call.input_shapes[0].dims[0];
    const std::int64_t classes = call.input_shapes[0].dims[1];
    const bool wide = call.attributes->integers[0] != 0;
    const auto* cotangent = static_cast<const T*>(call.inputs[2]);
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto* x = static_cast<const T*>(call.inputs[0]) + r * classes;
      auto* out = static_cast<T*>(call.output) + r * classes;
      const std::int64_t label = detail::checked_label<T>(call, r, classes, wide);
      const auto row = detail::RowExponentials<T, V>::of(x, classes);
      const V scale(cotangent[r] / row.total);
      for (std::int64_t i = 0; i < classes; i += V::size) {
        const V z = load_part<V>(x + i, classes - i, row.largest);
        store_part(exp_of_nonpositive(z - V(row.largest), exp_underflow<T>) * scale, out + i,
                   classes - i);
      }
      out[label] -= cotangent[r];
    }
  }
};

constexpr Tensor softmax_cross_entropy_gradient(Tensor logits, Tensor labels, Tensor cotangent,
                                                Location at);

inline constexpr OpDef softmax_cross_entropy_op{
    .name = "softmax_cross_entropy",
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (const FaultKind* bad = detail::label_fault(in)) return Inferred::failed(*bad);
          return Inferred{in[1].shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          v.set(0, softmax_cross_entropy_gradient(v.input(0), v.input(1), v.cotangent, v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{4}).value; },
    .kernels = &Kernels<SoftmaxCrossEntropyKernel>::table};

inline constexpr OpDef softmax_cross_entropy_gradient_op{
    .name = "softmax_cross_entropy_gradient",
    .arity = 3,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (const FaultKind* bad = detail::label_fault(in)) return Inferred::failed(*bad);
          if (in[2].shape != in[1].shape) return Inferred::failed(fault::shapes_differ);
          return Inferred{in[0].shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const Shape kept{v.input(2).shape()[0], Dim{1}};
          const Tensor u = v.cotangent;
          if (v.wants(0)) {
            const Tensor p = softmax(v.input(0), -1, v.at);
            const Tensor mix = sum(multiply(u, p, v.at), {-1}, KeepDims::yes, v.at);
            const Tensor ct = reshape(v.input(2), kept, v.at);
            v.set(0, multiply(ct, multiply(p, subtract(u, mix, v.at), v.at), v.at));
          }
          if (v.wants(2)) {
            Graph& g = *u.graph;
            const Tensor ones =
                broadcast_to(g.constant(1, u.dtype(), v.at), v.input(2).shape(), v.at);
            const Tensor d = softmax_cross_entropy_gradient(v.input(0), v.input(1), ones, v.at);
            v.set(2, sum(multiply(u, d, v.at), {-1}, KeepDims::no, v.at));
          }
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{5}).value; },
    .in_place = 1,
    .kernels = &Kernels<SoftmaxCrossEntropyGradientKernel>::table};

constexpr Tensor softmax_cross_entropy_gradient(Tensor logits, Tensor labels, Tensor cotangent,
                                                Location at) {
  Attributes attributes;
  attributes.integers[0] = labels.dtype() == i64 ? 1 : 0;
  return graph_of(logits, softmax_cross_entropy_gradient_op, at)
      .append(softmax_cross_entropy_gradient_op, {logits, labels, cotangent}, attributes, at);
}

/// Mean over the batch of -log softmax(logits)[label]. f[batch,classes], i[batch] -> f[].
[[nodiscard]] constexpr Tensor softmax_cross_entropy(Tensor logits, Tensor labels,
                                                     Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = labels.dtype() == i64 ? 1 : 0;
  return mean(graph_of(logits, softmax_cross_entropy_op, at)
                  .append(softmax_cross_entropy_op, {logits, labels}, attributes, at),
              {}, KeepDims::no, at);
}

FOREGRAPH_REGISTER_KERNEL(softmax_cross_entropy_op, SoftmaxCrossEntropyKernel)
FOREGRAPH_REGISTER_KERNEL(softmax_cross_entropy_gradient_op, SoftmaxCrossEntropyGradientKernel)

}  // namespace foregraph
