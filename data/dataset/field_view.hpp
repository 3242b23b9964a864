#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <foregraph/detail/base/compiler.hpp>
#include <span>

#include <foregraph/detail/base/export.hpp>

namespace foregraph::detail {
/// Returns the offset of an element in a row. Throws UsageError, with the shape, unless there is
/// one index per dimension and each is in range.
[[nodiscard]] FOREGRAPH_EXPORT std::size_t offset_in_row(std::span<const std::int64_t> row_shape,
                                                         std::span<const std::int64_t> indices);
[[noreturn]] FOREGRAPH_EXPORT void row_is_out_of_range(std::int64_t row, std::int64_t rows);
}  // namespace foregraph::detail

namespace foregraph::data {

/// Rows of a field in memory, typed and with their shape. Refers to the field's memory.
template <class T>
class FieldView {
 public:
  /// Refers to `rows` rows of `row_shape`, whose values follow one another in `values`.
  FieldView(std::span<T> values, std::span<const std::int64_t> row_shape, std::int64_t rows)
      : values_(values), row_shape_(row_shape), rows_(rows) {}

  /// Returns the number of rows.
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  /// Returns the shape of a row: {28, 28, 1}, or {} for one value per row.
  [[nodiscard]] std::span<const std::int64_t> row_shape() const { return row_shape_; }
  /// Returns the values of all rows, one row after another.
  [[nodiscard]] std::span<T> values() const { return values_; }
  /// Returns one row. Throws UsageError if it is out of range.
  [[nodiscard]] std::span<T> operator[](std::int64_t row) const {
    if (row < 0 || row >= rows_) detail::row_is_out_of_range(row, rows_);
    const std::size_t elements = values_.size() / static_cast<std::size_t>(rows_);
    return values_.subspan(static_cast<std::size_t>(row) * elements, elements);
  }
  /// Returns an element: `images(3, y, x, channel)`. Throws UsageError unless there is one index
  /// for the row and each of its dimensions, all in range.
  template <class... Indices>
  [[nodiscard]] T& operator()(std::int64_t row, Indices... indices) const {
    const std::array<std::int64_t, sizeof...(Indices)> all{static_cast<std::int64_t>(indices)...};
    return (*this)[row][detail::offset_in_row(row_shape_, all)];
  }

 private:
  std::span<T> values_;
  std::span<const std::int64_t> row_shape_;
  std::int64_t rows_;
};

}  // namespace foregraph::data
