#pragma once

#include <cstdint>
#include <span>

#include <foregraph/detail/graph/shape.hpp>

/// How ops use the samples of a batch, for passes that split a batch.
namespace foregraph {

struct Attributes;
struct Operand;

/// How an op uses the samples that lie along one axis of one operand.
enum class SampleUse : std::uint8_t {
  each_alone,  ///< sample i of the result depends only on sample i of the operand
  summed,      ///< the result is a sum with one term per sample
  mixed        ///< anything else, such as a moment of the batch
};

/// The operands in which an elementwise op is linear.
enum class Linear : std::uint8_t {
  no,
  jointly,       ///< f(a + a', b + b') = f(a, b) + f(a', b'), like a sum
  in_each,       ///< in each operand with the others fixed, like a product
  in_the_first,  ///< in operand 0 with the others fixed, like a quotient
};

/// Rules shared by several ops; see OpDef::samples.
namespace samples {

/// Returns each_alone for axis 0 of operand 0, e.g. for images and sequences.
constexpr SampleUse of_axis_0(std::span<const Operand>, const Attributes&, int operand, int axis) {
  return operand == 0 && axis == 0 ? SampleUse::each_alone : SampleUse::mixed;
}
/// Returns each_alone for axis 0 of every operand.
constexpr SampleUse of_every_axis_0(std::span<const Operand>, const Attributes&, int, int axis) {
  return axis == 0 ? SampleUse::each_alone : SampleUse::mixed;
}
/// Returns each_alone for every axis of every operand.
constexpr SampleUse of_every_axis(std::span<const Operand>, const Attributes&, int, int) {
  return SampleUse::each_alone;
}

}  // namespace samples
}  // namespace foregraph
