#pragma once

/// Hyperbolic tangent, logistic and error function over vectors, for kernels. One formula for all
/// arguments: a vector mostly holds arguments of every kind, so that of formulas chosen by the
/// argument nearly all are computed.
namespace foregraph::vector_math {

/// exp(x) = power (1 + series), for floats from -87 to 87. With k the integer nearest to x/ln(2)
/// and r = x - k ln(2): power is 2^k, series exp(r) - 1 by its Taylor series, whose first term left
/// out is below 2e-8 of it for |r| <= ln(2)/2. NaN stays NaN.
template <class V>
struct ExpParts {
  V power;
  V series;

  [[gnu::always_inline]] static inline ExpParts of(V x) {
    const V round(12582912.0F);  // 1.5 * 2^23: the sum's last bits are the nearest integer's
    const V k = fma(x, V(1.44269504F), round) - round;
    // ln(2) in two parts: k times the first is exact.
    const V r = fma(k, V(2.12194440e-4F), fma(k, V(-0.693359375F), x));
    V series = fma(r, V(1.0F / 5040), V(1.0F / 720));
    series = fma(r, series, V(1.0F / 120));
    series = fma(r, series, V(1.0F / 24));
    series = fma(r, series, V(1.0F / 6));
    series = fma(r, series, V(0.5F));
    return {ldexp(V(1), to_int(k)), fma(r * r, series, r)};
  }
};

/// exp(x) - 1 for floats from -60 to 60, within 2 units in the last place, also next to 0: power
/// times series + (power - 1).
template <class V>
[[gnu::always_inline]] inline V expm1_near(V x) {
  const auto [power, series] = ExpParts<V>::of(x);
  return fma(power, series, power - V(1));
}

/// exp(x) for x <= 0, for floats within 2 units in the last place, and 0 below -87. Other types
/// below -746 0, else as the vector library has it.
template <class V>
[[gnu::always_inline]] inline V exp_of_nonpositive_near(V x) {
  if constexpr (sizeof(typename V::value_type) != sizeof(float)) {
    return select(x < V(-746.0), V(0.0), exp(max(V(-746.0), x)));
  } else {
    const auto [power, series] = ExpParts<V>::of(max(V(-87.0F), x));
    return select(x < V(-87.0F), V(0.0F), fma(power, series, power));
  }
}

/// 1 / (1 + exp(-x)), for floats within 4 units in the last place; below -87 as at -87. Other types
/// as the vector library has exp.
template <class V>
[[gnu::always_inline]] inline V logistic_of(V x) {
  if constexpr (sizeof(typename V::value_type) != sizeof(float)) {
    return V(1) / (V(1) + exp(-x));
  } else {
    // The bounds come first: then NaN passes.
    const auto [power, series] = ExpParts<V>::of(max(V(-87.0F), min(V(87.0F), -x)));
    return V(1) / (V(1) + fma(power, series, power));
  }
}

/// tanh(x), for floats within 3 units in the last place: (exp(2|x|) - 1) / (exp(2|x|) + 1) with the
/// sign of x. Other types as the vector library has it.
template <class V>
[[gnu::always_inline]] inline V tanh_of(V x) {
  if constexpr (sizeof(typename V::value_type) != sizeof(float)) {
    return tanh(x);
  } else {
    // From 9.02 on the result is 1. The bound comes first: then NaN passes.
    const V size = min(V(10.0F), abs(x));
    const V grown = expm1_near(size + size);
    return copysign(grown / (grown + V(2)), x);
  }
}

/// erf(x), for floats within 4 units in the last place: 1 - exp(-q(|x|)) with the sign of x, where
/// q(t) = -log(erfc(t)) is t times a polynomial of degree 8. Its coefficients were fitted for this
/// library on [0, 3.95], by weighted least squares with weights adapted towards the smallest
/// largest error (Lawson, 1961), for a relative error of erf below 5e-9. Other types as the vector
/// library has it.
template <class V>
[[gnu::always_inline]] inline V erf_of(V x) {
  if constexpr (sizeof(typename V::value_type) != sizeof(float)) {
    return erf(x);
  } else {
    // From 3.92 on the result is 1. The bound comes first: then NaN passes.
    const V t = min(V(3.95F), abs(x));
    V q = fma(t, V(-9.258166858e-06F), V(1.176573497e-04F));
    q = fma(t, q, V(-6.328908106e-04F));
    q = fma(t, q, V(1.667119512e-03F));
    q = fma(t, q, V(-1.604809534e-04F));
    q = fma(t, q, V(-1.915302245e-02F));
    q = fma(t, q, V(1.027778208e-01F));
    q = fma(t, q, V(6.366193828e-01F));
    q = fma(t, q, V(1.128379172F));
    return copysign(-expm1_near(-(t * q)), x);
  }
}

}  // namespace foregraph::vector_math
