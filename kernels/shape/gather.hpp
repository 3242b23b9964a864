#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/strided_copy.hpp>

/// The kernels of ops/shape/gather.hpp.
namespace foregraph {

namespace detail {
/// An array viewed as [outer, entries, inner], indexed along the middle axis.
template <class T, class V>
struct Indexed {
  std::int64_t outer = 1;
  std::int64_t entries = 1;
  std::int64_t inner = 1;
  std::int64_t count = 1;  ///< number of indices

  static Indexed of(const KernelCall& call, const ConcreteShape& shape,
                    const ConcreteShape& indices) {
    const std::int64_t axis = call.attributes->integers[0];
    Indexed result;
    for (int i = 0; i < shape.rank; ++i) {
      const std::int64_t size = shape.dims[static_cast<std::size_t>(i)];
      (i < axis ? result.outer : i == axis ? result.entries : result.inner) *= size;
    }
    result.count = indices.elements;
    return result;
  }
  /// Returns the index at position i of the indices. Throws IndexError if it is out of range.
  [[gnu::always_inline]] std::int64_t at(const KernelCall& call, const void* indices,
                                         std::int64_t i) const {
    const std::int64_t index = call.attributes->integers[1] != 0
                                   ? static_cast<const std::int64_t*>(indices)[i]
                                   : static_cast<const std::int32_t*>(indices)[i];
    if (index < 0 || index >= entries)
      throw_index_out_of_range(call, indices == call.inputs[0] ? 0 : 1, i, index, entries);
    return index;
  }
};
}  // namespace detail

struct GatherKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto s = detail::Indexed<T, V>::of(call, call.input_shapes[0], call.input_shapes[1]);
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    parallel_for_rows(s.outer * s.count, s.inner, elements_read_worth_a_thread,
                      [&](std::int64_t begin, std::int64_t end) {
                        rows(call, s, x + begin / s.count * s.entries * s.inner, begin % s.count,
                             end - begin, out + begin * s.inner);
                      });
  }

 private:
  /// Copies `count` rows of the result, starting with the row of index i.
  template <class T, class V>
  static void rows(const KernelCall& call, const detail::Indexed<T, V> s, const T* x,
                   std::int64_t i, std::int64_t count, T* out) {
    const auto bytes = static_cast<std::size_t>(s.inner) * sizeof(T);
    for (; count > 0; x += s.entries * s.inner) {
      const std::int64_t end = s.count - i < count ? s.count : i + count;
      count -= end - i;
      for (; i < end; ++i, out += s.inner) {
        const T* row = x + s.at(call, call.inputs[1], i) * s.inner;
        if (bytes >= 64)
          __builtin_memcpy(out, row, bytes);
        else
          for (std::int64_t k = 0; k < s.inner; ++k) out[k] = row[k];
      }
      i = 0;
    }
  }
};

struct ScatterAddKernel {
  static constexpr bool integers = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto s = detail::Indexed<T, V>::of(call, call.output_shape, call.input_shapes[0]);
    const auto* x = static_cast<const T*>(call.inputs[1]);
    auto* out = static_cast<T*>(call.output);
    fill_on_threads<T, V>(out, call.output_shape.elements, T(0));
    // Each thread adds to separate columns, in the order of the indices for any number of threads.
    const bool by_columns = s.outer < threads_here();
    const std::int64_t wanted = by_columns ? (s.inner - 1) / threads_here() + 1 : s.inner;
    const std::int64_t columns = (wanted + whole_line - 1) / whole_line * whole_line;
    const std::int64_t pieces = (s.inner - 1) / columns + 1;
    parallel_for_rows(s.outer * pieces, s.count * columns, elements_read_worth_a_thread / 2,
                      [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t i = begin; i < end; ++i) {
                          const std::int64_t c = i % pieces * columns;
                          const std::int64_t left = s.inner - c;
                          add_columns(call, s, x + i / pieces * s.count * s.inner + c,
                                      left < columns ? left : columns,
                                      out + i / pieces * s.entries * s.inner + c);
                        }
                      });
  }

 private:
  static constexpr std::int64_t whole_line = 16;  // elements of at least 64 bytes

  template <class T, class V>
  static void add_columns(const KernelCall& call, const detail::Indexed<T, V> s, const T* x,
                          std::int64_t columns, T* out) {
    constexpr std::int64_t width = V::size;
    const std::int64_t inner = s.inner;
    for (std::int64_t i = 0; i < s.count; ++i, x += inner) {
      T* row = out + s.at(call, call.inputs[0], i) * inner;
      std::int64_t k = 0;
      for (; k + width <= columns; k += width)
        (V::load_unaligned(row + k) + V::load_unaligned(x + k)).store_unaligned(row + k);
      for (; k < columns; ++k) row[k] = static_cast<T>(row[k] + x[k]);
    }
  }
};

}  // namespace foregraph
