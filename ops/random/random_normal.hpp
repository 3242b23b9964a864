#pragma once

#include <foregraph/detail/ops/math/log.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/math/trigonometry.hpp>
#include <foregraph/detail/ops/random/random_uniform.hpp>

namespace foregraph {

/// Returns random numbers of the normal distribution, with mean 0 and deviation 1, in the shape of
/// x, whose values are not read. T[S] -> T[S] for T in f32, f64. As random_uniform(), of which it
/// is made by the transformation of Box and Muller (1958); a seed from 0 on stands for the seeds 2
/// s and 2 s + 1 of it. The largest numbers are 5.8, or 8.5 in f64.
[[nodiscard]] constexpr Tensor random_normal(Tensor x, std::int64_t seed = unique_seed,
                                             Location at = Location::current()) {
  const bool is_unique = seed == unique_seed;
  const Tensor first = random_uniform(x, is_unique ? seed : 2 * seed, at);
  const Tensor second = random_uniform(x, is_unique ? seed : 2 * seed + 1, at);
  const Tensor above_zero = subtract(1.0, first, at);
  const Tensor squared = multiply(log(above_zero, at), -2.0, at);
  const Tensor radius = sqrt(squared, at);
  const Tensor angle = multiply(second, 6.2831853071795864769, at);
  return multiply(radius, cos(angle, at), at);
}

}  // namespace foregraph
