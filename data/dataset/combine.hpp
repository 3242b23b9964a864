#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/data/dataset/dataset.hpp>

namespace foregraph {

/// One data set of the samples of all parts, one part after another: several files as one set. The
/// parts are shared, not copied (their texts are); which part a sample is in is found by binary
/// search when it is read, O(log parts). Parts may be empty.
///
///     const auto all = fg::concatenate({fg::read_csv("january.csv"), fg::read_csv("june.csv")});
///
/// Throws UsageError if there is no part, and DataError, naming the first difference, if the parts
/// do not have the same fields (names, dtypes and row shapes, in the same order) and texts.
[[nodiscard]] Dataset concatenate(const std::vector<Dataset>& parts);

/// The same samples in turn: `block` of the first part, `block` of the second, and so on round the
/// parts; when one has ended the others go on. Keeps classes mixed that are in a file each, where a
/// shuffle is not wanted. Takes 8 bytes per sample.
///
/// Throws as concatenate(), and UsageError if `block` is not positive.
[[nodiscard]] Dataset interleave(const std::vector<Dataset>& parts, std::int64_t block = 1);

}  // namespace foregraph
