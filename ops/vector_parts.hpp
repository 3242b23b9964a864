#pragma once

#include <cstdint>

/// Loads and stores of the end of a row, which may be shorter than a vector. For kernels.
namespace foregraph {

/// The first `count` elements at `x`, the rest filled with `fill`.
template <class V, class T>
[[gnu::always_inline]] inline V load_part(const T* x, std::int64_t count, T fill) {
  constexpr std::int64_t width = V::size;
  if (count >= width) return V::load_unaligned(x);
  alignas(64) T lanes[V::size];
  for (std::int64_t i = 0; i < width; ++i) lanes[i] = i < count ? x[i] : fill;
  return V::load_unaligned(lanes);
}

/// Stores the first `count` elements of `v`.
template <class V, class T>
[[gnu::always_inline]] inline void store_part(V v, T* out, std::int64_t count) {
  constexpr std::int64_t width = V::size;
  if (count >= width) {
    v.store_unaligned(out);
    return;
  }
  alignas(64) T lanes[V::size];
  v.store_unaligned(lanes);
  for (std::int64_t i = 0; i < count; ++i) out[i] = lanes[i];
}

/// exp(x) for x <= 0, exactly 0 where that underflows. Vector libraries convert x to an integer on
/// the way, which is undefined for infinities; so x is kept in range first.
template <class V, class T>
[[gnu::always_inline]] inline V exp_of_nonpositive(V x, T lowest) {
  return select(x < V(lowest), V(T(0)), exp(max(V(lowest), x)));
}
/// Below this, exp() is 0 in T.
template <class T>
inline constexpr T exp_underflow = sizeof(T) == 4 ? T(-104) : T(-746);

}  // namespace foregraph
