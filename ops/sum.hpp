#pragma once

#include <initializer_list>

#include <foregraph/ops/elementwise.hpp>
#include <foregraph/ops/reshape.hpp>

namespace foregraph {

/// A set of axes: `{0, -1}`, or all of them.
struct Axes {
  std::array<int, Shape::max_rank> list{};
  int count = 0;
  bool all = true;

  constexpr Axes() = default;
  constexpr Axes(std::initializer_list<int> axes) : all(false) {
    for (const int axis : axes)
      if (count < Shape::max_rank) list[static_cast<std::size_t>(count++)] = axis;
  }
  /// One bit per axis of a shape of that rank; -1 if an axis is out of range or given twice.
  [[nodiscard]] constexpr std::int64_t mask(int rank) const {
    if (all) return (std::int64_t{1} << rank) - 1;
    std::int64_t bits = 0;
    for (int i = 0; i < count; ++i) {
      const int axis = list[static_cast<std::size_t>(i)];
      const int from_front = axis < 0 ? axis + rank : axis;
      if (from_front < 0 || from_front >= rank || ((bits >> from_front) & 1) != 0) return -1;
      bits |= std::int64_t{1} << from_front;
    }
    return bits;
  }
};

enum class KeepDims : bool { no, yes };

/// sum: over some or all axes, which disappear or, with KeepDims::yes, stay with size 1.
/// T[S] -> T[S without axes] for T in f32, f64, i32, i64. Backward keeps nothing.
/// Long sums are formed pairwise, so the error grows with the logarithm of the length
/// (N. Higham, Accuracy and Stability of Numerical Algorithms, section 4.2).
/// Attributes: integers[0] mask of axes, integers[1] whether dimensions are kept.
struct SumKernel;

namespace detail {
[[nodiscard]] constexpr Shape reduced_shape(const Shape& shape, std::int64_t mask, bool keep) {
  Shape result;
  for (int i = 0; i < shape.rank; ++i) {
    if (((mask >> i) & 1) == 0)
      result.push_back(shape[i]);
    else if (keep)
      result.push_back(1);
  }
  return result;
}
}  // namespace detail

inline constexpr OpDef sum_op{
    .name = "sum",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (in[0].dtype == boolean) return Inferred::failed(fault::dtype_is_not_supported);
          if (attributes.integers[0] < 0) return Inferred::failed(fault::axis_is_out_of_range);
          return Inferred{detail::reduced_shape(in[0].shape, attributes.integers[0],
                                                attributes.integers[1] != 0),
                          in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const Shape from = v.input(0).shape();
          const Shape kept = detail::reduced_shape(from, v.attributes.integers[0], true);
          v.set(0, broadcast_to(reshape(v.cotangent, kept, v.at), from, v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return in[0].shape.elements(); },
    .simplify =
        [](Tensor t) {  // over axes of size 1 only it is a reshape
          const Tensor from{t.graph, t.graph->inputs_of(t.id)[0]};
          const auto mask = t.graph->node(t.id).attributes.integers[0];
          for (int i = 0; i < from.shape().rank; ++i)
            if (((mask >> i) & 1) != 0 && !from.shape()[i].is_one()) return t;
          return from.shape() == t.shape() ? from
                                           : reshape(from, t.shape(), t.graph->node(t.id).at);
        },
    .kernels = &Kernels<SumKernel>::table};

[[nodiscard]] constexpr Tensor sum(Tensor x, Axes axes = {}, KeepDims keep = KeepDims::no,
                                   Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = axes.mask(x.shape().rank);
  attributes.integers[1] = keep == KeepDims::yes ? 1 : 0;
  return graph_of(x, sum_op, at).append(sum_op, {x}, attributes, at);
}

/// The array seen as alternating runs of kept and summed axes [outer, reduced, inner]; the
/// kernel calls itself for what does not fit that pattern.
struct SumKernel {
  static constexpr bool integers = true;

  /// Sum of `count` contiguous elements, in blocks.
  template <class T, class V>
  static T contiguous(const T* x, std::int64_t count) {
    constexpr std::int64_t width = V::size;
    constexpr std::int64_t block = 1024;
    if (count > block) {
      const std::int64_t half = (count / 2 + block - 1) / block * block;
      return static_cast<T>(contiguous<T, V>(x, half) + contiguous<T, V>(x + half, count - half));
    }
    V a(T(0));
    V b(T(0));
    std::int64_t i = 0;
    for (; i + 2 * width <= count; i += 2 * width) {
      a = a + V::load_unaligned(x + i);
      b = b + V::load_unaligned(x + i + width);
    }
    if (i + width <= count) {
      a = a + V::load_unaligned(x + i);
      i += width;
    }
    T total = hadd(a + b);
    for (; i < count; ++i) total = static_cast<T>(total + x[i]);
    return total;
  }

  static constexpr std::int64_t pairwise_rows = 64;

  /// Sum of one register of columns over `reduced` rows, pairwise above 64 of them.
  template <class T, class V>
  static V columns(const T* x, std::int64_t reduced, std::int64_t inner) {
    if (reduced > pairwise_rows) {
      const std::int64_t half = reduced / 2;
      return columns<T, V>(x, half, inner) + columns<T, V>(x + half * inner, reduced - half, inner);
    }
    V total(T(0));
    for (std::int64_t r = 0; r < reduced; ++r) total = total + V::load_unaligned(x + r * inner);
    return total;
  }
  template <class T, class V>
  static T column(const T* x, std::int64_t reduced, std::int64_t inner) {
    if (reduced > pairwise_rows) {
      const std::int64_t half = reduced / 2;
      return static_cast<T>(column<T, V>(x, half, inner) +
                            column<T, V>(x + half * inner, reduced - half, inner));
    }
    T total = 0;
    for (std::int64_t r = 0; r < reduced; ++r) total = static_cast<T>(total + x[r * inner]);
    return total;
  }

  /// out[i] = sum over r of x[r, i], `inner` columns.
  template <class T, class V>
  static void rows(const T* x, std::int64_t reduced, std::int64_t inner, T* out) {
    constexpr std::int64_t width = V::size;
    std::int64_t i = 0;
    for (; i + width <= inner; i += width)
      columns<T, V>(x + i, reduced, inner).store_unaligned(out + i);
    for (; i < inner; ++i) out[i] = column<T, V>(x + i, reduced, inner);
  }

  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConcreteShape& shape = call.input_shapes[0];
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    const std::int64_t mask = call.attributes->integers[0];

    // Merge neighbouring axes of the same fate, leaving out axes of size 1.
    std::int64_t sizes[Shape::max_rank + 1] = {1};
    bool summed[Shape::max_rank + 1] = {false};
    int runs = 0;
    for (int i = 0; i < shape.rank; ++i) {
      const std::int64_t size = shape.dims[static_cast<std::size_t>(i)];
      if (size == 1) continue;
      const bool reduce = ((mask >> i) & 1) != 0;
      if (runs > 0 && summed[runs - 1] == reduce) {
        sizes[runs - 1] *= size;
      } else {
        sizes[runs] = size;
        summed[runs] = reduce;
        ++runs;
      }
    }
    std::int64_t out_elements = 1;
    for (int i = 0; i < runs; ++i)
      if (!summed[i]) out_elements *= sizes[i];

    if (runs == 0) {
      out[0] = x[0];
    } else if (runs == 1 && summed[0]) {
      out[0] = contiguous<T, V>(x, sizes[0]);
    } else if (runs == 2 && summed[1]) {
      for (std::int64_t i = 0; i < sizes[0]; ++i)
        out[i] = contiguous<T, V>(x + i * sizes[1], sizes[1]);
    } else if (runs == 2 && summed[0]) {
      rows<T, V>(x, sizes[0], sizes[1], out);
    } else if (runs == 3 && summed[1]) {
      for (std::int64_t i = 0; i < sizes[0]; ++i)
        rows<T, V>(x + i * sizes[1] * sizes[2], sizes[1], sizes[2], out + i * sizes[2]);
    } else {
      for (std::int64_t i = 0; i < out_elements; ++i) out[i] = 0;
      accumulate<T, V>(x, sizes, summed, runs, out);
    }
  }

  /// The general pattern: out += sums of x, whose innermost run is handled as a whole.
  template <class T, class V>
  static void accumulate(const T* x, const std::int64_t* sizes, const bool* summed, int runs,
                         T* out) {
    std::int64_t x_step = 1;
    std::int64_t out_step = 1;
    for (int i = 1; i < runs; ++i) {
      x_step *= sizes[i];
      if (!summed[i]) out_step *= sizes[i];
    }
    if (runs == 1) {
      if (summed[0]) {
        out[0] = static_cast<T>(out[0] + contiguous<T, V>(x, sizes[0]));
      } else {
        for (std::int64_t i = 0; i < sizes[0]; ++i) out[i] = static_cast<T>(out[i] + x[i]);
      }
      return;
    }
    for (std::int64_t i = 0; i < sizes[0]; ++i)
      accumulate<T, V>(x + i * x_step, sizes + 1, summed + 1, runs - 1,
                       summed[0] ? out : out + i * out_step);
  }
};

FOREGRAPH_REGISTER_KERNEL(sum_op, SumKernel)

}  // namespace foregraph

#include <foregraph/ops/broadcast.hpp>
