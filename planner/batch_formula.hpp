#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <foregraph/detail/planner/plan.hpp>

/// The memory of a step as a function of the batch size, for the order a plan has chosen.
namespace foregraph {

/// Any batch size, as the end of the last piece of a formula.
inline constexpr std::int64_t any_batch = std::numeric_limits<std::int64_t>::max();

/// `constant_bytes + bytes_per_sample * B` for batches B from `first_batch` to `last_batch`.
struct AffinePiece {
  std::int64_t first_batch = 1;
  std::int64_t last_batch = any_batch;
  std::int64_t constant_bytes = 0;
  std::int64_t bytes_per_sample = 0;
  std::int32_t peak_step = 0;  ///< the position in the plan's order at which so much is alive

  [[nodiscard]] constexpr std::int64_t at(std::int64_t batch_size) const {
    return constant_bytes + bytes_per_sample * batch_size;
  }
};

/// max_t(a_t + b_t B): the most bytes alive at one step of the order, over all batch sizes B, with
/// variables and input slots. Buffers start at multiples of 64 bytes; the formula counts them
/// without that rounding where they grow with the batch. So it is exact where B is a multiple of
/// `exact_for_multiples_of`, and at any other B at most `rounding_bytes` below the lower bound of
/// the plan.
struct BatchFormula {
  std::vector<AffinePiece> pieces{};  ///< by batch, without gaps, from batch 1
  std::int64_t exact_for_multiples_of = 1;
  std::int64_t rounding_bytes = 0;

  [[nodiscard]] constexpr std::int64_t at(std::int64_t batch_size) const {
    std::size_t i = 0;
    while (i + 1 < pieces.size() && pieces[i].last_batch < batch_size) ++i;
    return pieces[i].at(batch_size);
  }
};

/// The formula of a plan's order. The lines a_t + b_t B of all steps, sorted by slope, have their
/// upper envelope picked by a scan that keeps the convex chain (as for convex hulls; Graham, 1972).
/// O(n log n).
[[nodiscard]] BatchFormula batch_formula(const Graph& step_graph, const Plan& plan);

/// The lower bound of the plan's order at another batch size, to the byte. O(n log n).
[[nodiscard]] Bytes lower_bound_at(const Graph& step_graph, const Plan& plan,
                                   std::int64_t batch_size);

/// The batches for which the plan's offsets hold: those where every buffer still ends before the
/// next one that is alive at the same time begins, and before the end of its segment. From batch 1,
/// since buffers only grow with the batch, to at least plan.batch. validate(g, plan, batch) checks
/// the same without sharing code. O(n^2) in buffers alive together.
struct BatchInterval {
  std::int64_t first = 1;
  std::int64_t last = 1;
};
[[nodiscard]] BatchInterval valid_batches(const Graph& step_graph, const Plan& plan);

/// "1.41 MiB + 12.3 KiB per sample up to batch 311, then 0.90 MiB + 14.0 KiB per sample".
[[nodiscard]] std::string to_string(const BatchFormula& formula);

}  // namespace foregraph
