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

/// The kind of an op: all that the passes, the planner and the runtime need to know about it. They
/// never ask *which* op a node is.
enum class OpKind : std::uint8_t {
  input,        ///< filled from a batch before each step
  variable,     ///< persists across steps: parameters and optimizer state
  constant,     ///< a scalar known when the graph is built
  setting,      ///< a scalar given at run time, such as the learning rate
  extent,       ///< a scalar derived from the batch size: a number of elements
  elementwise,  ///< out[i] = f(in[i], ...), all shapes equal
  broadcast,    ///< repeats its operand along axes; free inside a fused region
  view,         ///< a contiguous range of operand 0's bytes, possibly under another shape
  mode,         ///< operand 0 in training, operand 1 in evaluation; resolved before planning
  compute       ///< anything else; one kernel call
};

/// The parameters of an op. Each op gives the integers a meaning, documented in its file.
struct Attributes {
  std::array<std::int64_t, 12> integers{};  ///< integers, whose meaning the op defines
  double number = 0;                        ///< a number, whose meaning the op defines
  Shape shape{};                            ///< a shape, whose meaning the op defines

  friend constexpr bool operator==(const Attributes&, const Attributes&) = default;
};

/// Shape and dtype of an operand, as shape rules receive them; Inferred is the result of a rule.
struct Operand {
  Shape shape{};      ///< shape of the operand
  DType dtype = f32;  ///< dtype of the operand
};
/// The result of a shape rule: shape and dtype, or a fault.
struct Inferred {
  Shape shape{};                     ///< shape of the result
  DType dtype = f32;                 ///< dtype of the result
  const FaultKind* fault = nullptr;  ///< null, or why the operands are refused

  /// Returns a refusal.
  [[nodiscard]] static constexpr Inferred failed(const FaultKind& kind) { return {{}, f32, &kind}; }
};

namespace samples {
/// Returns each_alone for every axis of operand 0 except the last, e.g. for row normalisation.
constexpr SampleUse of_rows(std::span<const Operand> in, const Attributes&, int operand, int axis) {
  return operand == 0 && axis + 1 < in[0].shape.rank ? SampleUse::each_alone : SampleUse::mixed;
}
/// Returns each_alone for every axis except attributes.integers[0], the axis the op works along.
constexpr SampleUse of_other_axes(std::span<const Operand>, const Attributes& attributes, int,
                                  int axis) {
  return axis != attributes.integers[0] ? SampleUse::each_alone : SampleUse::mixed;
}
/// Returns each_alone for every axis outside attributes.integers[0], the mask of reduced axes.
constexpr SampleUse of_kept_axes(std::span<const Operand>, const Attributes& attributes, int,
                                 int axis) {
  return ((attributes.integers[0] >> axis) & 1) == 0 ? SampleUse::each_alone : SampleUse::mixed;
}
/// Like of_kept_axes(), but returns summed for the axes of the mask.
constexpr SampleUse of_a_sum(std::span<const Operand>, const Attributes& attributes, int,
                             int axis) {
  return ((attributes.integers[0] >> axis) & 1) == 0 ? SampleUse::each_alone : SampleUse::summed;
}
}  // namespace samples

/// An op's entry in the generated table of ops (docs/ops.md).
struct OpDoc {
  std::string_view shapes = "";              ///< "f[M,K], f[K,N] -> f[M,N]"; f is f32 or f64
  std::string_view flops = "1 per element";  ///< elements of the result, unless stated otherwise
};

/// Definition of an op, as a value. Each op's file in ops/ defines one; nodes hold a pointer to it.
/// A user-defined op is an OpDef in the user's code.
struct OpDef {
  std::string_view name;          ///< unique among the ops of a program
  OpKind kind = OpKind::compute;  ///< the kind of op
  int arity = 1;                  ///< number of operands; -1 for any number
  /// Returns the shape and dtype of the result, or a fault. Pure.
  Inferred (*infer)(std::span<const Operand>, const Attributes&) = nullptr;
  /// Appends the cotangents of the inputs. If null, `decompose` is differentiated instead; if both
  /// are null, a loss may not reach a parameter through the op.
  void (*vjp)(Vjp&) = nullptr;
  /// Appends an equivalent expression of simpler ops on the same operands. Reference definition of
  /// a hand-written kernel; also used to differentiate it (only for second order if it has a vjp).
  Tensor (*decompose)(Tensor) = nullptr;
  /// For an op with a kernel: appends an equivalent expression of elementwise ops, equal to
  /// rounding, that a fused region computes as fast together with the ops around it (see
  /// graph/passes/expand.hpp). Null: none.
  Tensor (*expand)(Tensor) = nullptr;
  /// Floating-point operations of one call, affine in the batch. Null: one per output element.
  Dim (*flops)(std::span<const Operand>, const Operand& output, const Attributes&) = nullptr;
  /// Bytes of scratch memory one call needs, affine in the batch: planned like any other buffer,
  /// alive during the call only. Null: none.
  Dim (*workspace_bytes)(std::span<const Operand>, const Operand& output,
                         const Attributes&) = nullptr;
  /// True if the kernel takes its workspace by workspace_of() (kernels/threads/parallel.hpp), in
  /// chunks that run concurrently on several threads: for each further thread the plan counts an
  /// equal amount (PlanOptions::threads).
  bool workspace_per_thread = false;
  /// For views: the offset of the view in the operand, in bytes, affine in the batch and a multiple
  /// of 64 for every batch. If null, the view starts at the operand's first byte.
  Dim (*view_offset)(const Operand& in, const Attributes&) = nullptr;
  /// How the op uses the samples of a batch that lie along `axis` of `operand`. If null: each_alone
  /// for elementwise ops, broadcasts and views, otherwise mixed. A batch can be split if the
  /// samples that the loss is computed from stay separate until they are summed.
  SampleUse (*samples)(std::span<const Operand>, const Attributes&, int operand,
                       int axis) = nullptr;
  Linear linear = Linear::no;  ///< the operands in which the result is linear
  /// Returns a cheaper equivalent, or its argument if there is none.
  Tensor (*simplify)(Tensor) = nullptr;
  /// Bit i is set if the output may reuse input i's buffer, provided this op is that input's last
  /// reader and the sizes match.
  unsigned in_place = 0;
  /// The operand whose dtype selects the kernel. -1: the result's dtype if it is floating, else the
  /// dtype of the first floating operand, else the result's.
  int typed_by = -1;
  /// For elementwise ops of one operand: a second op on the same operand that KernelTable::both
  /// computes in the same call. Null: none.
  const OpDef* together_with = nullptr;
  /// For kind compute: true if the result is the sum of the operand over the axes of the mask
  /// integers[0], so that a fused region that produces the operand can accumulate it.
  bool is_sum = false;
  /// Returns true if a node of the op is nowhere negative and its derivatives are 0 where it is 0,
  /// as for a square; then the square root of it, or of a sum of such nodes, has gradient 0 there.
  /// If null: as operand 0 for broadcasts, views and sums, otherwise false.
  bool (*flat_at_zero)(Tensor) = nullptr;
  /// For kinds elementwise and compute.
  const KernelTable& (*kernels)() = nullptr;
  OpDoc doc{};  ///< shapes and FLOPs as text, for docs/ops.md
};

}  // namespace foregraph
