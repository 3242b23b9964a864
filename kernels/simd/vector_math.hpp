#pragma once

/// Hyperbolic tangent, logistic and error function over vectors, for kernels. Each has one formula
/// for all arguments: a vector usually holds arguments of every range, so if the formula depended
/// on the argument, nearly all formulas would be computed. scripts/fit_vector_math.py recomputes
/// the fitted coefficients.
namespace foregraph::vector_math {

/// Returns 2^k for the integer k = `shifted` - (1.5 * 2^23 + 127), from -127 (where it returns 0)
/// to 127. Adding a number to a constant of this size leaves the nearest integer in the last bits.
template <class V>
[[gnu::always_inline]] inline V power_of_two(V shifted) {
  using Integers = decltype(to_int(shifted));
  return bits_as<V>(bits_as<Integers>(shifted) << 23);
}

/// The parts of exp(x) = power (1 + series), for floats from -87 to 87. With k the integer nearest
/// to x/ln(2) and r = x - k ln(2), power is 2^k and series is the Taylor series of exp(r) - 1,
/// whose first omitted term is below 2e-8 of it for |r| <= ln(2)/2. NaN stays NaN.
template <class V>
struct ExpParts {
  V power;
  V series;

  [[gnu::always_inline]] static inline ExpParts of(V x) {
    const V round(12582912.0F + 127.0F);
    const V shifted = fma(x, V(1.44269504F), round);
    const V k = shifted - round;
    // ln(2) in two parts; k times the first part is exact.
    const V r = fma(k, V(2.12194440e-4F), fma(k, V(-0.693359375F), x));
    V series = fma(r, V(1.0F / 5040), V(1.0F / 720));
    series = fma(r, series, V(1.0F / 120));
    series = fma(r, series, V(1.0F / 24));
    series = fma(r, series, V(1.0F / 6));
    series = fma(r, series, V(0.5F));
    return {power_of_two(shifted), fma(r * r, series, r)};
  }
};

/// Returns exp(x) - 1 for floats from -60 to 60, within 2 units in the last place, also near 0:
/// power * series + (power - 1).
template <class V>
[[gnu::always_inline]] inline V expm1_near(V x) {
  const auto [power, series] = ExpParts<V>::of(x);
  return fma(power, series, power - V(1));
}

/// Returns exp(x) for x <= 0: for floats within 2 units in the last place, and 0 below -87; for
/// other types by the vector library's exp, and 0 below -746.
template <class V>
[[gnu::always_inline]] inline V exp_of_nonpositive_near(V x) {
  if constexpr (sizeof(typename V::value_type) != sizeof(float)) {
    return select(x < V(-746.0), V(0.0), exp(max(V(-746.0), x)));
  } else {
    const auto [power, series] = ExpParts<V>::of(max(V(-87.0F), x));
    return select(x < V(-87.0F), V(0.0F), fma(power, series, power));
  }
}

/// Returns 1 / (1 + exp(-x)), for floats within 4 units in the last place; below -87 it has the
/// value at -87. Other types use the vector library's exp.
template <class V>
[[gnu::always_inline]] inline V logistic_of(V x) {
  if constexpr (sizeof(typename V::value_type) != sizeof(float)) {
    return V(1) / (V(1) + exp(-x));
  } else {
    // The bounds are the first operands, so that NaN is kept.
    const auto [power, series] = ExpParts<V>::of(max(V(-87.0F), min(V(87.0F), -x)));
    return V(1) / (V(1) + fma(power, series, power));
  }
}

/// Returns tanh(x), for floats within 3 units in the last place: (exp(2|x|) - 1) / (exp(2|x|) + 1)
/// with the sign of x. Other types use the vector library's tanh.
template <class V>
[[gnu::always_inline]] inline V tanh_of(V x) {
  if constexpr (sizeof(typename V::value_type) != sizeof(float)) {
    return tanh(x);
  } else {
    // From 9.02 on the result is 1. The bound is the first operand, so that NaN is kept.
    const V size = min(V(10.0F), abs(x));
    const V grown = expm1_near(size + size);
    return copysign(grown / (grown + V(2)), x);
  }
}

/// Returns x clamped to [-limit, limit]; NaN stays NaN. For factors of values that are 0 or 1
/// outside this range, since 0 * inf is NaN.
template <class V>
[[gnu::always_inline]] inline V within(V x, typename V::value_type limit) {
  return max(V(-limit), min(V(limit), x));  // if an operand is NaN, they return the second one
}

/// Returns erf(x), for floats within 4 units in the last place: 1 - exp(-q(|x|)) with the sign of
/// x, where q(t) = -log(erfc(t)) is t times a polynomial of degree 8. Its coefficients were fitted
/// for this library on [0, 3.95], by weighted least squares with weights adapted to minimise the
/// largest error (Lawson, 1961), for a relative error of erf below 5e-9. Other types use the vector
/// library's erf.
template <class V>
[[gnu::always_inline]] inline V erf_of(V x) {
  if constexpr (sizeof(typename V::value_type) != sizeof(float)) {
    return erf(within(x, 30));  // 1 from 6 on; for large x a library may divide inf by inf
  } else {
    // From 3.92 on the result is 1. The bound is the first operand, so that NaN is kept.
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

/// The probability of a value below x and the density at x, for the normal distribution.
template <class V>
struct Normal {
  V below;
  V density;
};
/// Returns the values of the normal distribution at x. For floats both are within 1e-7 and share
/// one exponential e = exp(-x^2/2): the probability below -|x| is e t P(t) with t = 1 / (1 + 0.39
/// |x| / sqrt(2)), the form of Hastings (Approximations for Digital Computers, 1955, sheet 63). P,
/// of degree 5, was fitted for this library as described at erf_of(); its error is below 5e-9. The
/// exponential is a polynomial of degree 5, fitted in the same way on
/// [-ln(2)/2, ln(2)/2] (relative error 1.1e-7), times a power of 2; it is 0 from |x| = 13.25 on.
/// Other types use the vector library's functions.
template <class V>
[[gnu::always_inline]] inline Normal<V> normal_of(V x) {
  using T = typename V::value_type;
  if constexpr (sizeof(T) != sizeof(float)) {
    return {V(T(0.5)) * (V(T(1)) + erf_of(V(x * V(T(0.70710678118654752))))),
            V(T(0.39894228040143268)) * exp(V(T(-0.5)) * x * x)};
  } else {
    const V size = min(V(13.27F), abs(x));  // the bound comes first to keep NaN
    const V exponent = V(-0.5F) * size * size;
    const V round(12582912.0F + 127.0F);
    const V shifted = fma(exponent, V(1.44269504F), round);
    const V r = fma(shifted - round, V(-0.693147181F), exponent);
    V bell = fma(r, V(8.312479734e-3F), V(4.189055307e-2F));
    bell = fma(r, bell, V(1.66671163e-1F));
    bell = fma(r, bell, V(4.99992288e-1F));
    bell = fma(r, bell, V(1));
    bell = fma(r, bell, V(1));
    bell = bell * power_of_two(shifted);
    const V t = V(1) / fma(size, V(0.275771645F), V(1));
    V tail = fma(t, V(-1.137684846e-1F), V(4.43331685e-1F));
    tail = fma(t, tail, V(-3.176990088e-1F));
    tail = fma(t, tail, V(3.247785139e-1F));
    tail = fma(t, tail, V(4.569479687e-2F));
    tail = fma(t, tail, V(1.176624969e-1F));
    tail = tail * t * bell;
    return {select(x < V(0), tail, V(1) - tail), V(0.39894228F) * bell};
  }
}

/// Computes gelu(x) and its derivative. Beyond 40 the density is 0 and the probability 0 or 1.
template <class V>
[[gnu::always_inline]] inline void gelu_of(V x, V& value, V& slope) {
  const Normal<V> normal = normal_of(x);
  value = max(V(-40), x) * normal.below;
  slope = normal.below + within(x, 40) * normal.density;
}

}  // namespace foregraph::vector_math
