#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/shape/concat.hpp>
#include <foregraph/detail/ops/shape/flip.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind padding_does_not_match{
    "the padding does not match the tensor", "one {before, after} for each axis, both at least 0"};
inline constexpr FaultKind padding_reflects_too_much{
    "the padding reflects more elements than the axis has",
    "reflected axes that do not depend on the batch and are longer than the padding"};
inline constexpr FaultKind padding_repeats_the_batch{
    "the padding repeats the edge of an axis that depends on the batch",
    "no padding along that axis, or constant padding"};
}  // namespace fault

/// Numbers of elements to add along one axis.
struct PadWidth {
  /// Elements in front of the axis.
  std::int64_t before = 0;
  /// Elements behind the axis.
  std::int64_t after = 0;
};
/// reflect: the neighbours of the edge in reverse, without the edge; edge: repeats the edge.
enum class PadMode : bool { reflect, edge };

/// pad: x surrounded by a constant. T[N1,...] -> T[before+N1+after,...] for every T; also along the
/// batch. Backward keeps nothing. Attributes: integers[i] and integers[6+i] are the numbers of
/// elements added before and after axis i, integers[0] is -1 if the padding does not match; number
/// is the constant.
struct PadKernel;

FOREGRAPH_EXPORT inline constexpr OpDef pad_op{
    .name = "pad",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          Shape result = in[0].shape;
          for (int i = 0; i < result.rank; ++i) {
            const std::int64_t before = attributes.integers[static_cast<std::size_t>(i)];
            const std::int64_t after = attributes.integers[static_cast<std::size_t>(i + 6)];
            if (before < 0 || after < 0) return Inferred::failed(fault::padding_does_not_match);
            result.set(i, result[i] + Dim{before} + Dim{after});
          }
          if (attributes.integers[0] < 0) return Inferred::failed(fault::padding_does_not_match);
          return Inferred{result, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const Shape shape = v.input(0).shape();
          Tensor inside = v.cotangent;
          for (int i = 0; i < shape.rank; ++i)
            if (shape[i] != v.output.shape()[i])
              inside = detail::slice_range(
                  inside, i, v.attributes.integers[static_cast<std::size_t>(i)], shape[i], 1, v.at);
          v.set(0, inside);
        },
    .flops = detail::no_flops,
    .samples =
        [](std::span<const Operand>, const Attributes& attributes, int, int axis) {
          const auto i = static_cast<std::size_t>(axis);
          return attributes.integers[i] == 0 && attributes.integers[i + 6] == 0
                     ? SampleUse::each_alone
                     : SampleUse::mixed;
        },
    .simplify =
        [](Tensor t) {
          const Tensor inner{t.graph, t.graph->inputs_of(t.id)[0]};
          return inner.shape() == t.shape() ? inner : t;
        },
    .kernels = &Kernels<PadKernel>::table,
    .doc = {"T[N1,...] -> T[before+N1+after,...]", "none"}};

/// Surrounds x with `value`, with one PadWidth for each axis. T[S] -> T[S'].
[[nodiscard]] constexpr Tensor pad(Tensor x, std::span<const PadWidth> paddings, double value = 0,
                                   Location at = Location::current()) {
  Attributes attributes;
  attributes.number = x.dtype() == boolean ? (value != 0 ? 1 : 0) : value;
  bool ok = paddings.size() == static_cast<std::size_t>(x.shape().rank);
  for (std::size_t i = 0; ok && i < paddings.size(); ++i) {
    attributes.integers[i] = paddings[i].before;
    attributes.integers[i + 6] = paddings[i].after;
    ok = paddings[i].before >= 0 && paddings[i].after >= 0;
  }
  if (!ok) attributes.integers[0] = -1;
  return graph_of(x, pad_op, at).append(pad_op, {x}, attributes, at);
}
/// Surrounds x with `value`, for widths in braces.
[[nodiscard]] constexpr Tensor pad(Tensor x, std::initializer_list<PadWidth> paddings,
                                   double value = 0, Location at = Location::current()) {
  return pad(x, std::span<const PadWidth>{paddings.begin(), paddings.size()}, value, at);
}

namespace detail {
/// Returns one side of a padding taken from the tensor: `count` elements beside the edge.
constexpr Tensor padding_of(Tensor x, int axis, std::int64_t count, bool before, PadMode mode,
                            Location at) {
  const std::int64_t size = x.shape()[axis].constant;
  if (mode == PadMode::reflect) {
    const Tensor near = slice_range(x, axis, before ? 1 : size - 1 - count, count, 1, at);
    return flip(near, axis, at);
  }
  const Tensor edge = slice_range(x, axis, before ? 0 : size - 1, 1, 1, at);
  Shape shape = x.shape();
  shape.set(axis, count);
  return broadcast_to(edge, shape, at);
}
}  // namespace detail

/// Pads by PadWidth with values of the tensor, built from slices; one axis after another.
[[nodiscard]] constexpr Tensor pad(Tensor x, std::span<const PadWidth> paddings, PadMode mode,
                                   Location at = Location::current()) {
  Graph& g = graph_of(x, pad_op, at);
  const Operand self{x.shape(), x.dtype()};
  if (paddings.size() != static_cast<std::size_t>(self.shape.rank))
    return g.fail(fault::padding_does_not_match, &pad_op, at, {&self, 1});
  for (int i = 0; i < self.shape.rank; ++i) {
    const auto [before, after] = paddings[static_cast<std::size_t>(i)];
    const Dim size = self.shape[i];
    if (before < 0 || after < 0)
      return g.fail(fault::padding_does_not_match, &pad_op, at, {&self, 1});
    if (before == 0 && after == 0) continue;
    if (mode == PadMode::reflect &&
        (!size.is_constant() || before >= size.constant || after >= size.constant))
      return g.fail(fault::padding_reflects_too_much, &pad_op, at, {&self, 1});
    if (!size.is_constant())
      return g.fail(fault::padding_repeats_the_batch, &pad_op, at, {&self, 1});
    std::vector<Tensor> parts;
    if (before > 0) parts.push_back(detail::padding_of(x, i, before, true, mode, at));
    parts.push_back(x);
    if (after > 0) parts.push_back(detail::padding_of(x, i, after, false, mode, at));
    x = concat(std::span<const Tensor>{parts}, i, at);
  }
  return x;
}
/// Surrounds x with its own elements, as `mode` says, for widths in braces.
[[nodiscard]] constexpr Tensor pad(Tensor x, std::initializer_list<PadWidth> paddings, PadMode mode,
                                   Location at = Location::current()) {
  return pad(x, std::span<const PadWidth>{paddings.begin(), paddings.size()}, mode, at);
}

FOREGRAPH_REGISTER_KERNEL(pad_op, PadKernel)

}  // namespace foregraph
