#pragma once

#include <cstdint>
#include <vector>

#include "commands.hpp"

namespace foregraph::cli {

/// Writes the files that `--svg` and `--html` name. The largest batch is drawn in detail, all are
/// points of the curve over the batch size. Throws UsageError where a file cannot be written.
void write_pictures(const Request& request, const DryRun& run);

/// The batches of the curve, in order: those asked for, the largest that fits if it is not far from
/// them, and if these are fewer than eight, powers of a factor between and around them. `largest`
/// is 0 if there is none.
[[nodiscard]] std::vector<std::int64_t> curve_batches(std::vector<std::int64_t> asked_for,
                                                      std::int64_t largest);

}  // namespace foregraph::cli
