#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace foregraph {

/// The share of samples whose probability is on the right side of one half. `targets` are 0 or 1.
/// Throws UsageError unless both have the same, positive number of elements.
[[nodiscard]] double binary_accuracy(std::span<const float> probabilities,
                                     std::span<const float> targets);

/// The share of samples whose largest score is at their label: `scores` f[samples, classes] with
/// one label per sample. Throws UsageError if the sizes do not go together.
[[nodiscard]] double accuracy(std::span<const float> scores, std::span<const std::int32_t> labels);

}  // namespace foregraph
