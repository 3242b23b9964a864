#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>

namespace foregraph::data {

/// Joins several data sets into one, one part after another, as for several files. Rows are shared,
/// not copied; texts are copied. Reading a sample finds its part by binary search, O(log parts).
/// Parts may be empty.
///
///     const auto all = fg::data::concatenate({fg::data::read_csv("january.csv"),
///     fg::data::read_csv("june.csv")});
///
/// Throws UsageError if there are no parts, and DataError, naming the first difference, if the
/// parts differ in their fields (names, dtypes and row shapes, in the same order) or texts.
[[nodiscard]] FOREGRAPH_EXPORT Dataset concatenate(const std::vector<Dataset>& parts);

/// Joins the parts in turn: `block` samples of the first part, `block` of the second, and so on,
/// cycling through the parts; exhausted parts are skipped. Mixes classes that are stored in one
/// file each when a shuffle is not wanted. Takes 8 bytes per sample.
///
/// Throws as concatenate(), and UsageError if `block` is not positive.
[[nodiscard]] FOREGRAPH_EXPORT Dataset interleave(const std::vector<Dataset>& parts,
                                                  std::int64_t block = 1);

}  // namespace foregraph::data
