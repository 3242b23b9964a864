#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/planner/plan.hpp>

/// Trades a file for memory: values leave memory for a file and come back before their next use. At
/// run time only.
namespace foregraph {

/// When fit_to_budget may page values to a file.
enum class Paging : std::uint8_t {
  never,  ///< all values stay in memory
  last,   ///< if neither micro-batches nor recomputation make the batch fit
  first   ///< before them; results are then those of the step as it is, to the last bit
};

/// How values are paged to a file.
struct PagingOptions {
  /// Whether values may be paged at all.
  Paging use = Paging::never;
  /// Folder of the file, which has no name and vanishes with the step. If empty, the system's
  /// folder for temporary files, or /var/tmp if that one's files are in memory.
  std::filesystem::path folder{};
  /// Speed of the file's disk, for predictions. If 0, it is measured with a file of 64 MiB, but
  /// only if `use` allows paging and the step fits by it.
  double bytes_per_second = 0;
};

/// Throws UsageError for a speed that is negative or not finite.
FOREGRAPH_EXPORT void check_paging(const PagingOptions& options);

/// A step some of whose values are in a file between two uses. It computes the same expressions in
/// the same order as the plan it was made from, so its results are equal to the last bit.
struct PagedStep {
  /// The graph with the ops that move values to the file and back.
  Graph graph{};
  /// Its plan, with the tasks of the original plan and these ops.
  Plan plan{};
  std::int64_t paged_values = 0;   ///< number of values that leave memory
  std::int64_t written_bytes = 0;  ///< per step; each value is written once
  std::int64_t read_bytes = 0;     ///< per step; a value may be read back several times
  std::int64_t file_bytes = 0;     ///< size of the file
  std::int64_t transfers = 0;      ///< number of reads and writes
};

/// Returns the step of `plan`, a plan of `step_graph`, with its transient values within
/// `transient_bytes` as estimated by a simulation; nothing if a task alone needs more. The plan in
/// the result gives the exact memory. Variables, input batches, results of the step and values of
/// less than 4 KiB stay in memory.
///
/// Method: the tasks are simulated in the plan's order. When memory would exceed the limit, the
/// value with the farthest next use leaves (Belady's rule for caches, 1966). Its write begins right
/// after its last use, and has ended when its memory is needed. Its read begins as early as there
/// is memory from then to its use, in the order of the uses. O(tasks * values alive).
[[nodiscard]] FOREGRAPH_EXPORT std::optional<PagedStep> page_within(const Graph& step_graph,
                                                                    const Plan& plan,
                                                                    Bytes transient_bytes);

/// Returns the step with its whole peak within `budget` and few transfers, or nothing if paging
/// does not achieve that. Takes a few dozen simulations and placements.
[[nodiscard]] FOREGRAPH_EXPORT std::optional<PagedStep> page_to_fit(const Graph& step_graph,
                                                                    const Plan& plan, Bytes budget);

/// Returns the smallest peak that paging achieves; the plan's if it achieves nothing.
[[nodiscard]] FOREGRAPH_EXPORT Bytes smallest_by_paging(const Graph& step_graph, const Plan& plan);

/// Predicts the seconds of a paged step that would take `compute_seconds` without transfers. The
/// tasks take shares of that time by their floating-point operations and the bytes they move; the
/// file's thread transfers at the given speeds in the order of the requests, and the step waits
/// where the plan says so. Throws UsageError for speeds that are not positive and times that are
/// negative, infinite or NaN.
[[nodiscard]] FOREGRAPH_EXPORT double paged_step_seconds(const Graph& paged_graph,
                                                         const Plan& paged_plan,
                                                         double compute_seconds,
                                                         double write_bytes_per_second,
                                                         double read_bytes_per_second);

}  // namespace foregraph
