#pragma once

// Internal: the samples of a data set by class, for splits that have to look at the classes.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/data/dataset/dataset.hpp>

namespace foregraph::detail {

/// A class is a value of the label: of a field (its whole row, so one-hot labels have classes too)
/// or of a text. Numbered in the order in which they appear.
struct LabelClasses {
  std::vector<std::int32_t> of_sample;
  std::vector<std::int64_t> sizes;
  std::vector<std::string> names;  ///< for messages
};

/// More distinct values of a floating-point label than this are taken as a quantity, not classes.
inline constexpr std::size_t most_floating_classes = 64;

/// Reads the labels, and nothing but them: O(n). Nothing if the field or text `label` is a
/// quantity: floating-point with more than most_floating_classes values. There must be such a field
/// or text.
std::optional<LabelClasses> label_classes(const Dataset& data, const std::string& label);

}  // namespace foregraph::detail
