#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Vectors of 16 bytes in plain C++, with the functions of xsimd that kernels use: for processors
/// without vector instructions, or with ones that xsimd does not know. Each function is a loop over
/// the lanes, which compilers turn into vector instructions where there are some.
namespace foregraph::lanes {

inline constexpr std::size_t vector_bytes = 16;

/// The one architecture, in the place of xsimd's.
struct Plain {};

template <class T>
using BitsOf = std::conditional_t<
    sizeof(T) == 8, std::uint64_t,
    std::conditional_t<sizeof(T) == 4, std::uint32_t,
                       std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint8_t>>>;

#define FOREGRAPH_LANES_ [[gnu::always_inline]] inline
#define FOREGRAPH_EACH_LANE_ for (std::size_t i = 0; i < vector_bytes / sizeof(T); ++i)

template <class T, class Arch = Plain>
struct batch_bool {
  static constexpr std::size_t size = vector_bytes / sizeof(T);
  bool lanes[size];

  batch_bool() = default;
  FOREGRAPH_LANES_ batch_bool(bool value) { FOREGRAPH_EACH_LANE_ lanes[i] = value; }
};

template <class T, class Arch = Plain>
struct batch {
  using value_type = T;
  using arch_type = Arch;
  using batch_bool_type = batch_bool<T, Arch>;
  static constexpr std::size_t size = vector_bytes / sizeof(T);
  alignas(vector_bytes) T lanes[size];

  batch() = default;
  FOREGRAPH_LANES_ batch(T value) { FOREGRAPH_EACH_LANE_ lanes[i] = value; }
  FOREGRAPH_LANES_ static batch load_unaligned(const T* from) {
    batch result;
    FOREGRAPH_EACH_LANE_ result.lanes[i] = from[i];
    return result;
  }
  FOREGRAPH_LANES_ static batch load_aligned(const T* from) { return load_unaligned(from); }
  FOREGRAPH_LANES_ void store_unaligned(T* to) const { FOREGRAPH_EACH_LANE_ to[i] = lanes[i]; }
  FOREGRAPH_LANES_ void store_aligned(T* to) const { store_unaligned(to); }
  FOREGRAPH_LANES_ T get(std::size_t i) const { return lanes[i]; }

#define FOREGRAPH_LANES_OPERATOR_(op)                                                \
  FOREGRAPH_LANES_ friend batch operator op(const batch& a, const batch& b) {        \
    batch result;                                                                    \
    FOREGRAPH_EACH_LANE_ result.lanes[i] = static_cast<T>(a.lanes[i] op b.lanes[i]); \
    return result;                                                                   \
  }                                                                                  \
  FOREGRAPH_LANES_ batch& operator op##=(const batch& other) {                       \
    return *this = *this op other;                                                   \
  }
  FOREGRAPH_LANES_OPERATOR_(+)
  FOREGRAPH_LANES_OPERATOR_(-)
  FOREGRAPH_LANES_OPERATOR_(*)
  FOREGRAPH_LANES_OPERATOR_(/)
#undef FOREGRAPH_LANES_OPERATOR_

// On the bits, of floating point numbers too.
#define FOREGRAPH_LANES_OPERATOR_(op)                                                 \
  FOREGRAPH_LANES_ friend batch operator op(const batch& a, const batch& b) {         \
    batch result;                                                                     \
    FOREGRAPH_EACH_LANE_ result.lanes[i] = __builtin_bit_cast(                        \
        T, static_cast<BitsOf<T>>(__builtin_bit_cast(BitsOf<T>, a.lanes[i])           \
                                      op __builtin_bit_cast(BitsOf<T>, b.lanes[i]))); \
    return result;                                                                    \
  }                                                                                   \
  FOREGRAPH_LANES_ batch& operator op##=(const batch& other) {                        \
    return *this = *this op other;                                                    \
  }
  FOREGRAPH_LANES_OPERATOR_(&)
  FOREGRAPH_LANES_OPERATOR_(|)
  FOREGRAPH_LANES_OPERATOR_(^)
#undef FOREGRAPH_LANES_OPERATOR_

#define FOREGRAPH_LANES_OPERATOR_(op)                                                   \
  FOREGRAPH_LANES_ friend batch_bool_type operator op(const batch& a, const batch& b) { \
    batch_bool_type result;                                                             \
    FOREGRAPH_EACH_LANE_ result.lanes[i] = a.lanes[i] op b.lanes[i];                    \
    return result;                                                                      \
  }
  FOREGRAPH_LANES_OPERATOR_(==)
  FOREGRAPH_LANES_OPERATOR_(!=)
  FOREGRAPH_LANES_OPERATOR_(<)
  FOREGRAPH_LANES_OPERATOR_(<=)
  FOREGRAPH_LANES_OPERATOR_(>)
  FOREGRAPH_LANES_OPERATOR_(>=)
#undef FOREGRAPH_LANES_OPERATOR_

  FOREGRAPH_LANES_ friend batch operator-(const batch& a) {
    batch result;
    FOREGRAPH_EACH_LANE_ result.lanes[i] = static_cast<T>(-a.lanes[i]);
    return result;
  }
  FOREGRAPH_LANES_ friend batch operator<<(const batch& a, int bits) {
    batch result;
    FOREGRAPH_EACH_LANE_ result.lanes[i] =
        static_cast<T>(static_cast<BitsOf<T>>(a.lanes[i]) << bits);
    return result;
  }
  FOREGRAPH_LANES_ friend batch operator>>(const batch& a, int bits) {
    batch result;
    FOREGRAPH_EACH_LANE_ result.lanes[i] = static_cast<T>(a.lanes[i] >> bits);
    return result;
  }
};

#define FOREGRAPH_LANES_OPERATOR_(op)                                              \
  template <class T, class Arch>                                                   \
  FOREGRAPH_LANES_ batch_bool<T, Arch> operator op(const batch_bool<T, Arch>& a,   \
                                                   const batch_bool<T, Arch>& b) { \
    batch_bool<T, Arch> result;                                                    \
    FOREGRAPH_EACH_LANE_ result.lanes[i] = a.lanes[i] op b.lanes[i];               \
    return result;                                                                 \
  }
FOREGRAPH_LANES_OPERATOR_(&&)
FOREGRAPH_LANES_OPERATOR_(||)
FOREGRAPH_LANES_OPERATOR_(&)
FOREGRAPH_LANES_OPERATOR_(|)
FOREGRAPH_LANES_OPERATOR_(^)
#undef FOREGRAPH_LANES_OPERATOR_
template <class T, class Arch>
FOREGRAPH_LANES_ batch_bool<T, Arch> operator!(const batch_bool<T, Arch>& a) {
  batch_bool<T, Arch> result;
  FOREGRAPH_EACH_LANE_ result.lanes[i] = !a.lanes[i];
  return result;
}

template <class T, class Arch>
FOREGRAPH_LANES_ batch<T, Arch> select(const batch_bool<T, Arch>& condition,
                                       const batch<T, Arch>& yes, const batch<T, Arch>& no) {
  batch<T, Arch> result;
  FOREGRAPH_EACH_LANE_ result.lanes[i] = condition.lanes[i] ? yes.lanes[i] : no.lanes[i];
  return result;
}

// Function of one argument, by lane. Integers are their own floor, and so on.
#define FOREGRAPH_LANES_FUNCTION_(name, expression)               \
  template <class T, class Arch>                                  \
  FOREGRAPH_LANES_ batch<T, Arch> name(const batch<T, Arch>& a) { \
    batch<T, Arch> result;                                        \
    FOREGRAPH_EACH_LANE_ {                                        \
      const T x = a.lanes[i];                                     \
      result.lanes[i] = static_cast<T>(expression);               \
    }                                                             \
    return result;                                                \
  }
FOREGRAPH_LANES_FUNCTION_(exp, std::exp(x))
FOREGRAPH_LANES_FUNCTION_(log, std::log(x))
FOREGRAPH_LANES_FUNCTION_(log1p, std::log1p(x))
FOREGRAPH_LANES_FUNCTION_(expm1, std::expm1(x))
FOREGRAPH_LANES_FUNCTION_(sqrt, std::sqrt(x))
FOREGRAPH_LANES_FUNCTION_(tanh, std::tanh(x))
FOREGRAPH_LANES_FUNCTION_(erf, std::erf(x))
FOREGRAPH_LANES_FUNCTION_(sin, std::sin(x))
FOREGRAPH_LANES_FUNCTION_(cos, std::cos(x))
FOREGRAPH_LANES_FUNCTION_(tan, std::tan(x))
FOREGRAPH_LANES_FUNCTION_(floor, std::floor(x))
FOREGRAPH_LANES_FUNCTION_(ceil, std::ceil(x))
FOREGRAPH_LANES_FUNCTION_(nearbyint, std::nearbyint(x))
FOREGRAPH_LANES_FUNCTION_(abs, std::is_unsigned_v<T>         ? x
                               : std::is_floating_point_v<T> ? static_cast<T>(std::fabs(x))
                                                             : (x < T(0) ? static_cast<T>(-x) : x))
#undef FOREGRAPH_LANES_FUNCTION_

// If an operand is NaN, min and max return the second one, as the instructions of x86 do.
#define FOREGRAPH_LANES_FUNCTION_(name, expression)                                        \
  template <class T, class Arch>                                                           \
  FOREGRAPH_LANES_ batch<T, Arch> name(const batch<T, Arch>& a, const batch<T, Arch>& b) { \
    batch<T, Arch> result;                                                                 \
    FOREGRAPH_EACH_LANE_ {                                                                 \
      const T x = a.lanes[i];                                                              \
      const T y = b.lanes[i];                                                              \
      result.lanes[i] = static_cast<T>(expression);                                        \
    }                                                                                      \
    return result;                                                                         \
  }
FOREGRAPH_LANES_FUNCTION_(min, x < y ? x : y)
FOREGRAPH_LANES_FUNCTION_(max, x > y ? x : y)
FOREGRAPH_LANES_FUNCTION_(pow, std::pow(x, y))
FOREGRAPH_LANES_FUNCTION_(copysign, std::copysign(x, y))
#undef FOREGRAPH_LANES_FUNCTION_

// Rounded twice, as xsimd's with SSE2: a fused one in software is a hundred times slower.
template <class T, class Arch>
FOREGRAPH_LANES_ batch<T, Arch> fma(const batch<T, Arch>& a, const batch<T, Arch>& b,
                                    const batch<T, Arch>& c) {
  return a * b + c;
}
template <class T, class Arch>
FOREGRAPH_LANES_ batch<T, Arch> fms(const batch<T, Arch>& a, const batch<T, Arch>& b,
                                    const batch<T, Arch>& c) {
  return a * b - c;
}
template <class T, class Arch>
FOREGRAPH_LANES_ batch<T, Arch> fnma(const batch<T, Arch>& a, const batch<T, Arch>& b,
                                     const batch<T, Arch>& c) {
  return c - a * b;
}

/// Returns the sum over the lanes.
template <class T, class Arch>
FOREGRAPH_LANES_ T sum_of_lanes(const batch<T, Arch>& a) {
  T sum = a.lanes[0];
  for (std::size_t i = 1; i < batch<T, Arch>::size; ++i) sum = static_cast<T>(sum + a.lanes[i]);
  return sum;
}
template <class T, class Arch>
FOREGRAPH_LANES_ T hadd(const batch<T, Arch>& a) {
  return sum_of_lanes(a);
}
/// Returns the sum over the lanes of rows[i] as lane i.
template <class T, class Arch>
FOREGRAPH_LANES_ batch<T, Arch> haddp(const batch<T, Arch>* rows) {
  batch<T, Arch> result;
  FOREGRAPH_EACH_LANE_ result.lanes[i] = sum_of_lanes(rows[i]);
  return result;
}
/// Returns a0, b0, a1, b1, ... of the lower half of the lanes; zip_hi those of the upper half.
template <class T, class Arch>
FOREGRAPH_LANES_ batch<T, Arch> zip_lo(const batch<T, Arch>& a, const batch<T, Arch>& b) {
  batch<T, Arch> result;
  FOREGRAPH_EACH_LANE_ result.lanes[i] = i % 2 == 0 ? a.lanes[i / 2] : b.lanes[i / 2];
  return result;
}
template <class T, class Arch>
FOREGRAPH_LANES_ batch<T, Arch> zip_hi(const batch<T, Arch>& a, const batch<T, Arch>& b) {
  constexpr std::size_t half = batch<T, Arch>::size / 2;
  batch<T, Arch> result;
  FOREGRAPH_EACH_LANE_ result.lanes[i] = i % 2 == 0 ? a.lanes[half + i / 2] : b.lanes[half + i / 2];
  return result;
}

template <class T, class Arch>
FOREGRAPH_LANES_ batch_bool<T, Arch> is_flint(const batch<T, Arch>& a) {
  return floor(a) == a;
}
template <class T, class Arch>
FOREGRAPH_LANES_ batch_bool<T, Arch> is_odd(const batch<T, Arch>& a) {
  const batch<T, Arch> half = a * batch<T, Arch>(T(0.5));
  return is_flint(a) && floor(half) != half;
}

/// Returns the integers nearest to zero; meaningless for numbers that have none of the same size.
template <class Arch>
FOREGRAPH_LANES_ batch<std::int32_t, Arch> to_int(const batch<float, Arch>& a) {
  batch<std::int32_t, Arch> result;
  for (std::size_t i = 0; i < batch<float, Arch>::size; ++i)
    result.lanes[i] = static_cast<std::int32_t>(a.lanes[i]);
  return result;
}
/// Returns the same bits as a batch To.
template <class To, class T, class Arch>
FOREGRAPH_LANES_ To bits_as(const batch<T, Arch>& a) {
  return __builtin_bit_cast(To, a);
}
template <class To, class T, class Arch>
FOREGRAPH_LANES_ To bitwise_cast(const batch<T, Arch>& a) {
  return bits_as<To>(a);
}

#undef FOREGRAPH_EACH_LANE_
#undef FOREGRAPH_LANES_

}  // namespace foregraph::lanes
