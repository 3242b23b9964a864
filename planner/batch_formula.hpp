#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/planner/plan.hpp>

/// The memory of a step as a function of the batch size, for the schedule of a plan.
namespace foregraph {

/// Upper end of a formula's last piece: no limit on the batch size.
inline constexpr std::int64_t any_batch = std::numeric_limits<std::int64_t>::max();

/// `constant_bytes + bytes_per_sample * B` for batches B from `first_batch` to `last_batch`.
struct AffinePiece {
  /// First batch size of the piece.
  std::int64_t first_batch = 1;
  /// Last batch size of the piece.
  std::int64_t last_batch = any_batch;
  /// Bytes at batch 0 of the line.
  std::int64_t constant_bytes = 0;
  /// Slope of the line.
  std::int64_t bytes_per_sample = 0;
  std::int32_t peak_step = 0;  ///< position in the plan's order where these bytes are alive

  /// Returns the bytes at a batch size, which should be in the piece.
  [[nodiscard]] constexpr std::int64_t at(std::int64_t batch_size) const {
    return constant_bytes + bytes_per_sample * batch_size;
  }
};

/// max_t(a_t + b_t B): the most bytes alive at one step of the order, including variables and input
/// slots, for every batch size B. Buffers start at multiples of 64 bytes; the formula leaves out
/// this rounding for buffers that grow with the batch. It is therefore exact if B is a multiple of
/// `exact_for_multiples_of`, and otherwise at most `rounding_bytes` below the plan's lower bound,
/// or above it if a buffer or workspace has a part that grows and one that does not.
struct BatchFormula {
  std::vector<AffinePiece> pieces{};  ///< in order of batch size, without gaps, from batch 1
  /// Batch sizes for which the formula is exact.
  std::int64_t exact_for_multiples_of = 1;
  /// Largest error, for other batch sizes.
  std::int64_t rounding_bytes = 0;

  /// Returns the bytes at any batch size.
  [[nodiscard]] constexpr std::int64_t at(std::int64_t batch_size) const {
    std::size_t i = 0;
    while (i + 1 < pieces.size() && pieces[i].last_batch < batch_size) ++i;
    return pieces[i].at(batch_size);
  }
};

/// Returns the formula of a plan's order: the upper envelope of the lines a_t + b_t B of all steps,
/// found by a scan over the lines sorted by slope (as in Graham's convex hull algorithm, 1972).
/// O(n log n).
[[nodiscard]] FOREGRAPH_EXPORT BatchFormula batch_formula(const Graph& step_graph,
                                                          const Plan& plan);

/// Returns the exact lower bound of the plan's order at another batch size. O(n log n).
[[nodiscard]] FOREGRAPH_EXPORT Bytes lower_bound_at(const Graph& step_graph, const Plan& plan,
                                                    std::int64_t batch_size);

/// A range of batch sizes, both ends included.
struct BatchInterval {
  /// Smallest batch.
  std::int64_t first = 1;
  /// Largest batch.
  std::int64_t last = 1;
};
/// Returns the batch sizes for which the plan's offsets hold: every buffer ends before the next
/// one that is alive at the same time begins, and before the end of its segment. They run from 1,
/// since buffers only grow with the batch, to at least plan.batch. validate(g, plan, batch) checks
/// the offsets independently. O(n^2) in the number of buffers.
[[nodiscard]] FOREGRAPH_EXPORT BatchInterval valid_batches(const Graph& step_graph,
                                                           const Plan& plan);

/// Formats as "1.41 MiB + 12.3 KiB per sample up to batch 311, then 0.90 MiB + 14.0 KiB per
/// sample".
[[nodiscard]] FOREGRAPH_EXPORT std::string to_string(const BatchFormula& formula);

}  // namespace foregraph
