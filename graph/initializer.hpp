#pragma once

#include <cstdint>

namespace foregraph {

/// How a variable gets its first values. The values depend only on the kind, `scale`, the seed
/// and the variable's index, so every run and every number of threads starts alike.
struct Initializer {
  enum class Kind : std::uint8_t {
    constant,  ///< every element is `scale`
    uniform,   ///< uniform in [-scale, scale)
    normal     ///< normal with mean 0 and standard deviation `scale`
  };
  Kind kind = Kind::constant;
  double scale = 0;
  std::uint64_t seed = 0;
};

[[nodiscard]] constexpr Initializer zeros() {
  return {};
}
[[nodiscard]] constexpr Initializer filled_with(double value) {
  return {Initializer::Kind::constant, value};
}
[[nodiscard]] constexpr Initializer uniform(double limit, std::uint64_t seed = 0) {
  return {Initializer::Kind::uniform, limit, seed};
}
[[nodiscard]] constexpr Initializer normal(double standard_deviation, std::uint64_t seed = 0) {
  return {Initializer::Kind::normal, standard_deviation, seed};
}

/// Initialisers of a layer follow from its fan-in and fan-out.
enum class LayerInit : std::uint8_t {
  glorot_uniform,  ///< limit sqrt(6 / (fan_in + fan_out)); Glorot and Bengio, 2010
  he_normal,       ///< standard deviation sqrt(2 / fan_in); He and others, 2015
  zeros
};

namespace detail {
/// Newton's method from above; std::sqrt is not constexpr in C++20.
[[nodiscard]] constexpr double constexpr_sqrt(double x) {
  if (x <= 0) return 0;
  double r = x > 1 ? x : 1;
  for (int i = 0; i < 200; ++i) {
    const double next = 0.5 * (r + x / r);
    if (!(next < r)) break;
    r = next;
  }
  return r;
}
}  // namespace detail

[[nodiscard]] constexpr Initializer layer_initializer(LayerInit init, std::int64_t fan_in,
                                                      std::int64_t fan_out, std::uint64_t seed) {
  switch (init) {
    case LayerInit::glorot_uniform:
      return uniform(detail::constexpr_sqrt(6.0 / static_cast<double>(fan_in + fan_out)), seed);
    case LayerInit::he_normal:
      return normal(detail::constexpr_sqrt(2.0 / static_cast<double>(fan_in)), seed);
    case LayerInit::zeros:
      break;
  }
  return zeros();
}

}  // namespace foregraph
