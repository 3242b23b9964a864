#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/graph/fault.hpp>
#include <foregraph/detail/graph/kernel.hpp>
#include <foregraph/detail/graph/samples.hpp>
#include <foregraph/detail/graph/shape.hpp>

namespace foregraph {

class Graph;
struct Tensor;
class Vjp;

/// What the passes, the planner and the runtime need to know about an op, and nothing more: they
/// never ask *which* op a node is.
enum class OpKind : std::uint8_t {
  input,        ///< filled from a batch before each step
  variable,     ///< lives from step to step: parameters and optimizer state
  constant,     ///< a scalar known when the graph is built
  setting,      ///< a scalar given at run time, such as the learning rate
  extent,       ///< a scalar that follows from the batch size: a number of elements
  elementwise,  ///< out[i] = f(in[i], ...), all shapes equal
  broadcast,    ///< repeats its operand along axes; free inside a fused region
  view,         ///< bytes of operand 0, all or some in a row, maybe under another shape
  mode,         ///< operand 0 in training, operand 1 in evaluation; gone before anything is planned
  compute       ///< anything else; one kernel call
};

/// An op's parameters. Ops give the integers their own meaning, documented in their file.
struct Attributes {
  std::array<std::int64_t, 12> integers{};
  double number = 0;
  Shape shape{};

  friend constexpr bool operator==(const Attributes&, const Attributes&) = default;
};

/// What a shape rule sees, and gives back.
struct Operand {
  Shape shape{};
  DType dtype = f32;
};
struct Inferred {
  Shape shape{};
  DType dtype = f32;
  const FaultKind* fault = nullptr;

  [[nodiscard]] static constexpr Inferred failed(const FaultKind& kind) { return {{}, f32, &kind}; }
};

namespace samples {
/// Along every axis of operand 0 but its last, in which rows are normalised and the like.
constexpr SampleUse of_rows(std::span<const Operand> in, const Attributes&, int operand, int axis) {
  return operand == 0 && axis + 1 < in[0].shape.rank ? SampleUse::each_alone : SampleUse::mixed;
}
/// Along every axis but the one of attributes.integers[0], along which the op works.
constexpr SampleUse of_other_axes(std::span<const Operand>, const Attributes& attributes, int,
                                  int axis) {
  return axis != attributes.integers[0] ? SampleUse::each_alone : SampleUse::mixed;
}
/// Along every axis that is not in the mask attributes.integers[0]; the others are reduced.
constexpr SampleUse of_kept_axes(std::span<const Operand>, const Attributes& attributes, int,
                                 int axis) {
  return ((attributes.integers[0] >> axis) & 1) == 0 ? SampleUse::each_alone : SampleUse::mixed;
}
/// The same for sums.
constexpr SampleUse of_a_sum(std::span<const Operand>, const Attributes& attributes, int,
                             int axis) {
  return ((attributes.integers[0] >> axis) & 1) == 0 ? SampleUse::each_alone : SampleUse::summed;
}
}  // namespace samples

/// What the generated table of ops (docs/ops.md) says of an op.
struct OpDoc {
  std::string_view shapes = "";              ///< "f[M,K], f[K,N] -> f[M,N]"; f is f32 or f64
  std::string_view flops = "1 per element";  ///< of the result, unless it says otherwise
};

/// An op, as a value. Its file in ops/ defines one of these; nodes hold a pointer to it. A user's
/// own op is the same thing in the user's code.
struct OpDef {
  std::string_view name;  ///< unique among the ops of a program
  OpKind kind = OpKind::compute;
  int arity = 1;
  /// Shape and dtype of the result, or what is wrong. Pure.
  Inferred (*infer)(std::span<const Operand>, const Attributes&) = nullptr;
  /// Appends the cotangents of the inputs. If it is null, `decompose` is differentiated instead; if
  /// that is null too, a loss may not reach a parameter through the op.
  void (*vjp)(Vjp&) = nullptr;
  /// Appends an equal expression of simpler ops on the same operands. What a kernel made for speed
  /// is worth, and what its derivatives are (of second order, where it has a vjp of its own).
  Tensor (*decompose)(Tensor) = nullptr;
  /// Floating-point operations of one call, affine in the batch. Null: one per output element.
  Dim (*flops)(std::span<const Operand>, const Operand& output, const Attributes&) = nullptr;
  /// Bytes of scratch memory one call needs, affine in the batch: planned like any other buffer,
  /// alive during the call only. Null: none.
  Dim (*workspace_bytes)(std::span<const Operand>, const Operand& output,
                         const Attributes&) = nullptr;
  /// The kernel takes its workspace by workspace_of() (kernels/threads/parallel.hpp), in chunks
  /// that run at once on several threads: each further thread has as much again, of the thread
  /// pool's.
  bool workspace_per_thread = false;
  /// For views: where in the operand they begin, in bytes, affine in the batch and a multiple of 64
  /// for every batch. Null: at its begin.
  Dim (*view_offset)(const Operand& in, const Attributes&) = nullptr;
  /// How the op uses the samples of a batch if they lie along `axis` of `operand`. Null: each alone
  /// if the op is elementwise, a broadcast or a view, else mixed. A batch can be cut in parts if
  /// the loss is made of samples that are alone until they are summed.
  SampleUse (*samples)(std::span<const Operand>, const Attributes&, int operand,
                       int axis) = nullptr;
  Linear linear = Linear::no;
  /// An equal tensor that is cheaper, or the argument itself.
  Tensor (*simplify)(Tensor) = nullptr;
  /// Bit i: the output may be written over input i, if that dies here and has as many bytes.
  unsigned in_place = 0;
  /// The operand whose dtype picks the kernel. -1: the result's dtype if that is floating, else
  /// that of the first floating operand, else the result's.
  int typed_by = -1;
  /// Elementwise ops of one operand: another one that KernelTable::both gives as well, of the same
  /// operand. Null: none.
  const OpDef* together_with = nullptr;
  /// For kind compute: the result is the sum of the operand over the axes of the mask integers[0],
  /// so that a fused region which makes the operand can form it on the way.
  bool is_sum = false;
  /// Whether a node of the op is nowhere negative, with derivatives that are 0 where it is 0, as a
  /// square: then the square root of it, or of a sum of such nodes, has the gradient 0 there. Null:
  /// as operand 0 for broadcasts, views and sums, else no.
  bool (*flat_at_zero)(Tensor) = nullptr;
  /// For kinds elementwise and compute.
  const KernelTable& (*kernels)() = nullptr;
  OpDoc doc{};
};

}  // namespace foregraph
