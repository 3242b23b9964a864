#pragma once

#include <cstdint>

/// Sums of a tile of a fused region, added to the sums of earlier tiles. V is a vector of T. All
/// functions are inlined, so that each instruction set has separate code.
namespace foregraph::sums {

/// Returns the sum of the `count` elements at `x`.
template <class V, class T>
[[nodiscard, gnu::always_inline]] inline T of_all(const T* x, std::int64_t count) {
  constexpr auto width = static_cast<std::int64_t>(V::size);
  std::int64_t i = 0;
  T total(0);
  if (count >= width) {
    V a(T(0));
    V b(T(0));
    V c(T(0));
    V d(T(0));
    for (; i + 4 * width <= count; i += 4 * width) {
      a = a + V::load_unaligned(x + i);
      b = b + V::load_unaligned(x + i + width);
      c = c + V::load_unaligned(x + i + 2 * width);
      d = d + V::load_unaligned(x + i + 3 * width);
    }
    for (; i + width <= count; i += width) a = a + V::load_unaligned(x + i);
    total = sum_of_lanes((a + b) + (c + d));
  }
  for (; i < count; ++i) total += x[i];
  return total;
}

/// Adds x[k] to sums[k] for all k.
template <class V, class T>
[[gnu::always_inline]] inline void add(T* sums, const T* x, std::int64_t count) {
  constexpr auto width = static_cast<std::int64_t>(V::size);
  std::int64_t k = 0;
  for (; k + width <= count; k += width)
    (V::load_unaligned(sums + k) + V::load_unaligned(x + k)).store_unaligned(sums + k);
  for (; k < count; ++k) sums[k] += x[k];
}

/// Most elements of a long row, for which add_columns() has memory: several short rows that fill
/// whole vectors are summed as one long row, and this row is then summed by column.
inline constexpr std::int64_t longest_period = 256;

/// Returns the number of elements in a long row for `inner` columns; 0 if it exceeds
/// longest_period.
template <class V>
[[nodiscard, gnu::always_inline]] inline std::int64_t period_of(std::int64_t inner) {
  constexpr auto width = static_cast<std::int64_t>(V::size);
  constexpr std::int64_t enough_at_once = 4 * width;  // enough independent sums
  std::int64_t period = inner;
  while (period <= longest_period && (period % width != 0 || period < enough_at_once))
    period += inner;
  return period <= longest_period ? period : 0;
}

/// Adds element i of `x` to sums[(start + i) % inner]. `period` is period_of(inner).
template <class V, class T>
[[gnu::always_inline]] inline void add_columns(T* sums, const T* x, std::int64_t start,
                                               std::int64_t count, std::int64_t inner,
                                               std::int64_t period) {
  std::int64_t at = start % inner;
  std::int64_t i = 0;
  if (period > 0 && count >= 2 * period) {
    constexpr auto width = static_cast<std::int64_t>(V::size);
    alignas(64) T row[longest_period];
    for (std::int64_t k = 0; k < period; k += width)
      V::load_unaligned(x + k).store_unaligned(row + k);
    for (i = period; i + period <= count; i += period)
      for (std::int64_t k = 0; k < period; k += width)
        (V::load_unaligned(row + k) + V::load_unaligned(x + i + k)).store_unaligned(row + k);
    std::int64_t left = period;
    while (left % (2 * inner) == 0 && left % (2 * width) == 0) {
      left /= 2;
      for (std::int64_t k = 0; k < left; k += width)
        (V::load_unaligned(row + k) + V::load_unaligned(row + left + k)).store_unaligned(row + k);
    }
    std::int64_t column = at;
    for (std::int64_t k = 0; k < left; ++k) {
      sums[column] += row[k];
      if (++column == inner) column = 0;
    }
  }
  while (i < count) {  // on entry `i` is a multiple of `inner`, so `at` is still right
    const std::int64_t run = inner - at < count - i ? inner - at : count - i;
    add<V>(sums + at, x + i, run);
    i += run;
    at = 0;
  }
}

/// Adds element i of `x` to sums[(start + i) / inner]; the first element of a row overwrites its
/// sum.
template <class V, class T>
[[gnu::always_inline]] inline void add_rows(T* sums, const T* x, std::int64_t start,
                                            std::int64_t count, std::int64_t inner) {
  std::int64_t row = start / inner;
  std::int64_t at = start - row * inner;
  for (std::int64_t i = 0; i < count; ++row) {
    const std::int64_t run = inner - at < count - i ? inner - at : count - i;
    const T sum = of_all<V>(x + i, run);
    sums[row] = at == 0 ? sum : sums[row] + sum;
    i += run;
    at = 0;
  }
}

}  // namespace foregraph::sums
