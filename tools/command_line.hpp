#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include <foregraph/detail/base/system/machine_memory.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// A model the command line knows by name.
struct NamedModel {
  std::string name;
  std::string description;
  std::function<Model(Graph&)> model;
};

/// Exit codes of the command line.
enum class ExitCode {
  fine = 0,
  internal_error = 1,  ///< a bug of ours
  wrong_usage = 2,     ///< unknown model or option, a batch below 1, a wrong model or file
  over_budget = 3,     ///< everything is printed, but a batch does not fit the budget
  findings = 4,        ///< check: the report has errors or warnings
  refused = 5          ///< the system refuses room for the output, memory or a thread
};

/// The `foregraph` command for models of one's own, by one call in main():
///
///     int main(int argc, char** argv) {
///       return fg::command_line(argc, argv, {{"mine", "what it is", my_model}});
///     }
///
///     models
///     plan --model NAME --batch 1,32 [--optimizer adam] [--budget 64MiB|machine]
///          [--prefetch N] [--search SECONDS] [--details] [--json] [--svg FILE] [--html FILE]
///     graph --model NAME [--optimizer adam] [--dot]
///     pack FILE.csv [--seconds S] [--output FILE] [--json]
///     check --model NAME --data FILE.csv [--evaluation FILE.csv] [--label COLUMN]
///           [--delimiter LETTER] [--batch N] [--drop-tail] [--shuffle SEED | --shuffle-buffer N]
///           [--prefetch N] [--optimizer adam]
///           [--learning-rate RATE] [--budget SIZE] [--json]
///
/// It plans only: the model's memory is never allocated, but by `check`, which reports what would
/// make training on the data fail, see preflight(). `pack` places the buffers of any program,
/// given as lines `id,lower,upper,size`, by search_placement(). Returns an ExitCode; results go to
/// stdout, messages to stderr. Throws nothing. Output that cannot be written (a full disk, a closed
/// stdout) is an error, ExitCode::refused; of a reader that has gone away (`| head`) nothing is
/// said. Where stdin, stdout or stderr is closed it opens /dev/null in its place, so that no other
/// file takes its number.
int command_line(int argc, const char* const* argv, const std::vector<NamedModel>& models);
/// The same with other streams, and for another machine than this one. Flushes `out`.
int command_line(int argc, const char* const* argv, const std::vector<NamedModel>& models,
                 std::ostream& out, std::ostream& err, const MachineMemoryOptions& machine = {});

}  // namespace foregraph
