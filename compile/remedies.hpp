#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/compile/micro_batches.hpp>
#include <foregraph/detail/compile/paging/paging.hpp>
#include <foregraph/detail/compile/recompute.hpp>

/// Makes a training step fit a memory budget. At run time only.
namespace foregraph {

/// The ways to make a step fit a budget, in the order in which they are reported.
enum class Remedy : std::uint8_t {
  as_is,
  smaller_batch,  ///< fewer samples per step; the only remedy that changes the result
  micro_batches,  ///< the same batch in parts, with the gradients summed
  recomputation,  ///< the same batch, with values dropped and recomputed
  micro_batches_with_recomputation,
  paging  ///< the same batch, with values in a file between two uses; only where allowed
};
/// Returns the remedy in words: "as it is", "a smaller batch", "micro-batches", ...
[[nodiscard]] FOREGRAPH_EXPORT std::string_view name_of(Remedy remedy);

/// The result of trying a remedy: its cost, or the reason why it does not fit.
struct RemedyResult {
  /// The remedy that was tried.
  Remedy remedy = Remedy::as_is;
  /// True if the peak is within the budget.
  bool fits = false;
  std::string reason{};    ///< why it does not fit or cannot be used
  std::int64_t batch = 0;  ///< samples of one update
  std::int64_t part = 0;   ///< samples computed at a time; equals `batch` without parts
  Bytes peak{};            ///< set if it fits, and always for as_is
  std::int64_t flops = 0;  ///< of one update
  double extra_work = 0;   ///< extra FLOPs per sample relative to the step as it is: 0.05 is 5 %
  /// Number of values that are computed again.
  std::int64_t recomputed_values = 0;
  /// Bytes that leave memory for a file in one step.
  Bytes paged{};
  /// Bytes that are read back from the file in one step.
  Bytes paged_back{};
  /// Seconds that these transfers take, or 0 if the disk's speed is unknown. The step takes at most
  /// that much longer, and less where they run beside its computations (see paged_step_seconds()).
  double paging_seconds = 0;
};

/// Limits for the search for a step that fits.
struct RemedyLimits {
  /// Upper limit on the FLOPs recomputation may add, as a fraction of the step's FLOPs.
  double most_extra_work = 1.0;
  /// Whether a step may be paged to a file, and to which one.
  PagingOptions paging{};
};

/// A step that fits by a remedy other than a smaller batch, ready to run: either `step` with
/// `plan`, or `split` with `split_plan`.
struct StepWithinBudget {
  /// The remedy taken, and its cost.
  RemedyResult result{};
  /// The graph of the step or of a micro-batch.
  Graph step{};
  /// Its plan.
  Plan plan{};
  /// The graphs of a step in parts, if it is one.
  SplitStep split{};
  /// Their plans.
  SplitPlan split_plan{};
  /// Size of the file of a paged step, or 0.
  std::int64_t page_file_bytes = 0;
  /// Number of its reads and writes in a step.
  std::int64_t page_transfers = 0;
  /// Its folder; see PagingOptions::folder.
  std::filesystem::path page_folder{};

  /// Returns true if a batch is computed in several parts.
  [[nodiscard]] bool in_parts() const { return result.part < result.batch; }
};

/// Returns the first remedy that fits without a smaller batch, or nothing if none does. `plan` is
/// a plan of `step`. If `make_split` is empty, micro-batches are not tried. All parts of a batch
/// have equal size. Paging is tried where `limits` allows it. Throws UsageError as check_paging()
/// does, and FileError if the disk is to be measured and its folder refuses a file.
[[nodiscard]] FOREGRAPH_EXPORT std::optional<StepWithinBudget> find_step_within_budget(
    const Graph& step, const Plan& plan, Bytes budget, const SplitMaker& make_split,
    RemedyLimits limits = {});

/// The results of all remedies.
struct RemedyResults {
  std::vector<RemedyResult> results{};  ///< one for each remedy, in the order of Remedy
  /// The smallest peak found for a step of one sample, with recomputation, and its breakdown.
  Bytes smallest_peak{};
  /// The components of the smallest peak, as text.
  std::string smallest_peak_text{};

  /// Returns true if one of the remedies makes the batch fit.
  [[nodiscard]] bool any_fits() const {
    for (const RemedyResult& each : results)
      if (each.fits) return true;
    return false;
  }
};
/// Returns the results for all remedies; parameters as for find_step_within_budget(). Paging is
/// included even if it is not allowed, but then nothing is written to the disk, so that its seconds
/// are only known for a given speed. Throws UsageError as check_paging() does.
[[nodiscard]] FOREGRAPH_EXPORT RemedyResults try_remedies(const Graph& step, const Plan& plan,
                                                          Bytes budget,
                                                          const SplitMaker& make_split,
                                                          RemedyLimits limits = {});

/// Describes a result that fits: "micro-batches of 32 samples, 280 MiB, +0.1 % work".
[[nodiscard]] FOREGRAPH_EXPORT std::string describe(const RemedyResult& result);

/// Formats the results as a table.
[[nodiscard]] FOREGRAPH_EXPORT std::string remedies_report(const RemedyResults& results,
                                                           Bytes budget);

}  // namespace foregraph
