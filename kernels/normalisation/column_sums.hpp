#pragma once

#include <cstdint>

#include <foregraph/detail/kernels/simd/vector_parts.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// For kernels that treat their operand as rows with separate numbers for each column: batch norm
/// and its statistics.
namespace foregraph::detail {

/// Columns that a kernel handles at once, so that its sums fit the stack and the first-level cache.
inline constexpr std::int64_t columns_at_once = 512;

/// Calls `body(first, count)` for at most columns_at_once columns at a time.
template <class Body>
[[gnu::always_inline]] inline void for_some_columns(std::int64_t columns, const Body& body) {
  for (std::int64_t first = 0; first < columns; first += columns_at_once)
    body(first, columns - first < columns_at_once ? columns - first : columns_at_once);
}

/// Two sums over the rows of a matrix, for some of its columns, on threads: by groups of columns,
/// or by parts of the rows if there are few columns. `term(i, left, centre, a, b)` gives the terms
/// of element i and its neighbours; `centre` holds the numbers of their columns. Short runs of rows
/// are summed in T, and the runs in double. `by_pairs` adds two rows at a time, which is faster if
/// the term reads one operand.
template <class T, class V, bool by_pairs, class Term>
struct ColumnSums {
  static constexpr std::int64_t run = 32;    // rows
  static constexpr std::int64_t block = 64;  // columns
  static constexpr std::int64_t few_columns = 4 * block;
  static constexpr std::int64_t most_parts = 8;

  std::int64_t rows, columns, first, count;
  const T* centre;  ///< one number for each of the `count` columns; null for zeros
  const Term& term;

  void run_on_threads(double* a, double* b) const {
    if (count >= few_columns) {
      const std::int64_t chunk = (elements_read_worth_a_thread / rows / block + 1) * block;
      parallel_for(count, chunk, [&](std::int64_t begin, std::int64_t end) {
        sum(0, rows, begin, end, a + begin, b + begin);
      });
      return;
    }
    std::int64_t together = 1;  // rows treated as one, so that vectors are full
    if (count == columns && count % static_cast<std::int64_t>(V::size) != 0)
      while (together * count <= block && 16 * together <= rows) together *= 2;
    if (together == 1) return by_parts(a, b);
    alignas(64) T repeated[2 * block];
    for (std::int64_t c = 0; c < together * count; ++c)
      repeated[c] = centre == nullptr ? T(0) : centre[c % count];
    double wide_a[2 * block];
    double wide_b[2 * block];
    const std::int64_t wide = together * count;
    ColumnSums{rows / together, wide, 0, wide, repeated, term}.by_parts(wide_a, wide_b);
    sum(rows / together * together, rows, 0, count, a, b);
    for (std::int64_t c = 0; c < wide; ++c) {
      a[c % count] += wide_a[c];
      b[c % count] += wide_b[c];
    }
  }

 private:
  void by_parts(double* a, double* b) const {
    const std::int64_t least = (rows - 1) / most_parts + 1;
    const std::int64_t worth = elements_read_worth_a_thread / count;
    const std::int64_t part = ((worth > least ? worth : least) + run - 1) / run * run;
    if (rows <= part) return sum(0, rows, 0, count, a, b);
    double parts[most_parts][2][few_columns];
    parallel_for(rows, part, [&](std::int64_t begin, std::int64_t end) {
      sum(begin, end, 0, count, parts[begin / part][0], parts[begin / part][1]);
    });
    for (std::int64_t c = 0; c < count; ++c) a[c] = b[c] = 0;
    for (std::int64_t i = 0; i < (rows - 1) / part + 1; ++i)
      for (std::int64_t c = 0; c < count; ++c) {
        a[c] += parts[i][0][c];
        b[c] += parts[i][1][c];
      }
  }

  /// Sums rows [begin, end) for columns [c_begin, c_end).
  void sum(std::int64_t begin, std::int64_t end, std::int64_t c_begin, std::int64_t c_end,
           double* a, double* b) const {
    constexpr std::int64_t width = V::size;
    const std::int64_t n = c_end - c_begin;
    for (std::int64_t c = 0; c < n; ++c) a[c] = b[c] = 0;
    for (std::int64_t r = begin; r < end; r += run) {
      const std::int64_t r_end = r + run < end ? r + run : end;
      std::int64_t c = 0;
      for (; c + width <= n; c += width) add_run(r, r_end, c_begin + c, width, a + c, b + c);
      if (c < n) add_run(r, r_end, c_begin + c, n - c, a + c, b + c);
    }
  }
  [[gnu::always_inline]] void add_run(std::int64_t begin, std::int64_t end, std::int64_t c,
                                      std::int64_t left, double* a, double* b) const {
    constexpr std::int64_t width = V::size;
    const V about = centre == nullptr ? V(T(0)) : load_part<V>(centre + c, left, T(0));
    V sum_a(T(0));
    V sum_b(T(0));
    const std::int64_t last = end * columns + first + c;
    std::int64_t i = begin * columns + first + c;
    for (; by_pairs && i + columns < last; i += 2 * columns) {
      V a0(T(0)), a1(T(0)), b0(T(0)), b1(T(0));
      term(i, left, about, a0, b0);
      term(i + columns, left, about, a1, b1);
      sum_a = sum_a + (a0 + a1);
      sum_b = sum_b + (b0 + b1);
    }
    for (; i < last; i += columns) {
      V term_a(T(0));
      V term_b(T(0));
      term(i, left, about, term_a, term_b);
      sum_a = sum_a + term_a;
      sum_b = sum_b + term_b;
    }
    alignas(64) T lanes_a[V::size];
    alignas(64) T lanes_b[V::size];
    sum_a.store_unaligned(lanes_a);
    sum_b.store_unaligned(lanes_b);
    for (std::int64_t k = 0; k < width && k < left; ++k) {
      a[k] += static_cast<double>(lanes_a[k]);
      b[k] += static_cast<double>(lanes_b[k]);
    }
  }
};

template <class T, class V, bool by_pairs, class Term>
inline void column_sums(std::int64_t rows, std::int64_t columns, std::int64_t first,
                        std::int64_t count, const T* centre, double* a, double* b,
                        const Term& term) {
  ColumnSums<T, V, by_pairs, Term>{rows, columns, first, count, centre, term}.run_on_threads(a, b);
}

}  // namespace foregraph::detail
