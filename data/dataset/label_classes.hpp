#pragma once

// Internal: groups the samples of a data set by class, for splits that depend on the classes.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/data/dataset/dataset.hpp>

namespace foregraph::detail {

/// The class of each sample. A class is a distinct value of the label, which is a field (its whole
/// row is compared, so one-hot labels work) or a text. Classes are numbered in order of first
/// appearance.
struct LabelClasses {
  std::vector<std::int32_t> of_sample;
  std::vector<std::int64_t> sizes;
  std::vector<std::string> names;  ///< for messages
};

/// A floating-point label with more distinct values than this is a quantity, not a class.
inline constexpr std::size_t most_floating_classes = 64;

/// Returns the classes of the field or text `label`, reading only the labels: O(n). Returns nothing
/// if the label is a quantity, that is, floating-point with more than most_floating_classes values.
/// The field or text must exist.
std::optional<LabelClasses> label_classes(const data::Dataset& data, const std::string& label);

}  // namespace foregraph::detail
