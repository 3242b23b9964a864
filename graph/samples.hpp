#pragma once

#include <cstdint>
#include <span>

#include <foregraph/detail/graph/shape.hpp>

/// What an op does with the samples of a batch, for passes that cut a batch in parts.
namespace foregraph {

struct Attributes;
struct Operand;

/// An op's use of the samples that lie along one axis of one operand.
enum class SampleUse : std::uint8_t {
  each_alone,  ///< sample i of the result comes of sample i alone
  summed,      ///< the result is a sum with one term for each sample
  mixed        ///< anything else, such as a moment of the batch
};

/// In which operands an elementwise op is linear.
enum class Linear : std::uint8_t {
  no,
  jointly,       ///< f(a + a', b + b') = f(a, b) + f(a', b'), as a sum
  in_each,       ///< in each operand with the others fixed, as a product
  in_the_first,  ///< in operand 0 with the others fixed, as a quotient
};

/// Rules that several ops share; see OpDef::samples.
namespace samples {

/// Along axis 0 of operand 0, where images, sequences and the like lie.
constexpr SampleUse of_axis_0(std::span<const Operand>, const Attributes&, int operand, int axis) {
  return operand == 0 && axis == 0 ? SampleUse::each_alone : SampleUse::mixed;
}
/// Along axis 0 of every operand.
constexpr SampleUse of_every_axis_0(std::span<const Operand>, const Attributes&, int, int axis) {
  return axis == 0 ? SampleUse::each_alone : SampleUse::mixed;
}
/// Along every axis of every operand.
constexpr SampleUse of_every_axis(std::span<const Operand>, const Attributes&, int, int) {
  return SampleUse::each_alone;
}

}  // namespace samples
}  // namespace foregraph
