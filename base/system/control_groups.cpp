#include <cstddef>
#include <foregraph/detail/base/system/control_groups.hpp>
#include <foregraph/detail/base/system/proc_files.hpp>

namespace foregraph {
namespace {

using std::string_view;

/// A control group: the mount folder of its file system, and its path there, "" or "/a/b".
struct Group {
  std::string mount;
  std::string path;
};

bool has_word(string_view list, string_view word) {  // list: "cpu,memory"
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (list.substr(0, comma) == word) return true;
    list.remove_prefix(comma == string_view::npos ? list.size() : comma + 1);
  }
  return false;
}

/// Returns the visible location of the group `path`. In a container the part of the path above the
/// container's group may not be visible; `mounts`, /proc/self/mountinfo, tells which part it is.
Group group_of(string_view mounts, string_view path, string_view type, string_view controller,
               std::string usual_mount) {
  Group group{std::move(usual_mount), std::string(path)};
  for (string_view line; proc::next_line(mounts, line);) {
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

}  // namespace

void for_each_control_group(const std::string& root, string_view controller,
                            const std::function<void(const std::string&, bool)>& visit) {
  const std::string groups = proc::read(root + "/proc/self/cgroup");
  const std::string mounts = proc::read(root + "/proc/self/mountinfo");
  const std::string usual = "/sys/fs/cgroup";
  for (string_view rest = groups, line; proc::next_line(rest, line);) {
    // "0::/app" is version 2; "4:cpu,memory:/app" version 1.
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == string_view::npos || second == string_view::npos) continue;
    const string_view controllers = line.substr(first + 1, second - first - 1);
    const string_view path = line.substr(second + 1);
    const bool version_1 = !(line.substr(0, first) == "0" && controllers.empty());
    if (version_1 && !has_word(controllers, controller)) continue;
    Group group = version_1 ? group_of(mounts, path, "cgroup", controller,
                                       usual + "/" + std::string(controller))
                            : group_of(mounts, path, "cgroup2", {}, usual);
    for (;;) {  // the group and all above it: each limits what is below it
      visit(group.mount + group.path, version_1);
      if (group.path.empty()) break;
      group.path.erase(group.path.rfind('/') == std::string::npos ? 0 : group.path.rfind('/'));
    }
  }
}

}  // namespace foregraph
