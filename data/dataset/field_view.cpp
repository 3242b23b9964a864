#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/field_view.hpp>
#include <foregraph/detail/data/dataset/row_shape.hpp>

namespace foregraph::detail {

std::size_t offset_in_row(std::span<const std::int64_t> row_shape,
                          std::span<const std::int64_t> indices) {
  bool fits = indices.size() == row_shape.size();
  std::int64_t offset = 0;
  for (std::size_t i = 0; fits && i < indices.size(); ++i) {
    fits = indices[i] >= 0 && indices[i] < row_shape[i];
    offset = offset * row_shape[i] + indices[i];
  }
  if (!fits)
    throw UsageError("element " + data::row_shape_text(indices) +
                     " of a row was requested, but rows have the shape " +
                     data::row_shape_text(row_shape) +
                     "; give one index, starting at 0, for the row and each of its dimensions");
  return static_cast<std::size_t>(offset);
}

void row_is_out_of_range(std::int64_t row, std::int64_t rows) {
  throw UsageError("row " + std::to_string(row) + " was requested, but there are " +
                   std::to_string(rows) + " rows, numbered from 0");
}

}  // namespace foregraph::detail
