#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// The kernels of ops/shape/equal_rows.hpp.
namespace foregraph {

namespace detail {
/// Rows of a table of `entries` rows that indices name.
template <class T, class V>
struct NamedRows {
  std::int64_t entries = 1;
  std::int64_t count = 1;    ///< number of indices
  std::int64_t columns = 1;  ///< elements of a row
  const void* indices = nullptr;
  int operand = 0;  ///< that of the indices

  /// Returns the index at a position. Throws IndexError if it is out of range.
  [[gnu::always_inline]] std::int64_t at(const KernelCall& call, std::int64_t position) const {
    const std::int64_t index = call.attributes->integers[1] != 0
                                   ? static_cast<const std::int64_t*>(indices)[position]
                                   : static_cast<const std::int32_t*>(indices)[position];
    if (index < 0 || index >= entries)
      throw_index_out_of_range(call, operand, position, index, entries);
    return index;
  }

  /// Calls body(begin, end) for ranges of columns, on several threads if there is enough to do.
  template <class Body>
  [[gnu::always_inline]] void for_columns(const Body& body) const {
    constexpr std::int64_t whole_line = 16;  // elements of at least 64 bytes
    const std::int64_t wanted = (columns - 1) / threads_here() + 1;
    const std::int64_t width = (wanted + whole_line - 1) / whole_line * whole_line;
    parallel_for_rows((columns - 1) / width + 1, count * width, elements_read_worth_a_thread / 2,
                      [&](std::int64_t begin, std::int64_t end) {
                        body(begin * width, end * width < columns ? end * width : columns);
                      });
  }
};
}  // namespace detail

struct SumEqualRowsKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    detail::NamedRows<T, V> rows;
    rows.entries = call.attributes->integers[0];
    rows.count = call.input_shapes[0].elements;
    rows.columns = call.output_shape.elements / rows.count;
    rows.indices = call.inputs[0];
    auto* first = static_cast<std::int64_t*>(call.workspace);
    find_first(call, rows, first, first + rows.count);
    const auto* x = static_cast<const T*>(call.inputs[1]);
    auto* out = static_cast<T*>(call.output);
    rows.for_columns([&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = 0; i < rows.count; ++i) {
        const T* row = x + i * rows.columns;
        T* sum = out + first[i] * rows.columns;
        if (first[i] == i)
          for (std::int64_t k = begin; k < end; ++k) sum[k] = row[k];
        else
          for (std::int64_t k = begin; k < end; ++k) sum[k] = static_cast<T>(sum[k] + row[k]);
      }
      for (std::int64_t i = 0; i < rows.count; ++i)
        if (first[i] != i)
          for (std::int64_t k = begin; k < end; ++k)
            out[i * rows.columns + k] = out[first[i] * rows.columns + k];
    });
  }

 private:
  /// Writes the first position with the same index for each position, by a hash table of 2 * count
  /// + 1 positions.
  template <class T, class V>
  static void find_first(const KernelCall& call, const detail::NamedRows<T, V>& rows,
                         std::int64_t* first, std::int64_t* table) {
    const std::int64_t slots = 2 * rows.count + 1;
    for (std::int64_t i = 0; i < slots; ++i) table[i] = -1;
    for (std::int64_t i = 0; i < rows.count; ++i) {
      const std::int64_t index = rows.at(call, i);
      const std::uint64_t hash = static_cast<std::uint64_t>(index) * 0x9e3779b97f4a7c15ULL >> 20;
      auto slot = static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(slots));
      while (table[slot] >= 0 && rows.at(call, table[slot]) != index)
        slot = slot + 1 == slots ? 0 : slot + 1;
      if (table[slot] < 0) table[slot] = i;
      first[i] = table[slot];
    }
  }
};

struct AssignRowsKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    detail::NamedRows<T, V> rows;
    rows.entries = call.output_shape.dims[0];
    rows.count = call.input_shapes[1].elements;
    rows.columns = call.output_shape.elements / rows.entries;
    rows.indices = call.inputs[1];
    rows.operand = 1;
    const auto* c = static_cast<const T*>(call.inputs[0]);
    const auto* x = static_cast<const T*>(call.inputs[2]);
    auto* out = static_cast<T*>(call.output);
    if (c != out)
      parallel_for(call.output_shape.elements, elements_read_worth_a_thread,
                   [=](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i) out[i] = c[i];
                   });
    rows.for_columns([&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = 0; i < rows.count; ++i) {
        T* row = out + rows.at(call, i) * rows.columns;
        for (std::int64_t k = begin; k < end; ++k) row[k] = x[i * rows.columns + k];
      }
    });
  }
};

}  // namespace foregraph
