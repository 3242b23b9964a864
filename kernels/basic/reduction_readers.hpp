#pragma once

#include <limits>
#include <type_traits>

#include <foregraph/detail/graph/kernel.hpp>

/// The differences between reductions: how they combine two values and read the operand. The shared
/// kernel is in kernels/basic/reduction.hpp.
///
/// A reader of element type T has
///
///     static T identity();
///     template <class V> static V combine(V a, V b);
///     template <class V> V row(i, o) const;     // elements i, i+1, ... that all go to result o
///     template <class V> V column(i, o) const;  // elements i, i+1, ... that go to o, o+1, ...
///     static constexpr bool adds;               // whether combine is a + b
///     static constexpr bool looks_at_result;    // whether row() and column() use o
///
/// where V is a vector or T itself. All of it is inlined into the kernel; otherwise all instruction
/// sets would share one function for V = T.
namespace foregraph::reduction {

template <class V, class T>
[[gnu::always_inline]] inline V read(const T* x) {
  if constexpr (std::is_same_v<V, T>)
    return *x;
  else
    return V::load_unaligned(x);
}

template <class T>
struct Adds {
  static constexpr bool adds = true;
  [[gnu::always_inline]] static T identity() { return T(0); }
  template <class V>
  [[gnu::always_inline]] static V combine(V a, V b) {
    return static_cast<V>(a + b);
  }
};
template <class T>
struct Multiplies {
  static constexpr bool adds = false;
  [[gnu::always_inline]] static T identity() { return T(1); }
  template <class V>
  [[gnu::always_inline]] static V combine(V a, V b) {
    return static_cast<V>(a * b);
  }
};
/// Combines two values to the larger, or to NaN if either is NaN.
template <class T>
struct TakesLarger {
  static constexpr bool adds = false;
  [[gnu::always_inline]] static T identity() {
    if constexpr (std::is_floating_point_v<T>)
      return -std::numeric_limits<T>::infinity();
    else
      return std::numeric_limits<T>::lowest();
  }
  template <class V>
  [[gnu::always_inline]] static V combine(V a, V b) {
    if constexpr (std::is_same_v<V, T>)
      return (a > b) || (a != a) ? a : b;
    else if constexpr (!std::is_floating_point_v<T>)
      return select(a > b, a, b);
    else
      return select(a > b, a, select(a == a, b, a));  // != is false for NaN on some vectors
  }
};
template <class T>
struct TakesSmaller {
  static constexpr bool adds = false;
  [[gnu::always_inline]] static T identity() {
    if constexpr (std::is_floating_point_v<T>)
      return std::numeric_limits<T>::infinity();
    else
      return std::numeric_limits<T>::max();
  }
  template <class V>
  [[gnu::always_inline]] static V combine(V a, V b) {
    if constexpr (std::is_same_v<V, T>)
      return (a < b) || (a != a) ? a : b;
    else if constexpr (!std::is_floating_point_v<T>)
      return select(a < b, a, b);
    else
      return select(a < b, a, select(a == a, b, a));  // != is false for NaN on some vectors
  }
};

/// Reads the operand unchanged.
template <class T, template <class> class Combine>
struct Plain : Combine<T> {
  static constexpr bool looks_at_result = false;
  const T* x;
  [[gnu::always_inline]] explicit Plain(const void* operand) : x(static_cast<const T*>(operand)) {}
  template <class V>
  [[gnu::always_inline]] V row(std::int64_t i, std::int64_t) const {
    return read<V>(x + i);
  }
  template <class V>
  [[gnu::always_inline]] V column(std::int64_t i, std::int64_t) const {
    return read<V>(x + i);
  }
};

}  // namespace foregraph::reduction
