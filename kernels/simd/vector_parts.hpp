#pragma once

#include <cstdint>
#include <type_traits>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

/// Loads and stores for the end of a row, which may be shorter than a vector. For kernels.
namespace foregraph {

/// Returns true if V has masked loads and stores. Otherwise parts are copied through the stack,
/// which costs about ten nanoseconds.
template <class V, class T>
constexpr bool has_masks() {
#if defined(__AVX512F__)
  return V::size * sizeof(T) == 64 && (std::is_same_v<T, float> || std::is_same_v<T, double>);
#else
  return false;
#endif
}

/// Loads the first `count` elements at `x` and fills the rest with `fill`.
template <class V, class T>
[[gnu::always_inline]] inline V load_part(const T* x, std::int64_t count, T fill) {
  constexpr std::int64_t width = V::size;
  if (count >= width) return V::load_unaligned(x);
#if defined(__AVX512F__)
  if constexpr (has_masks<V, T>()) {
    const auto mask = static_cast<std::uint16_t>(count > 0 ? (1U << count) - 1 : 0U);
    if constexpr (sizeof(T) == 4)
      return V(_mm512_mask_loadu_ps(_mm512_set1_ps(fill), mask, x));
    else
      return V(_mm512_mask_loadu_pd(_mm512_set1_pd(fill), static_cast<std::uint8_t>(mask), x));
  }
#endif
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
#if defined(__AVX512F__)
  if constexpr (has_masks<V, T>()) {
    const auto mask = static_cast<std::uint16_t>(count > 0 ? (1U << count) - 1 : 0U);
    if constexpr (sizeof(T) == 4)
      _mm512_mask_storeu_ps(out, mask, v);
    else
      _mm512_mask_storeu_pd(out, static_cast<std::uint8_t>(mask), v);
    return;
  }
#endif
  alignas(64) T lanes[V::size];
  v.store_unaligned(lanes);
  for (std::int64_t i = 0; i < count; ++i) out[i] = lanes[i];
}

/// Returns exp(x) for x <= 0, exactly 0 below `lowest`, where it underflows. x is clamped first, as
/// vector libraries convert it to an integer, which is undefined for infinities.
template <class V, class T>
[[gnu::always_inline]] inline V exp_of_nonpositive(V x, T lowest) {
  return select(x < V(lowest), V(T(0)), exp(max(V(lowest), x)));
}
/// The number below which exp() is 0 in T.
template <class T>
inline constexpr T exp_underflow = sizeof(T) == 4 ? T(-104) : T(-746);

}  // namespace foregraph
