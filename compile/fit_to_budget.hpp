#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/compile/micro_batches.hpp>
#include <foregraph/detail/compile/recompute.hpp>

/// What makes a training step fit a memory budget. At run time only.
namespace foregraph {

/// The ways to make a step fit, in the order in which they are tried.
enum class Measure : std::uint8_t {
  as_is,
  smaller_batch,  ///< fewer samples a step; the only one that changes what is computed
  micro_batches,  ///< the same batch in parts, with the gradients summed up
  recomputation,  ///< the same batch, with values dropped and computed again
  micro_batches_with_recomputation
};
[[nodiscard]] std::string_view name_of(Measure measure);

/// One measure, and what it costs or why it does not help.
struct Answer {
  Measure measure = Measure::as_is;
  bool fits = false;
  std::string reason{};    ///< why it does not fit or cannot be used
  std::int64_t batch = 0;  ///< samples of one update
  std::int64_t part = 0;   ///< samples computed at a time; as `batch` without parts
  Bytes peak{};            ///< if it fits; as_is: also if not
  std::int64_t flops = 0;  ///< of one update
  double extra_work = 0;   ///< FLOPs for a sample against the step as it is: 0.05 is 5 %
  std::int64_t recomputed_values = 0;
};

struct FitLimits {
  /// The most FLOPs recomputation may add, as a share of the step's.
  double most_extra_work = 1.0;
};

/// A step made to fit by a measure other than a smaller batch, ready to be run: either `step` with
/// `plan`, or `split` with `split_plan`.
struct FittedStep {
  Answer answer{};
  Graph step{};
  Plan plan{};
  SplitStep split{};
  SplitPlan split_plan{};

  [[nodiscard]] bool in_parts() const { return answer.part < answer.batch; }
};

/// The first measure that keeps the batch whole and fits; nothing if none does. `plan` is a plan of
/// `step`; `make_split` may be empty, then parts are not tried. A batch is cut in equal parts.
[[nodiscard]] std::optional<FittedStep> fit_step(const Graph& step, const Plan& plan, Bytes budget,
                                                 const SplitMaker& make_split,
                                                 FitLimits limits = {});

/// What every measure would give.
struct BudgetAnswers {
  std::vector<Answer> answers{};  ///< one for each measure, in the order of Measure
  /// The smallest peak that one sample a step can have, with recomputation; and what it is made of.
  Bytes smallest_peak{};
  std::string smallest_peak_text{};

  [[nodiscard]] bool any_fits() const {
    for (const Answer& each : answers)
      if (each.fits) return true;
    return false;
  }
};
[[nodiscard]] BudgetAnswers budget_answers(const Graph& step, const Plan& plan, Bytes budget,
                                           const SplitMaker& make_split, FitLimits limits = {});

/// "micro-batches of 32 samples, 280 MiB, +0.1 % work", of one that fits.
[[nodiscard]] std::string describe(const Answer& answer);

/// The answers as a table for people.
[[nodiscard]] std::string report(const BudgetAnswers& answers, Bytes budget);

}  // namespace foregraph
