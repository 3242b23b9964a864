// Random numbers: others in each training step, and the same for a sample in whichever part of a
// batch.
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/cast.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/stop_gradient.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/random/random_normal.hpp>
#include <foregraph/detail/ops/random/random_uniform.hpp>

#include <foregraph/detail/onnx/rules/common.hpp>

namespace foregraph::onnx {
namespace random_rule {

/// The dtype that the node states, or `otherwise`. Numbers of other types than floats are refused.
DType floating_dtype(const Op& o, DType otherwise) {
  const DType dtype = o.has("dtype") ? dtype_of(o.integer("dtype")) : otherwise;
  if (!is_floating(dtype)) unsupported("random numbers that are not floating");
  return dtype;
}
/// A tensor of the stated shape, in which the numbers are made. A size that is the file's own batch
/// size, in axis 0, is the batch.
Tensor stated_shape(const Op& o) {
  Shape shape;
  const std::optional<std::int64_t> fixed = o.importer().fixed_batch();
  for (const std::int64_t size : o.integers("shape"))
    shape.push_back(fixed && shape.rank == 0 && size == *fixed ? batch : Dim{size});
  return broadcast_to(o.graph().constant(0, floating_dtype(o, f32)), shape);
}
/// The operand, or zeros, in the shape and dtype of the numbers.
Tensor like_operand(const Op& o) {
  const DType dtype = floating_dtype(o, is_floating(o.dtype(0)) ? o.dtype(0) : f32);
  const Tensor x = o.placed(0);
  return x.dtype() == dtype ? x : cast(x, dtype);
}

Tensor scaled_and_moved(Tensor numbers, double scale, double shift) {
  const Tensor scaled = scale == 1 ? numbers : multiply(numbers, scale);
  return shift == 0 ? scaled : add(scaled, shift);
}
Tensor normal_numbers(const Op& o, Tensor like) {
  return scaled_and_moved(random_normal(like), o.number("scale", 1), o.number("mean", 0));
}
Tensor uniform_numbers(const Op& o, Tensor like) {
  const double low = o.number("low", 0);
  return scaled_and_moved(random_uniform(like), o.number("high", 1) - low, low);
}

/// 1 with the probability that the operand states.
void bernoulli(Op& o) {
  const Tensor x = o.placed(0);
  const Tensor numbers = random_uniform(x);
  const Tensor drawn = less(numbers, stop_gradient(x));
  give_like(o, 0, cast(drawn, o.has("dtype") ? dtype_of(o.integer("dtype")) : o.dtype(0)));
}

}  // namespace random_rule

Rules random_rules() {
  using namespace random_rule;
  return {
      {"RandomNormalLike", [](Op& o) { give_like(o, 0, normal_numbers(o, like_operand(o))); }},
      {"RandomUniformLike", [](Op& o) { give_like(o, 0, uniform_numbers(o, like_operand(o))); }},
      {"RandomNormal", [](Op& o) { o.give(normal_numbers(o, stated_shape(o))); }},
      {"RandomUniform", [](Op& o) { o.give(uniform_numbers(o, stated_shape(o))); }},
      {"Bernoulli", bernoulli},
  };
}

}  // namespace foregraph::onnx
