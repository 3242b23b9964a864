#pragma once

#include <cstdint>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// How element i of a region is mapped to an element of a loaded tensor, or to the sum it is added
/// to.
enum class LoadPattern : std::uint8_t {
  contiguous,  ///< [i]
  scalar,      ///< [0]
  row,         ///< [i % inner], like a bias
  column,      ///< [i / inner], like the maximum of a row
  general      ///< by shape, under NumPy's broadcasting rules
};

namespace planning {

/// The pattern in which `source`, broadcast to `shape`, is read.
struct Access {
  LoadPattern pattern = LoadPattern::general;
  Dim inner{1};
};
[[nodiscard]] constexpr Access access_of(const Shape& source, const Shape& shape) {
  if (source.elements() == shape.elements()) return {LoadPattern::contiguous};
  if (source.elements().is_one()) return {LoadPattern::scalar};
  // Right-aligned: equal trailing axes are a row, trailing axes of size 1 a column.
  const auto size = [&](int from_end) {
    return from_end <= source.rank ? source[-from_end] : Dim{1};
  };
  int equal = 0;
  Dim inner{1};
  while (equal < shape.rank && size(equal + 1) == shape[-(equal + 1)]) {
    ++equal;
    inner = multiply(inner, shape[-equal]).value;
  }
  bool rest_is_one = true;
  for (int i = equal + 1; i <= shape.rank; ++i) rest_is_one = rest_is_one && size(i).is_one();
  if (rest_is_one) return {LoadPattern::row, inner};
  int ones = 0;
  inner = Dim{1};
  while (ones < shape.rank && size(ones + 1).is_one()) {
    ++ones;
    inner = multiply(inner, shape[-ones]).value;
  }
  bool rest_is_equal = true;
  for (int i = ones + 1; i <= shape.rank; ++i)
    rest_is_equal = rest_is_equal && size(i) == shape[-i];
  if (ones > 0 && rest_is_equal) return {LoadPattern::column, inner};
  return {};
}

/// Returns the pattern that maps an element of `shape` to its sum over the axes of `mask`: the
/// access pattern of the sum broadcast back.
[[nodiscard]] constexpr Access access_of_sum(const Shape& shape, std::int64_t mask) {
  Shape kept;
  for (int i = 0; i < shape.rank; ++i) kept.push_back(((mask >> i) & 1) == 0 ? shape[i] : Dim{1});
  return access_of(kept, shape);
}

/// The most partial sums that a region keeps.
inline constexpr std::int64_t most_sums_of_a_region = 2048;
/// Returns the number of partial sums a region keeps for each chunk of its elements: 0 for sums of
/// whole rows, which are complete in one chunk; -1 if a region cannot form sums of this pattern.
[[nodiscard]] constexpr std::int64_t sums_in_a_chunk(const Access& access) {
  switch (access.pattern) {
    case LoadPattern::scalar:
      return 1;
    case LoadPattern::row:
      return access.inner.is_constant() && access.inner.constant <= most_sums_of_a_region
                 ? access.inner.constant
                 : -1;
    case LoadPattern::column:
      return 0;
    case LoadPattern::contiguous:
    case LoadPattern::general:
      break;
  }
  return -1;
}

}  // namespace planning
}  // namespace foregraph
