#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

#include <foregraph/graph/op.hpp>

/// The kernel that all reductions share, with a small class for each of them: what is read, and how
/// two values are combined. Blocks are combined pairwise, so that the error of a sum grows with the
/// logarithm of its length (N. Higham, Accuracy and Stability of Numerical Algorithms, 4.2).
///
/// A reader of element type T has
///
///     static T identity();
///     template <class V> static V combine(V a, V b);
///     template <class V> V row(i, o) const;     // elements i, i+1, ... that all go to result o
///     template <class V> V column(i, o) const;  // elements i, i+1, ... that go to o, o+1, ...
///     static constexpr bool adds;               // whether combine is a + b
///
/// where V is a vector or T itself. Everything in it is inlined into the kernel, since with V = T
/// it would else be one function for all instruction sets.
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
/// The larger, and NaN if there is one.
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

/// Reads the operand as it is.
template <class T, template <class> class Combine>
struct Plain : Combine<T> {
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

/// One reduction of a reader, writing to `out`.
template <class V, class T, class Reader>
struct Reducer {
  static constexpr std::int64_t width = V::size;
  static constexpr std::int64_t block = 1024;
  static constexpr std::int64_t pairwise_rows = 64;
  static constexpr std::int64_t tile = 512 / sizeof(T);

  const Reader& from;
  T* out;

  static T across(V v) {
    if constexpr (Reader::adds) {
      return hadd(v);
    } else {
      alignas(64) T lanes[V::size];
      v.store_unaligned(lanes);
      for (std::int64_t half = width / 2; half > 0; half /= 2)
        for (std::int64_t i = 0; i < half; ++i)
          lanes[i] = Reader::template combine<T>(lanes[i], lanes[i + half]);
      return lanes[0];
    }
  }

  /// `count` contiguous elements to one.
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
    if (count <= 8) {  // too short for it to be worth going across a register
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

  /// total[c] = all x[r, c], for `n` columns, of rows `inner` apart. So many columns at once that
  /// whole cache lines are read, so few that the totals of all halves stay in L1.
  void columns(std::int64_t i, std::int64_t o, std::int64_t reduced, std::int64_t inner,
               std::int64_t n, T* total) const {
    if (reduced > pairwise_rows) {
      const std::int64_t half = reduced / 2;
      alignas(64) T other[tile];
      columns(i, o, half, inner, n, total);
      columns(i + half * inner, o, reduced - half, inner, n, other);
      for (std::int64_t c = 0; c < n; ++c)
        total[c] = Reader::template combine<T>(total[c], other[c]);
      return;
    }
    for (std::int64_t c = 0; c < n; ++c) total[c] = Reader::identity();
    std::int64_t r = 0;
    for (; r + 4 <= reduced; r += 4) {
      std::int64_t c = 0;
      for (; c + width <= n; c += width)
        Reader::combine(V::load_unaligned(total + c), four<V>(i + r * inner + c, o + c, inner))
            .store_unaligned(total + c);
      for (; c < n; ++c)
        total[c] = Reader::template combine<T>(total[c], four<T>(i + r * inner + c, o + c, inner));
    }
    for (; r < reduced; ++r) add_row(i + r * inner, o, n, total);
  }
  /// Of four rows, a vector or a number.
  template <class C>
  [[gnu::always_inline]] C four(std::int64_t i, std::int64_t o, std::int64_t inner) const {
    const C a = Reader::template combine<C>(from.template column<C>(i, o),
                                            from.template column<C>(i + inner, o));
    const C b = Reader::template combine<C>(from.template column<C>(i + 2 * inner, o),
                                            from.template column<C>(i + 3 * inner, o));
    return Reader::template combine<C>(a, b);
  }
  /// total[c] combined with x[c], for `n` columns.
  void add_row(std::int64_t i, std::int64_t o, std::int64_t n, T* total) const {
    std::int64_t c = 0;
    for (; c + width <= n; c += width)
      Reader::combine(V::load_unaligned(total + c), from.template column<V>(i + c, o + c))
          .store_unaligned(total + c);
    for (; c < n; ++c)
      total[c] = Reader::template combine<T>(total[c], from.template column<T>(i + c, o + c));
  }
  void rows(std::int64_t i, std::int64_t o, std::int64_t reduced, std::int64_t inner) const {
    for (std::int64_t c = 0; c < inner; c += tile)
      columns(i + c, o + c, reduced, inner, inner - c < tile ? inner - c : tile, out + o + c);
  }

  /// The general pattern: combines into `out`, the innermost run as a whole.
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

  /// Sees the array as alternating runs of kept and reduced axes, such as [outer, reduced, inner].
  void run(const ConcreteShape& shape, std::int64_t mask) const {
    // Merge neighbouring axes of the same fate, leaving out axes of size 1.
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
    std::int64_t out_elements = 1;
    for (int i = 0; i < runs; ++i)
      if (!is_reduced[i]) out_elements *= sizes[i];

    if (runs <= 1 && !is_reduced[0]) {  // nothing to combine: what is read of each element
      for (std::int64_t i = 0; i < sizes[0]; ++i) out[i] = from.template column<T>(i, i);
    } else if (runs == 1) {
      out[0] = contiguous(0, sizes[0], 0);
    } else if (runs == 2 && is_reduced[1]) {
      for (std::int64_t i = 0; i < sizes[0]; ++i) out[i] = contiguous(i * sizes[1], sizes[1], i);
    } else if (runs == 2) {
      rows(0, 0, sizes[0], sizes[1]);
    } else if (runs == 3 && is_reduced[1]) {
      for (std::int64_t i = 0; i < sizes[0]; ++i)
        rows(i * sizes[1] * sizes[2], i * sizes[2], sizes[1], sizes[2]);
    } else {
      for (std::int64_t i = 0; i < out_elements; ++i) out[i] = Reader::identity();
      accumulate(0, 0, sizes, is_reduced, runs);
    }
  }
};

/// Reduces what `reader` reads of an operand of that shape, over the axes of the call's mask.
template <class V, class T, class Reader>
void reduce(const Reader& reader, const KernelCall& call, T* out) {
  Reducer<V, T, Reader>{reader, out}.run(call.input_shapes[0], call.attributes->integers[0]);
}

/// The kernel of a reduction of its one operand.
template <template <class> class Combine>
struct PlainKernel {
  static constexpr bool integers = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    reduce<V, T>(Plain<T, Combine>(call.inputs[0]), call, static_cast<T*>(call.output));
  }
};

}  // namespace foregraph::reduction
