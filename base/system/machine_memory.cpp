#include <algorithm>
#include <cstdint>
#include <foregraph/detail/base/system/control_groups.hpp>
#include <foregraph/detail/base/system/machine_memory.hpp>
#include <foregraph/detail/base/system/proc_files.hpp>
#include <string_view>

namespace foregraph {
namespace {

using std::string_view;

/// Limit that no machine reaches: version 1 expresses "no limit" as the largest multiple of a page.
constexpr std::int64_t absurdly_much = std::int64_t{1} << 60;

/// Finds the limits below one root.
class Search {
 public:
  explicit Search(string_view root) : root_(root.substr(0, root.find_last_not_of('/') + 1)) {}

  std::vector<MemoryLimit> run() {
    for_each_control_group(root_, "memory", [this](const std::string& folder, bool version_1) {
      limits_of_group(folder, version_1);
    });
    resource_limits();
    if (const auto bytes = proc::bytes_of(file("/proc/meminfo"), "MemAvailable:"))
      add("MemAvailable of /proc/meminfo", bytes, Bytes{0});
    std::stable_sort(limits_.begin(), limits_.end(),
                     [](const auto& a, const auto& b) { return a.free() < b.free(); });
    return std::move(limits_);
  }

 private:
  [[nodiscard]] std::string file(const std::string& path) const { return proc::read(root_ + path); }

  void limits_of_group(const std::string& folder, bool version_1) {
    const auto usage =
        proc::number(file(folder + (version_1 ? "/memory.usage_in_bytes" : "/memory.current")));
    const auto reclaimable = proc::bytes_of(file(folder + "/memory.stat"),
                                            version_1 ? "total_inactive_file" : "inactive_file");
    std::optional<Bytes> in_use;
    if (usage) in_use = Bytes{std::max<std::int64_t>(0, *usage - reclaimable.value_or(0))};
    const auto limit = [&](const std::string& name) {
      add("cgroup " + folder + ' ' + name, proc::number(file(folder + '/' + name)), in_use);
    };
    if (version_1) {
      limit("memory.limit_in_bytes");
    } else {
      limit("memory.max");
      limit("memory.high");
    }
  }

  void resource_limits() {
    const std::string limits = file("/proc/self/limits");
    const std::string status = file("/proc/self/status");
    const auto limit = [&](const char* source, string_view name, string_view used) {
      for (string_view rest = limits, line; proc::next_line(rest, line);) {
        if (line.substr(0, name.size()) != name) continue;
        line.remove_prefix(name.size());
        string_view soft;
        if (!proc::next_word(line, soft)) return;  // "unlimited" is not a number
        std::optional<Bytes> in_use;
        if (const auto bytes = proc::bytes_of(status, used)) in_use = Bytes{*bytes};
        add(source, proc::number(soft), in_use);
        return;
      }
    };
    limit("RLIMIT_AS (ulimit -v)", "Max address space", "VmSize:");
    limit("RLIMIT_DATA (ulimit -d)", "Max data size", "VmData:");
  }

  void add(std::string source, std::optional<std::int64_t> limit, std::optional<Bytes> in_use) {
    if (!limit || *limit >= absurdly_much) return;
    limits_.push_back({std::move(source), {*limit}, in_use});
  }

  std::string root_;
  std::vector<MemoryLimit> limits_;
};

}  // namespace

Bytes MemoryLimit::free() const {
  return std::max(Bytes{0}, limit - in_use.value_or(Bytes{0}));
}

MachineMemory machine_memory(const MachineMemoryOptions& options) {
  MachineMemory memory;
  memory.limits = Search(options.root).run();
  if (memory.limits.empty()) return memory;
  const Bytes free = memory.limits.front().free();
  memory.margin = std::max(options.least_margin, {free.count / 100 * options.margin_percent});
  memory.budget = std::max(Bytes{0}, free - memory.margin);
  return memory;
}

std::string describe(const MachineMemory& memory) {
  if (memory.limits.empty()) return "no limit is known";
  const MemoryLimit& tightest = memory.limits.front();
  std::string text = tightest.source + ' ' + to_string(tightest.limit);
  if (!tightest.in_use)
    text += ", of which an unknown part is in use";
  else if (tightest.in_use->count > 0)
    text += ", " + to_string(*tightest.in_use) + " of it in use";
  return text + "; " + to_string(memory.margin) + " kept in reserve";
}

}  // namespace foregraph
