#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/system/machine_memory.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// A model that the command line knows by name.
struct NamedModel {
  std::string name;                    ///< the name after --model
  std::string description;             ///< one line for `models`
  std::function<Model(Graph&)> model;  ///< appends the model to a graph
};

/// Exit codes of the command line.
enum class ExitCode {
  fine = 0,
  internal_error = 1,  ///< a bug in this library
  wrong_usage = 2,     ///< unknown model or option, a batch below 1, an invalid model or file
  over_budget = 3,     ///< everything is printed, but a batch exceeds the budget
  findings = 4,        ///< check: the report has errors or warnings; fit: a loss is not finite
  refused = 5          ///< the system refuses memory, a thread or room for the output
};

/// Runs the `foregraph` command on your own models, by one call in main():
///
///     int main(int argc, char** argv) {
///       return fg::command_line(argc, argv, {{"mine", "what it is", my_model}});
///     }
///
///     models
///     plan --model NAME|FILE.onnx --batch 1,32 [--optimizer adam] [--budget 64MiB|machine]
///          [--prefetch N] [--search SECONDS] [--details] [--json] [--svg FILE] [--html FILE]
///          [--threads N] [--profile [--profile-steps N] [--profile-trace FILE]] [ONNX]
///     graph --model NAME|FILE.onnx [--optimizer adam] [--dot] [ONNX]
///     pack FILE.csv [--seconds S] [--output FILE] [--json]
///     check --model NAME|FILE.onnx --data FILE.csv|.npz [--evaluation FILE] [--label COLUMN]
///           [--delimiter LETTER] [--batch N] [--drop-tail]
///           [--shuffle SEED | --shuffle-buffer N | --no-shuffle] [--prefetch N]
///           [--optimizer adam] [--learning-rate RATE] [--budget SIZE] [--without ID] [--json]
///           [ONNX]
///     fit --model NAME|FILE.onnx --data FILE.csv|.npz --output FILE [--evaluation FILE]
///         [--label COLUMN] [--delimiter LETTER] [--epochs N] [--batch N] [--optimizer adam]
///         [--learning-rate RATE] [--seed N] [--checkpoint FILE [--resume]] [--budget SIZE]
///         [--threads N] [--json] [ONNX]
///     import FILE.onnx --cpp FILE.hpp [--weights FILE.safetensors] [--name NAME] [ONNX]
///
/// where ONNX stands for the options of a file: [--loss LOSS] [--output-name NAME] [--class-axis N]
/// [--dim NAME=SIZE]... [--input NAME=VALUE]... [--batch-axis NAME] [--as-exported].
///
/// Only plans: the model's memory is never allocated, except by `plan --profile`, which runs
/// training steps, by `check`, which reports problems that would make training on the data
/// fail; see preflight(), and by `fit`, which trains. `import` writes a model function in C++; see
/// onnx::to_cpp(). `pack` places the buffers of any program, given as lines
/// `id,lower,upper,size`, with search_constrained_placement(). Returns an ExitCode; results go to
/// stdout, messages to stderr. Never throws. Output that cannot be written (full disk, closed
/// stdout) is an error, ExitCode::refused, but a reader that has exited (`| head`) is not reported.
/// If stdin, stdout or stderr is closed, /dev/null is opened in its place so that no other file
/// gets its number.
FOREGRAPH_EXPORT int command_line(int argc, const char* const* argv,
                                  const std::vector<NamedModel>& models);
/// Runs the command with other streams, and for a machine other than this one. Flushes `out`.
FOREGRAPH_EXPORT int command_line(int argc, const char* const* argv,
                                  const std::vector<NamedModel>& models, std::ostream& out,
                                  std::ostream& err, const MachineMemoryOptions& machine = {});

}  // namespace foregraph
