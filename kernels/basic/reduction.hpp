#pragma once

#include <cmath>

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/reduction_readers.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// The kernel shared by all reductions, with a reader for each (reduction_readers.hpp). Blocks are
/// combined pairwise, so that the error of a sum grows with the logarithm of its length (N. Higham,
/// Accuracy and Stability of Numerical Algorithms, 4.2). Large operands are split among threads by
/// results; if these are few, also along the reduced axes, into parts that depend only on the shape
/// and are again combined pairwise.
namespace foregraph::reduction {

/// One reduction of a reader, writing to `out`.
template <class V, class T, class Reader>
struct Reducer {
  static constexpr std::int64_t width = V::size;
  static constexpr std::int64_t block = 1024;
  static constexpr std::int64_t pairwise_rows = 64;
  static constexpr std::int64_t tile = 512 / sizeof(T);
  static constexpr std::int64_t most_parts = 16;
  static constexpr std::int64_t few_pieces = 4;  // fewer results are split along the reduced axes

  const Reader& from;
  T* out;

  static T across(V v) {
    if constexpr (Reader::adds) {
      return sum_of_lanes(v);
    } else {
      alignas(64) T lanes[V::size];
      v.store_unaligned(lanes);
      for (std::int64_t half = width / 2; half > 0; half /= 2)
        for (std::int64_t i = 0; i < half; ++i)
          lanes[i] = Reader::template combine<T>(lanes[i], lanes[i + half]);
      return lanes[0];
    }
  }

  /// Reduces `count` contiguous elements to one.
  [[gnu::always_inline]] T contiguous(std::int64_t first, std::int64_t count,
                                      std::int64_t o) const {
    return count > block ? halves(first, count, o) : short_row(first, count, o);
  }
  T halves(std::int64_t first, std::int64_t count, std::int64_t o) const {
    if (count <= block) return short_row(first, count, o);
    const std::int64_t half = (count / 2 + block - 1) / block * block;
    const T a = halves(first, half, o);
    return Reader::template combine<T>(a, halves(first + half, count - half, o));
  }
  [[gnu::always_inline]] T short_row(std::int64_t first, std::int64_t count, std::int64_t o) const {
    if (count <= 8) {  // too short to be worth a horizontal reduction of a vector
      T few = from.template row<T>(first, o);
      for (std::int64_t i = 1; i < count; ++i)
        few = Reader::template combine<T>(few, from.template row<T>(first + i, o));
      return few;
    }
    const V identity(Reader::identity());
    V a = identity;
    V b = identity;
    std::int64_t i = 0;
    for (; i + 2 * width <= count; i += 2 * width) {
      a = Reader::combine(a, from.template row<V>(first + i, o));
      b = Reader::combine(b, from.template row<V>(first + i + width, o));
    }
    if (i + width <= count) {
      a = Reader::combine(a, from.template row<V>(first + i, o));
      i += width;
    }
    T total = across(Reader::combine(a, b));
    for (; i < count; ++i)
      total = Reader::template combine<T>(total, from.template row<T>(first + i, o));
    return total;
  }

  /// Reduces `count` contiguous elements to one, in parts on threads.
  T contiguous_on_threads(std::int64_t first, std::int64_t count, std::int64_t o) const {
    const std::int64_t part = part_of(count, elements_read_worth_a_thread, block);
    if (count <= part) return contiguous(first, count, o);
    T partial[most_parts];
    parallel_for(count, part, [&](std::int64_t begin, std::int64_t end) {
      partial[begin / part] = contiguous(first + begin, end - begin, o);
    });
    return pairwise(partial, (count - 1) / part + 1, 1);
  }
  /// Returns the size of a part of `count`: at least `worth`, and a multiple of `unit`.
  static std::int64_t part_of(std::int64_t count, std::int64_t worth, std::int64_t unit) {
    const std::int64_t least = (count - 1) / most_parts + 1;
    return ((least > worth ? least : worth) + unit - 1) / unit * unit;
  }
  /// Combines `parts` arrays of `n` elements into the first array. Returns its first element.
  static T pairwise(T* partial, std::int64_t parts, std::int64_t n) {
    for (std::int64_t step = 1; step < parts; step *= 2)
      for (std::int64_t i = 0; i + step < parts; i += 2 * step)
        combine_into(partial + i * n, partial + (i + step) * n, n);
    return partial[0];
  }
  static void combine_into(T* total, const T* other, std::int64_t n) {
    for (std::int64_t c = 0; c < n; ++c) total[c] = Reader::template combine<T>(total[c], other[c]);
  }

  void by_rows(std::int64_t kept, std::int64_t reduced) const {
    if (kept < few_pieces && reduced > elements_read_worth_a_thread) {
      for (std::int64_t i = 0; i < kept; ++i)
        out[i] = contiguous_on_threads(i * reduced, reduced, i);
      return;
    }
    parallel_for_rows(kept, reduced, elements_read_worth_a_thread,
                      [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t i = begin; i < end; ++i)
                          out[i] = contiguous(i * reduced, reduced, i);
                      });
  }

  /// Sets total[c] to the reduction of all x[r, c], for `n` columns and rows `inner` elements
  /// apart. `n` is large enough to read whole cache lines, and small enough to keep all totals in
  /// L1.
  void columns(std::int64_t i, std::int64_t o, std::int64_t reduced, std::int64_t inner,
               std::int64_t n, T* total) const {
    if (reduced > pairwise_rows) {
      const std::int64_t half = reduced / 2;
      alignas(64) T other[tile];
      columns(i, o, half, inner, n, total);
      columns(i + half * inner, o, reduced - half, inner, n, other);
      combine_into(total, other, n);
      return;
    }
    if (n < width) {
      for (std::int64_t c = 0; c < n; ++c) strip<T, 1>(i + c, o + c, reduced, inner, total + c);
      return;
    }
    std::int64_t c = 0;
    for (; c + 4 * width <= n; c += 4 * width) strip<V, 4>(i + c, o + c, reduced, inner, total + c);
    for (; c + width <= n; c += width) strip<V, 1>(i + c, o + c, reduced, inner, total + c);
    if (c < n) {  // recomputes some columns, with the same result
      c = n - width;
      strip<V, 1>(i + c, o + c, reduced, inner, total + c);
    }
  }
  /// Reduces a few rows of `count` vectors, or numbers, of columns; the totals stay in registers.
  template <class C, int count>
  [[gnu::always_inline]] void strip(std::int64_t i, std::int64_t o, std::int64_t rows,
                                    std::int64_t inner, T* total) const {
    constexpr auto step = static_cast<std::int64_t>(sizeof(C) / sizeof(T));
    C sums[count];
#pragma GCC unroll 4
    for (int k = 0; k < count; ++k) sums[k] = C(Reader::identity());
    std::int64_t r = 0;
    for (; r + 4 <= rows; r += 4)
#pragma GCC unroll 4
      for (int k = 0; k < count; ++k)
        sums[k] = Reader::template combine<C>(
            sums[k], four<C>(i + r * inner + k * step, o + k * step, inner));
    for (; r < rows; ++r)
#pragma GCC unroll 4
      for (int k = 0; k < count; ++k)
        sums[k] = Reader::template combine<C>(
            sums[k], from.template column<C>(i + r * inner + k * step, o + k * step));
#pragma GCC unroll 4
    for (int k = 0; k < count; ++k) {
      if constexpr (std::is_same_v<C, T>)
        total[k] = sums[k];
      else
        sums[k].store_unaligned(total + k * step);
    }
  }
  /// Combines four rows of one vector, or number, of columns.
  template <class C>
  [[gnu::always_inline]] C four(std::int64_t i, std::int64_t o, std::int64_t inner) const {
    const C a = Reader::template combine<C>(from.template column<C>(i, o),
                                            from.template column<C>(i + inner, o));
    const C b = Reader::template combine<C>(from.template column<C>(i + 2 * inner, o),
                                            from.template column<C>(i + 3 * inner, o));
    return Reader::template combine<C>(a, b);
  }
  /// Combines total[c] with x[c], for `n` columns.
  void add_row(std::int64_t i, std::int64_t o, std::int64_t n, T* total) const {
    std::int64_t c = 0;
    for (; c + width <= n; c += width)
      Reader::combine(V::load_unaligned(total + c), from.template column<V>(i + c, o + c))
          .store_unaligned(total + c);
    for (; c < n; ++c)
      total[c] = Reader::template combine<T>(total[c], from.template column<T>(i + c, o + c));
  }
  /// Reduces one tile of columns. Narrow rows are treated as fewer wide ones, and the totals
  /// folded.
  void tile_of_columns(std::int64_t i, std::int64_t o, std::int64_t reduced, std::int64_t inner,
                       std::int64_t n, T* total) const {
    std::int64_t together = 1;
    if (!Reader::looks_at_result && n == inner && inner % width != 0)
      while (2 * together * inner <= tile && 8 * together <= reduced) together *= 2;
    if (together == 1) return columns(i, o, reduced, inner, n, total);
    const std::int64_t wide = reduced / together;
    const std::int64_t rest = reduced % together;
    alignas(64) T totals[tile];
    columns(i, o, wide, together * inner, together * inner, totals);
    for (std::int64_t half = together / 2; half > 0; half /= 2)
      combine_into(totals, totals + half * inner, half * inner);
    for (std::int64_t c = 0; c < inner; ++c) total[c] = totals[c];
    if (rest == 0) return;
    columns(i + (reduced - rest) * inner, o, rest, inner, n, totals);
    combine_into(total, totals, n);
  }
  /// Sets out[k, c] to the reduction of all x[k, r, c]. Threads take some tiles each, or parts of
  /// the rows if tiles are few.
  void by_columns(std::int64_t outer, std::int64_t reduced, std::int64_t inner) const {
    const std::int64_t tiles = (inner - 1) / tile + 1;
    const auto width_of = [&](std::int64_t t) {
      return inner - t * tile < tile ? inner - t * tile : tile;
    };
    const std::int64_t part =
        part_of(reduced, elements_read_worth_a_thread / (inner + 1), pairwise_rows);
    if (outer * tiles >= few_pieces || reduced <= part) {
      parallel_for_rows(outer * tiles, reduced * (inner < tile ? inner : tile),
                        elements_read_worth_a_thread, [&](std::int64_t begin, std::int64_t end) {
                          for (std::int64_t i = begin; i < end; ++i) {
                            const std::int64_t c = i % tiles * tile;
                            const std::int64_t o = i / tiles * inner + c;
                            tile_of_columns(i / tiles * reduced * inner + c, o, reduced, inner,
                                            width_of(i % tiles), out + o);
                          }
                        });
      return;
    }
    alignas(64) T partial[few_pieces * most_parts * tile];
    for (std::int64_t k = 0; k < outer; ++k) {
      const std::int64_t first = k * reduced * inner;
      parallel_for(reduced, part, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t t = 0; t < tiles; ++t)
          tile_of_columns(first + begin * inner + t * tile, k * inner + t * tile, end - begin,
                          inner, width_of(t), partial + begin / part * inner + t * tile);
      });
      pairwise(partial, (reduced - 1) / part + 1, inner);
      for (std::int64_t c = 0; c < inner; ++c) out[k * inner + c] = partial[c];
    }
  }

  /// Combines the elements of a general pattern into `out`, the innermost run as a whole.
  void accumulate(std::int64_t x, std::int64_t o, const std::int64_t* sizes, const bool* is_reduced,
                  int runs) const {
    if (runs == 1 && is_reduced[0]) {
      out[o] = Reader::template combine<T>(out[o], contiguous(x, sizes[0], o));
      return;
    }
    if (runs == 1) {
      add_row(x, o, sizes[0], out + o);
      return;
    }
    std::int64_t x_step = 1;
    std::int64_t out_step = 1;
    for (int i = 1; i < runs; ++i) {
      x_step *= sizes[i];
      if (!is_reduced[i]) out_step *= sizes[i];
    }
    for (std::int64_t i = 0; i < sizes[0]; ++i)
      accumulate(x + i * x_step, is_reduced[0] ? o : o + i * out_step, sizes + 1, is_reduced + 1,
                 runs - 1);
  }

  /// Reduces a general pattern on threads. Splits the first run that is kept, so that no two
  /// threads write to the same result.
  void by_runs(const std::int64_t* sizes, const bool* is_reduced, int runs) const {
    const int kept = is_reduced[0] ? 1 : 0;
    const std::int64_t repeats = is_reduced[0] ? sizes[0] : 1;
    std::int64_t x_step = 1;
    std::int64_t out_step = 1;
    for (int i = kept + 1; i < runs; ++i) {
      x_step *= sizes[i];
      if (!is_reduced[i]) out_step *= sizes[i];
    }
    parallel_for_rows(sizes[kept], repeats * x_step, elements_read_worth_a_thread,
                      [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t o = begin * out_step; o < end * out_step; ++o)
                          out[o] = Reader::identity();
                        std::int64_t part[Shape::max_rank + 1];
                        for (int i = kept; i < runs; ++i) part[i] = sizes[i];
                        part[kept] = end - begin;
                        for (std::int64_t r = 0; r < repeats; ++r)
                          accumulate((r * sizes[kept] + begin) * x_step, begin * out_step,
                                     part + kept, is_reduced + kept, runs - kept);
                      });
  }

  /// Reduces the operand, as alternating runs of kept and reduced axes: [outer, reduced, inner].
  void run(const ConcreteShape& shape, std::int64_t mask) const {
    // Merge adjacent axes that are both kept or both reduced; leave out axes of size 1.
    std::int64_t sizes[Shape::max_rank + 1] = {1};
    bool is_reduced[Shape::max_rank + 1] = {false};
    int runs = 0;
    for (int i = 0; i < shape.rank; ++i) {
      const std::int64_t size = shape.dims[static_cast<std::size_t>(i)];
      if (size == 1) continue;
      const bool reduce = ((mask >> i) & 1) != 0;
      if (runs > 0 && is_reduced[runs - 1] == reduce) {
        sizes[runs - 1] *= size;
      } else {
        sizes[runs] = size;
        is_reduced[runs] = reduce;
        ++runs;
      }
    }
    if (runs <= 1 && !is_reduced[0]) {  // nothing to combine: just read each element
      for (std::int64_t i = 0; i < sizes[0]; ++i) out[i] = from.template column<T>(i, i);
    } else if (runs == 1) {
      out[0] = contiguous_on_threads(0, sizes[0], 0);
    } else if (runs == 2 && is_reduced[1]) {
      by_rows(sizes[0], sizes[1]);
    } else if (runs == 2) {
      by_columns(1, sizes[0], sizes[1]);
    } else if (runs == 3 && is_reduced[1]) {
      by_columns(sizes[0], sizes[1], sizes[2]);
    } else {
      by_runs(sizes, is_reduced, runs);
    }
  }
};

/// Reduces the values `reader` reads of the call's first operand, over the axes in the call's mask.
template <class V, class T, class Reader>
void reduce(const Reader& reader, const KernelCall& call, T* out) {
  Reducer<V, T, Reader>{reader, out}.run(call.input_shapes[0], call.attributes->integers[0]);
}

/// The kernel of a reduction that reads its operand unchanged.
template <template <class> class Combine>
struct PlainKernel {
  static constexpr bool integers = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    reduce<V, T>(Plain<T, Combine>(call.inputs[0]), call, static_cast<T*>(call.output));
  }
};

}  // namespace foregraph::reduction
