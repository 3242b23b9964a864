#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// A rewrite of a graph into an equivalent one: a name for the log and a free function. Inputs,
/// variables and settings must be kept, in the same order.
///
///     constexpr fg::Pass no_dropout{"no dropout", [](const fg::Graph& g) { ... }};
struct Pass {
  /// The name in logs and messages.
  std::string_view name;
  /// Returns an equivalent graph.
  Graph (*run)(const Graph&) = nullptr;
};

namespace detail {

/// Logs and verifies one pass if the environment requests it; see apply_pass().
class FOREGRAPH_EXPORT PassRecord {
 public:
  PassRecord(std::string_view name, const Graph& before);
  PassRecord(const PassRecord&) = delete;
  PassRecord& operator=(const PassRecord&) = delete;
  ~PassRecord() = default;
  /// Throws InternalError if `after` is inconsistent.
  void end(const Graph& after) const;

 private:
  std::string_view name_;
  int size_before_ = 0;
  std::uint64_t print_before_ = 0;
  std::int64_t start_ns_ = 0;
};

template <class Run>
constexpr void run_pass(Graph& g, const Run& run) {
  if constexpr (std::is_void_v<std::invoke_result_t<const Run&, Graph&>>)
    run(g);
  else
    g = run(g);
}

template <class Run>
void run_recorded(Graph& g, std::string_view name, const Run& run) {
  const PassRecord record(name, g);
  run_pass(g, run);
  record.end(g);
}

/// Prints the title of a list of passes: "foregraph: passes of the training step".
FOREGRAPH_EXPORT void log_title(std::string_view title);

}  // namespace detail

/// Replaces `g` by `run(g)`, or lets `run` change it; does nothing if `g` has a fault. In the
/// program, FOREGRAPH_LOG=passes prints a line for each pass to standard error (name, nodes before
/// and after, time, "unchanged"), and FOREGRAPH_VERIFY=1, the default in debug builds, checks each
/// result with first_inconsistency(): InternalError names the pass. plan_memory() logs its steps in
/// the same list; FOREGRAPH_VERIFY=1 also validates its plans.
template <class Run>
constexpr void apply_pass(Graph& g, std::string_view name, const Run& run) {
  if (g.first_fault) return;
  if (std::is_constant_evaluated())
    detail::run_pass(g, run);
  else
    detail::run_recorded(g, name, run);
}

/// Prints the title of a list of passes if passes are logged.
constexpr void begin_passes(std::string_view title) {
  if (!std::is_constant_evaluated()) detail::log_title(title);
}

}  // namespace foregraph
