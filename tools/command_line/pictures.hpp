#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "commands.hpp"

namespace foregraph::cli {

/// A plan that a page shows beside the one of the largest batch.
struct Comparison {
  enum class Kind : std::uint8_t { conventional, recomputed };
  Kind kind = Kind::conventional;
  std::optional<Bytes> budget{};  ///< for `recomputed`; unset: as small as possible
};

/// Parses `--compare`. Throws UsageError.
[[nodiscard]] std::vector<Comparison> parse_comparisons(const Request& request);

/// Writes the files given by `--svg` and `--html`. The largest batch is drawn in detail; all
/// batches are points of the curve over the batch size. `measured` is for PictureOptions. Throws
/// UsageError if a file cannot be written, or if recomputation does not reach the budget of a
/// comparison.
void write_pictures(const Request& request, const DryRun& run, const TrainingStep& training,
                    std::span<const Comparison> comparisons, std::vector<std::int64_t> measured);

/// Returns the batch sizes of the curve, in order: those requested, the largest that fits unless
/// far from these, and, if there are fewer than eight, powers of a factor between and around them.
/// `largest` is 0 if there is none.
[[nodiscard]] std::vector<std::int64_t> curve_batches(std::vector<std::int64_t> asked_for,
                                                      std::int64_t largest);

}  // namespace foregraph::cli
