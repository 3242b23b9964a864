#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/system/machine_memory.hpp>
#include <foregraph/detail/compile/fit_to_budget.hpp>
#include <foregraph/detail/diagnose/process_prediction.hpp>
#include <foregraph/detail/planner/batch_formula.hpp>
#include <foregraph/detail/planner/plan.hpp>
#include <foregraph/detail/tools/command_line.hpp>

#include "training_step.hpp"

/// The commands, given what CLI11 has read. They throw UsageError, BatchError, GraphError and
/// DataError.
namespace foregraph::cli {

/// Texts as the user gave them.
struct Request {
  std::string model;
  std::string batches;
  std::string optimizer = "adam";
  std::string budget;            ///< a size, or "machine" or "auto"
  MachineMemoryOptions machine;  ///< where the machine is looked at
  std::int64_t prefetch = 0;
  double search_seconds = 0;       ///< plan: for a better placement, where there is a gap
  std::optional<std::string> svg;  ///< plan: files for pictures
  std::optional<std::string> html;
  bool profile = false;  ///< plan: run the step and say where its time goes
  std::int64_t steps = 20;
  int threads = 0;
  std::optional<std::string> trace;
  bool training = false;  ///< graph: the whole step instead of the model alone
  bool details = false;
  bool json = false;
  bool dot = false;
  std::string file;    ///< pack: the buffers; check: the data
  std::string output;  ///< pack: where the offsets go, if not empty
  double seconds = 10;
  // check:
  std::vector<std::string> without{};  ///< ids of findings to be left out
  std::string evaluation_file;
  std::string label;            ///< the column of the targets
  std::string delimiter = ",";  ///< of the columns
  std::optional<std::uint64_t> shuffle;
  bool no_shuffle = false;  ///< says what is so without it
  std::int64_t shuffle_buffer = 0;
  bool drop_tail = false;
  std::optional<double> learning_rate;
};

ExitCode list_models(const std::vector<NamedModel>& models, std::ostream& out);
ExitCode plan(const Request& request, const std::vector<NamedModel>& models, std::ostream& out,
              std::ostream& err);
ExitCode graph(const Request& request, const std::vector<NamedModel>& models, std::ostream& out);
ExitCode pack(const Request& request, std::ostream& out);
ExitCode check(const Request& request, const std::vector<NamedModel>& models, std::ostream& out);

/// The model of that name. Throws UsageError if there is none.
[[nodiscard]] const NamedModel& find_model(const std::string& name,
                                           const std::vector<NamedModel>& models);
/// The model in a graph of its own. Whatever goes wrong is the model's fault: UsageError.
[[nodiscard]] Model build(const NamedModel& named, Graph& g);
/// Its training step. Throws UsageError if it cannot be trained.
[[nodiscard]] TrainingStep step_of(const NamedModel& named, const std::string& optimizer);

/// What `plan` prints.
struct DryRun {
  const NamedModel& model;
  std::string optimizer;
  const Graph& step;
  std::vector<Plan> plans{};
  BatchFormula formula{};                   ///< of the last plan's order
  std::vector<Bytes> conventional_peaks{};  ///< by plan: with all gradients kept to the end
  std::optional<Bytes> budget{};
  std::int64_t largest_batch = 0;              ///< that fits the budget
  std::vector<BudgetAnswers> answers{};        ///< for each plan over the budget, in order
  std::string budget_source{};                 ///< what the machine's budget is made of
  std::int64_t predicted_batch = 0;            ///< the largest planned, of:
  std::optional<ProcessPrediction> process{};  ///< nothing if the system does not tell
};
/// Throws UsageError if what --profile is given cannot be.
void check_profile_options(const Request& request);
/// Trains the largest of the batches for some steps on made-up inputs, and prints their profile.
void print_profile(const Request& request, const DryRun& run, const TrainingStep& training,
                   std::ostream& out);
/// As JSON, sizes in bytes.
[[nodiscard]] std::string to_json(const DryRun& run);

/// Number of trained elements.
[[nodiscard]] std::int64_t parameter_count(const Graph& g);

}  // namespace foregraph::cli
