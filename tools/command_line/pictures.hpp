#pragma once

#include <cstdint>
#include <vector>

#include "commands.hpp"

namespace foregraph::cli {

/// Writes the files given by `--svg` and `--html`. The largest batch is drawn in detail; all
/// batches are points of the curve over the batch size. Throws UsageError if a file cannot be
/// written.
void write_pictures(const Request& request, const DryRun& run);

/// Returns the batch sizes of the curve, in order: those requested, the largest that fits unless
/// far from these, and, if there are fewer than eight, powers of a factor between and around them.
/// `largest` is 0 if there is none.
[[nodiscard]] std::vector<std::int64_t> curve_batches(std::vector<std::int64_t> asked_for,
                                                      std::int64_t largest);

}  // namespace foregraph::cli
