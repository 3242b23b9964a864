#include <chrono>
#include <cstdio>
#include <foregraph/detail/base/environment.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/random.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/compile/pass.hpp>
#include <foregraph/detail/graph/verify.hpp>
#include <string>

namespace foregraph::detail {
namespace {

#ifdef NDEBUG
constexpr bool verify_by_default = false;
#else
constexpr bool verify_by_default = true;
#endif

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::uint64_t fingerprint_of(const Graph& g) {
  std::uint64_t hash = 0;
  const auto mix = [&](std::uint64_t value) { hash = spread_bits(hash * 31 + value + 1); };
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& node = g.node(id);
    mix(reinterpret_cast<std::uintptr_t>(node.op));
    for (const NodeId input : g.inputs_of(id)) mix(static_cast<std::uint64_t>(input));
    for (const std::int64_t each : node.attributes.integers) mix(static_cast<std::uint64_t>(each));
  }
  for (const Update& u : g.updates) mix(static_cast<std::uint64_t>(u.value));
  for (const NodeId id : g.outputs) mix(static_cast<std::uint64_t>(id));
  mix(static_cast<std::uint64_t>(g.loss));
  return hash;
}

}  // namespace

PassRecord::PassRecord(std::string_view name, const Graph& before) : name_(name) {
  if (!passes_are_logged()) return;
  size_before_ = before.size();
  print_before_ = fingerprint_of(before);
  start_ns_ = now_ns();
}

void PassRecord::end(const Graph& after) const {
  if (start_ns_ != 0) {
    const double us = static_cast<double>(now_ns() - start_ns_) * 1e-3;
    const bool is_changed = fingerprint_of(after) != print_before_;
    const std::string line =
        std::string(name_) + std::string(name_.size() < 30 ? 30 - name_.size() : 1, ' ') +
        std::to_string(size_before_) + " -> " + std::to_string(after.size()) + " nodes, " +
        text::significant(us, 3) + " us" + (is_changed ? "" : ", unchanged");
    std::fprintf(stderr, "foregraph: pass %s\n", line.c_str());
  }
  if (after.first_fault || !environment_switch("FOREGRAPH_VERIFY", verify_by_default)) return;
  if (const std::string fault = first_inconsistency(after); !fault.empty())
    throw InternalError("after the pass '" + std::string(name_) + "' the graph is inconsistent: " +
                        fault + "; if the pass is not yours, please report it");
}

void log_title(std::string_view title) {
  if (passes_are_logged())
    std::fprintf(stderr, "foregraph: passes of the %.*s\n", static_cast<int>(title.size()),
                 title.data());
}

}  // namespace foregraph::detail
