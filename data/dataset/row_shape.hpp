#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/data/dataset/source.hpp>

namespace foregraph::data {

/// Returns a row shape as text, such as "{28, 28, 1}".
[[nodiscard]] std::string row_shape_text(std::span<const std::int64_t> row_shape);

/// Throws DataError, prefixed with `where`, unless all sizes are positive and a row takes fewer
/// than 2^63 bytes.
void check_row_shape(std::string_view where, const FieldSpec& spec);

/// Returns true if rows of both shapes hold the same values in the same places along the same axes,
/// that is, if the shapes are equal apart from dimensions of 1.
[[nodiscard]] bool same_layout(std::span<const std::int64_t> a, std::span<const std::int64_t> b);

/// Returns the axes that permute rows of shape `from` into the layout of `to` (see same_layout()),
/// if both have the same dimensions in a different order; axes of equal size keep their order.
[[nodiscard]] std::optional<std::vector<std::int64_t>> axes_between(
    std::span<const std::int64_t> from, std::span<const std::int64_t> to);

/// Permutes the axes of a row: axis i of the result is axis axes[i] of the input.
class RowPermutation {
 public:
  /// Throws UsageError unless `axes` lists every axis of the row shape exactly once.
  RowPermutation(const FieldSpec& from, std::vector<std::int64_t> axes);

  [[nodiscard]] const FieldSpec& result() const { return result_; }
  /// Copies a row without allocating; the two rows must not overlap. Thread-safe.
  void operator()(const std::byte* from, std::byte* to) const;

 private:
  struct Axis {
    std::int64_t size = 1;
    std::int64_t step = 0;  ///< stride in the input row, in elements
  };
  template <class Element>
  void copy(const std::byte* from, std::byte* to) const;

  FieldSpec result_;
  std::vector<Axis> outer_;  ///< axes of the result without those of size 1, merged where possible
  Axis rows_{};              ///< the last two axes
  Axis columns_{};
};

/// Returns the field with a different row shape; the order of the values in memory does not change.
/// Throws UsageError unless `row_shape` has the same number of elements.
[[nodiscard]] FieldSpec reshaped(const FieldSpec& from, std::vector<std::int64_t> row_shape);

}  // namespace foregraph::data
