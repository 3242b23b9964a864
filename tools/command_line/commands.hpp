#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/system/machine_memory.hpp>
#include <foregraph/detail/compile/remedies.hpp>
#include <foregraph/detail/diagnose/process_prediction.hpp>
#include <foregraph/detail/planner/batch_formula.hpp>
#include <foregraph/detail/planner/plan.hpp>
#include <foregraph/detail/tools/command_line.hpp>

#include "training_step.hpp"

namespace CLI {
class App;
}

/// The commands, given the options parsed by CLI11. They throw UsageError, BatchError, GraphError
/// and DataError.
namespace foregraph::cli {

/// Options for a model that is a file of ONNX, as the user gave them.
struct OnnxRequest {
  std::vector<std::string> dims{};    ///< "sequence=128"
  std::vector<std::string> inputs{};  ///< "sr=16000"
  std::string batch_axis{};
  bool as_exported = false;
  bool as_training = false;  ///< states the default explicitly
  std::string loss{};        ///< empty to choose by the output
  std::string output{};
  int class_axis = 0;
};

/// Options as the user gave them.
struct Request {
  std::string model;
  OnnxRequest onnx;
  std::string batches;
  std::string optimizer = "adam";
  std::string budget;            ///< a size, or "machine" or "auto"
  MachineMemoryOptions machine;  ///< where to look for the machine's limits
  std::string disk_speed;        ///< plan: bytes a second of a disk, "measured", or empty
  std::int64_t prefetch = 0;
  double extra_time = PlanOptions{}.extra_time;  ///< plan: share of the time for recomputation
  double search_seconds = 0;                     ///< plan: time to search for a better placement
  std::optional<std::string> svg;                ///< plan: files for the pictures
  std::optional<std::string> html;
  std::optional<std::string> compare;  ///< plan: what --html draws beside the plan
  bool profile = false;                ///< plan: run the step and print where its time goes
  std::int64_t steps = 20;
  int threads = 0;
  std::optional<std::string> trace;
  bool training = false;  ///< graph: the whole step instead of only the model
  bool details = false;
  bool json = false;
  bool dot = false;
  std::string file;    ///< pack: the buffers; check, fit: the data; import: the model
  std::string output;  ///< pack: file for the offsets, if not empty; fit: for the model
  double seconds = 10;
  // check:
  std::vector<std::string> without{};  ///< ids of findings to leave out
  std::string evaluation_file;
  std::string label;            ///< the target's column
  std::string delimiter = ",";  ///< between columns
  std::optional<std::uint64_t> shuffle;
  bool no_shuffle = false;  ///< states the default explicitly
  std::int64_t shuffle_buffer = 0;
  bool drop_tail = false;
  std::optional<double> learning_rate;
  // fit:
  std::int64_t epochs = 1;
  std::uint64_t seed = 0;
  std::string checkpoint;
  bool resume = false;
  // import:
  std::string cpp;
  std::string weights;
  std::string name;
};

/// Declares all commands and their options; CLI11 fills `request`.
void declare(CLI::App& app, Request& request);

ExitCode list_models(const std::vector<NamedModel>& models, std::ostream& out);
ExitCode plan(const Request& request, const std::vector<NamedModel>& models, std::ostream& out,
              std::ostream& err);
ExitCode graph(const Request& request, const std::vector<NamedModel>& models, std::ostream& out);
ExitCode pack(const Request& request, std::ostream& out);
ExitCode check(const Request& request, const std::vector<NamedModel>& models, std::ostream& out);
ExitCode fit(const Request& request, const std::vector<NamedModel>& models, std::ostream& out,
             std::ostream& err);
ExitCode import_model(const Request& request, std::ostream& out);

/// Builds the model in `g`. Any exception is the model's fault and becomes UsageError.
[[nodiscard]] Model build(const NamedModel& named, Graph& g);
/// Returns the model's training step. Throws UsageError if the model cannot be trained.
[[nodiscard]] TrainingStep step_of(const NamedModel& named, const std::string& optimizer);

/// The results printed by `plan`.
struct DryRun {
  const NamedModel& model;
  std::string optimizer;
  const Graph& step;            ///< as it is, before plan_step() chooses its form for a batch
  std::vector<Graph> graphs{};  ///< by plan, the form chosen for it
  std::vector<Plan> plans{};
  BatchFormula formula{};                    ///< for the last plan's order
  std::vector<Bytes> conventional_peaks{};   ///< by plan, with all gradients kept until the end
  std::vector<Bytes> peaks_with_all_kept{};  ///< by plan, without recomputation of cheap values
  std::optional<Bytes> budget{};
  std::int64_t largest_batch = 0;              ///< the largest that fits the budget
  std::vector<RemedyResults> answers{};        ///< for each plan over the budget, in order
  std::string budget_source{};                 ///< how the machine's budget was determined
  std::int64_t predicted_batch = 0;            ///< the largest planned batch, used for `process`
  std::optional<ProcessPrediction> process{};  ///< empty if the system does not report memory
  std::vector<std::string> notes{};            ///< how a file of ONNX was read

  /// Returns the graph of one of `plans`.
  [[nodiscard]] const Graph& graph_of(const Plan& plan) const {
    return graphs[static_cast<std::size_t>(&plan - plans.data())];
  }
};
/// Throws UsageError for invalid options of --profile.
void check_profile_options(const Request& request);
/// Runs some training steps of the largest batch on made-up inputs and prints their profile. If a
/// picture is asked for, measures the memory that a step touches, too. Returns it, see
/// PictureOptions::measured; nothing if the trainer ran another plan than that of the picture, as
/// it may to fit a budget.
[[nodiscard]] std::vector<std::int64_t> print_profile(const Request& request, const DryRun& run,
                                                      const TrainingStep& training,
                                                      std::ostream& out);
/// Returns the results as JSON, with sizes in bytes.
[[nodiscard]] std::string to_json(const DryRun& run);

/// Returns the number of trained elements.
[[nodiscard]] std::int64_t parameter_count(const Graph& g);

}  // namespace foregraph::cli
