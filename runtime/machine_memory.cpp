#include <algorithm>
#include <cstdint>
#include <foregraph/runtime/machine_memory.hpp>
#include <foregraph/runtime/proc_files.hpp>
#include <string_view>

namespace foregraph {
namespace {

using std::string_view;

/// What no machine has: version 1 says "no limit" by the largest multiple of a page.
constexpr std::int64_t absurdly_much = std::int64_t{1} << 60;

/// Finds the limits below one root.
class Search {
 public:
  explicit Search(string_view root) : root_(root.substr(0, root.find_last_not_of('/') + 1)) {}

  std::vector<MemoryLimit> run() {
    const std::string groups = file("/proc/self/cgroup");
    for (string_view rest = groups, line; proc::next_line(rest, line);) {
      // "0::/app" is version 2; "4:cpu,memory:/app" version 1.
      const std::size_t first = line.find(':');
      const std::size_t second = line.find(':', first + 1);
      if (first == string_view::npos || second == string_view::npos) continue;
      const string_view controllers = line.substr(first + 1, second - first - 1);
      const string_view path = line.substr(second + 1);
      if (line.substr(0, first) == "0" && controllers.empty())
        walk(group_of(path, "cgroup2", {}, "/sys/fs/cgroup"), false);
      else if (has_word(controllers, "memory"))
        walk(group_of(path, "cgroup", "memory", "/sys/fs/cgroup/memory"), true);
    }
    resource_limits();
    if (const auto bytes = proc::bytes_of(file("/proc/meminfo"), "MemAvailable:"))
      add("MemAvailable of /proc/meminfo", bytes, Bytes{0});
    std::stable_sort(limits_.begin(), limits_.end(),
                     [](const auto& a, const auto& b) { return a.free() < b.free(); });
    return std::move(limits_);
  }

 private:
  /// A group: its file system's folder, and the path in that, "" or "/a/b".
  struct Group {
    std::string mount;
    std::string path;
  };

  [[nodiscard]] std::string file(const std::string& path) const { return proc::read(root_ + path); }

  static bool has_word(string_view list, string_view word) {  // of "cpu,memory"
    while (!list.empty()) {
      const std::size_t comma = list.find(',');
      if (list.substr(0, comma) == word) return true;
      list.remove_prefix(comma == string_view::npos ? list.size() : comma + 1);
    }
    return false;
  }

  /// Where the group `path` is to be seen. In a container the part of the path above the
  /// container's own group may be out of sight; /proc/self/mountinfo tells which it is.
  [[nodiscard]] Group group_of(string_view path, string_view type, string_view controller,
                               const char* usual_mount) const {
    Group group{usual_mount, std::string(path)};
    const std::string mounts = file("/proc/self/mountinfo");
    for (string_view rest = mounts, line; proc::next_line(rest, line);) {
      // "35 31 0:32 ROOT MOUNT options optional... - TYPE source super,options"
      string_view word, root, mount, found_type, options;
      for (int i = 0; i < 3; ++i) (void)proc::next_word(line, word);
      if (!proc::next_word(line, root) || !proc::next_word(line, mount)) continue;
      while (proc::next_word(line, word) && word != "-") {
      }
      if (!proc::next_word(line, found_type) || found_type != type) continue;
      if (!proc::next_word(line, word)) continue;
      (void)proc::next_word(line, options);
      if (!controller.empty() && !has_word(options, controller)) continue;
      group.mount = mount;
      if (root != "/" && path.substr(0, root.size()) == root &&
          (path.size() == root.size() || path[root.size()] == '/'))
        group.path = path.substr(root.size());
      break;
    }
    if (group.path == "/" || group.path.find("/..") != std::string::npos) group.path.clear();
    return group;
  }

  /// The group and all above it: each limits what is below it.
  void walk(Group group, bool version_1) {
    for (;;) {
      const std::string folder = group.mount + group.path;
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
      if (group.path.empty()) return;
      group.path.erase(group.path.rfind('/') == std::string::npos ? 0 : group.path.rfind('/'));
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
        if (!proc::next_word(line, soft)) return;  // "unlimited" is no number
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
  return text + "; " + to_string(memory.margin) + " are left as margin";
}

}  // namespace foregraph
