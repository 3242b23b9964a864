#include <algorithm>
#include <cmath>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/profile/profile.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <map>

namespace foregraph {
namespace {

/// Formats a duration: "449 ns", "12.3 us", "1.66 ms", "2.5 s".
std::string duration(double seconds) {
  if (seconds < 1e-6) return text::fixed(seconds * 1e9, 0) + " ns";
  if (seconds < 1e-3) return text::significant(seconds * 1e6, 3) + " us";
  if (seconds < 1) return text::significant(seconds * 1e3, 3) + " ms";
  return text::significant(seconds, 3) + " s";
}

std::string rate(double amount, double seconds) {
  return seconds > 0 && amount > 0 ? text::fixed(amount / seconds * 1e-9, 1) : "";
}

std::vector<std::string> row_of(const ProfiledInstruction& each, double all,
                                const std::string& calls, const std::string& name) {
  return {duration(each.seconds),
          text::percent(each.share_of(all)),
          with_separators(each.flops),
          rate(static_cast<double>(each.flops), each.seconds),
          to_string(Bytes{each.bytes}),
          rate(static_cast<double>(each.bytes), each.seconds),
          calls,
          each.op,
          name};
}

/// Shortens a cell so that the columns stay aligned.
std::string shortened(std::string text) {
  constexpr std::size_t most = 44;
  if (text.size() > most) text = text.substr(0, most - 3) + "...";
  return text;
}

}  // namespace

std::string to_table(const Profile& profile, std::size_t rows) {
  double sum = 0;
  std::int64_t flops = 0;
  std::map<std::string, std::pair<ProfiledInstruction, std::int64_t>> by_op;
  for (const ProfiledInstruction& each : profile.instructions) {
    sum += each.seconds;
    flops += each.flops;
    auto& [all, calls] = by_op[each.op];
    all.op = shortened(each.op);
    all.flops += each.flops;
    all.bytes += each.bytes;
    all.seconds += each.seconds;
    ++calls;
  }
  std::string text = "profile of " + with_separators(profile.steps) + " steps of " +
                     with_separators(profile.batch) + " samples: median " +
                     duration(profile.step_seconds) + ", longest " +
                     duration(profile.longest_step) + ", " +
                     rate(static_cast<double>(flops), profile.step_seconds) + " GFLOP/s; " +
                     profile.kernels + '\n';
  if (!profile.touched_bytes.empty())
    text +=
        "transient memory touched by a step: " + to_string(Bytes{profile.touched_bytes.back()}) +
        '\n';
  std::vector<ProfiledInstruction> slowest = profile.instructions;
  std::stable_sort(slowest.begin(), slowest.end(),
                   [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
  if (slowest.size() > rows) slowest.resize(rows);
  const std::vector<std::string> heads{"time", "share", "FLOPs", "GFLOP/s", "bytes", "GB/s"};
  std::vector<std::vector<std::string>> table{heads};
  table.front().insert(table.front().end(), {"", "op", "node"});
  for (ProfiledInstruction& each : slowest) {
    each.op = shortened(each.op);
    table.push_back(row_of(each, sum, "", shortened(each.name)));
  }
  text += "\nslowest " + with_separators(static_cast<std::int64_t>(slowest.size())) + " of " +
          with_separators(static_cast<std::int64_t>(profile.instructions.size())) +
          " kernel calls\n" + aligned_columns(table, "rrrrrrrll");

  std::vector<std::pair<ProfiledInstruction, std::int64_t>> ops;
  for (const auto& [name, each] : by_op) ops.push_back(each);
  std::stable_sort(ops.begin(), ops.end(),
                   [](const auto& a, const auto& b) { return a.first.seconds > b.first.seconds; });
  if (ops.size() > rows) ops.resize(rows);
  table = {heads};
  table.front().insert(table.front().end(), {"calls", "op", ""});
  for (const auto& [each, calls] : ops)
    table.push_back(row_of(each, sum, with_separators(calls), ""));
  return text + "\nby op\n" + aligned_columns(table, "rrrrrrrll");
}

}  // namespace foregraph
