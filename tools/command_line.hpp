#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include <foregraph/graph/graph.hpp>

namespace foregraph {

/// A model the command line knows by name.
struct NamedModel {
  std::string name;
  std::string description;
  std::function<Model(Graph&)> model;
};

/// Exit codes of the command line.
enum class ExitCode { fine = 0, internal_error = 1, wrong_usage = 2, over_budget = 3 };

/// The `foregraph` command for models of one's own, in one line of main():
///
///     return fg::command_line(argc, argv, {{"mine", "what it is", my_model}});
///
///     plan --model NAME --batch 1,32 [--optimizer adam] [--budget 64MiB] [--prefetch N] [--json]
///     graph --model NAME [--optimizer adam] [--dot]
///     models
///
/// Plans only: the model's memory is never allocated. Returns the exit code; messages go to stderr.
int command_line(int argc, const char* const* argv, const std::vector<NamedModel>& models);
/// The same with other streams.
int command_line(int argc, const char* const* argv, const std::vector<NamedModel>& models,
                 std::ostream& out, std::ostream& err);

}  // namespace foregraph
