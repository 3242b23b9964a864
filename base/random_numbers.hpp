#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include <foregraph/detail/base/random.hpp>

namespace foregraph {

/// Returns a uniform number in [0, 1), with all 53 bits.
[[nodiscard]] inline double uniform_number(std::uint64_t seed, std::uint64_t stream,
                                           std::uint64_t index) {
  return static_cast<double>(random_bits(seed, stream, index) >> 11) * 0x1.0p-53;
}

struct NormalPair {
  double first;
  double second;
};

/// Returns two independent normal numbers of mean 0 and deviation 1 (Box and Muller, A Note on the
/// Generation of Random Normal Deviates, 1958).
[[nodiscard]] inline NormalPair normal_pair(std::uint64_t seed, std::uint64_t stream,
                                            std::uint64_t index) {
  const double radius = std::sqrt(-2 * std::log(1 - uniform_number(seed, stream, 2 * index)));
  const double angle = 2 * std::numbers::pi * uniform_number(seed, stream, 2 * index + 1);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

[[nodiscard]] inline double normal_number(std::uint64_t seed, std::uint64_t stream,
                                          std::uint64_t index) {
  return normal_pair(seed, stream, index).first;
}

}  // namespace foregraph
