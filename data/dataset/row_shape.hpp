#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/data/dataset/source.hpp>

namespace foregraph {

/// Returns "{28, 28, 1}".
[[nodiscard]] std::string row_shape_text(std::span<const std::int64_t> row_shape);

/// Throws DataError, which begins with `where`, unless the sizes are positive and a row has fewer
/// than 2^63 bytes.
void check_row_shape(std::string_view where, const FieldSpec& spec);

/// Whether rows of both shapes have the same values at the same places under the same axes: the
/// shapes are equal but for dimensions of 1.
[[nodiscard]] bool same_layout(std::span<const std::int64_t> a, std::span<const std::int64_t> b);

/// Returns the axes that bring rows of shape `from` into the layout of `to` (see same_layout()), if
/// both have the same dimensions in another order; axes of equal size keep their order.
[[nodiscard]] std::optional<std::vector<std::int64_t>> axes_between(
    std::span<const std::int64_t> from, std::span<const std::int64_t> to);

/// Moves the axes of a row: axis i of the result is axis axes[i] of the row.
class RowPermutation {
 public:
  /// Throws UsageError unless `axes` are those of the row shape, each once.
  RowPermutation(const FieldSpec& from, std::vector<std::int64_t> axes);

  [[nodiscard]] const FieldSpec& result() const { return result_; }
  /// Copies a row; the two must not overlap. Allocates nothing. Any number of threads at once.
  void operator()(const std::byte* from, std::byte* to) const;

 private:
  struct Axis {
    std::int64_t size = 1;
    std::int64_t step = 0;  ///< in the row that is read, in elements
  };
  template <class Element>
  void copy(const std::byte* from, std::byte* to) const;

  FieldSpec result_;
  std::vector<Axis> outer_;  ///< of the result, without those of size 1; joined where they can be
  Axis rows_{};              ///< its last two
  Axis columns_{};
};

/// Returns the field with rows of another shape, whose values are taken in the order in which they
/// lie. Throws UsageError unless `row_shape` has as many elements.
[[nodiscard]] FieldSpec reshaped(const FieldSpec& from, std::vector<std::int64_t> row_shape);

}  // namespace foregraph
