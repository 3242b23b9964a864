// The system's text files: control groups, mounts, limits, memory and CPU quotas.
#include <foregraph/detail/base/system/machine_memory.hpp>
#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

constexpr char machine_separator = '\x1e';

/// A system whose files are links to files in memory, of which some share their content.
struct FuzzedMachine {
  FuzzedMachine() {
    const auto link = [&](const char* path, const MemoryFile& file) {
      std::filesystem::create_directories((root / path).parent_path());
      std::filesystem::create_symlink(file.path(), root / path);
    };
    link("proc/self/cgroup", files[0]);
    link("proc/self/mountinfo", files[1]);
    for (const char* group :
         {"sys/fs/cgroup/", "sys/fs/cgroup/app/", "sys/fs/cgroup/memory/", "sys/fs/cgroup/cpu/"}) {
      const std::string folder = group;
      for (const char* name :
           {"memory.max", "memory.limit_in_bytes", "cpu.max", "cpu.cfs_quota_us"})
        link((folder + name).c_str(), files[2]);
      for (const char* name :
           {"memory.high", "memory.current", "memory.usage_in_bytes", "cpu.cfs_period_us"})
        link((folder + name).c_str(), files[3]);
      link((folder + "memory.stat").c_str(), files[4]);
    }
    link("proc/self/limits", files[5]);
    link("proc/self/status", files[6]);
    link("proc/self/smaps_rollup", files[6]);
    link("proc/meminfo", files[7]);
  }
  std::filesystem::path root = scratch_folder() / "machine";
  std::array<MemoryFile, 8> files;
};

void run_machine(Input& input) {
  static FuzzedMachine machine;
  for (MemoryFile& file : machine.files) file.with(input.until(machine_separator));
  const MachineMemory memory = machine_memory({.root = machine.root.string()});
  require(!memory.budget || memory.budget->count >= 0, "a negative budget");
  for (const MemoryLimit& limit : memory.limits)
    require(limit.free().count >= 0, "a limit with less than nothing free");
  (void)describe(memory);
  const int cores = cores_of_quota(machine.root.c_str());
  require(cores >= 0 && cores <= max_threads, "cores out of range");
  if (const auto process = process_memory(machine.root.string()))
    require(process->resident.count >= 0, "a process with negative memory");
}

std::vector<std::string> machine_seeds() {
  const auto join = [](std::initializer_list<const char*> files) {
    std::string all;
    for (const char* file : files) all += std::string(file) + machine_separator;
    return all;
  };
  const char* const limits =
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max data size             unlimited            unlimited            bytes     \n"
      "Max address space         4000000000           unlimited            bytes     \n";
  const char* const status =
      "VmSize:\t  10000 kB\nVmHWM:\t 900 kB\nVmRSS:\t 800 kB\nVmData:\t 70 kB\nRssAnon:\t 300 kB\n"
      "Rss:  800 kB\nAnonymous: 300 kB\n";
  return {
      join({"0::/app\n", "35 31 0:32 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "150000 100000\n",
            "12345\n", "inactive_file 99\n", limits, status, "MemAvailable:   100000 kB\n"}),
      join({"4:cpu,memory:/app\n3:memory:/\n2:cpu:/app\n",
            "36 31 0:33 /app /sys/fs/cgroup/memory rw shared:1 - cgroup memory rw,memory\n"
            "37 31 0:34 / /sys/fs/cgroup/cpu rw - cgroup cpu rw,cpu\n",
            "1000000\n", "100000\n", "total_inactive_file 12\n", limits, status,
            "MemAvailable: 5 kB"}),
      join({"0::/\n", "", "max 100000\n", "max\n", "", "", "", ""}),
  };
}

const Registered machine_target({"machine", &run_machine, &machine_seeds});

}  // namespace
}  // namespace foregraph::fuzz
