// Limits are read from made-up trees, so that the machine of the test does not matter.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <foregraph/detail/base/system/machine_memory.hpp>
#include <fstream>

using namespace foregraph;
using namespace foregraph::literals;

namespace {

/// A folder that plays the root of a machine, removed at the end.
class Tree {
 public:
  Tree() : root_(std::filesystem::temp_directory_path() / name()) {
    std::filesystem::create_directories(root_);
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() { std::filesystem::remove_all(root_); }

  Tree& with(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
    return *this;
  }
  [[nodiscard]] std::string root() const { return root_.string(); }
  [[nodiscard]] MachineMemory memory() const { return machine_memory({.root = root()}); }

 private:
  static std::string name() {
    static int count = 0;
    return "foregraph_machine_" + std::to_string(getpid()) + "_" + std::to_string(count++);
  }
  std::filesystem::path root_;
};

std::string mib(std::int64_t count) {
  return std::to_string(count << 20) + '\n';
}

/// A version 2 group /app with `max` as its memory.max; 100 MiB used, 40 of them reclaimable.
void put_app(Tree& tree, const std::string& max) {
  tree.with("proc/self/cgroup", "0::/app\n")
      .with("sys/fs/cgroup/app/memory.max", max)
      .with("sys/fs/cgroup/app/memory.current", mib(100))
      .with("sys/fs/cgroup/app/memory.stat", "anon 1\nactive_file 7\ninactive_file " + mib(40));
}

void check_tightest(const MachineMemory& memory, const std::string& source, Bytes free) {
  BOOST_REQUIRE(!memory.limits.empty());
  BOOST_TEST(memory.limits[0].source == source);
  BOOST_TEST(memory.limits[0].free().count == free.count);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_of_the_machine)

BOOST_AUTO_TEST_CASE(nothing_known_is_no_error) {
  const Tree tree;
  const MachineMemory memory = tree.memory();
  BOOST_TEST(memory.limits.empty());
  BOOST_TEST(!memory.budget);
  BOOST_TEST(describe(memory) == "no limit is known");
  BOOST_TEST(!machine_memory({.root = "/no/such/folder"}).budget);
}

BOOST_AUTO_TEST_CASE(a_group_of_version_2) {
  Tree tree;
  put_app(tree, mib(512));
  const MachineMemory memory = tree.memory();
  check_tightest(memory, "cgroup /sys/fs/cgroup/app memory.max", 452_MiB);
  BOOST_TEST(memory.margin.count == (452_MiB).count / 100 * 5);
  BOOST_TEST(memory.budget.value().count == (452_MiB - memory.margin).count);
  BOOST_TEST(describe(memory) ==
             "cgroup /sys/fs/cgroup/app memory.max 512 MiB, 60.0 MiB of it in use; 22.6 MiB kept "
             "in reserve");
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_no_limit) {
  for (const char* text : {"max\n", "", "\n", "-5\n", "1e9\n", "12 34\n", "\x01\x02", "0x10"}) {
    Tree tree;
    put_app(tree, text);
    BOOST_TEST(tree.memory().limits.empty(), "'" << text << "' was taken for a limit");
  }
}

BOOST_AUTO_TEST_CASE(numbers_no_machine_has_are_no_limit) {
  for (const char* text : {"9223372036854771712\n", "99999999999999999999999999\n"}) {
    Tree tree;
    put_app(tree, text);
    BOOST_TEST(tree.memory().limits.empty());
  }
}

BOOST_AUTO_TEST_CASE(odd_lines_of_groups_are_passed_over) {
  for (const char* text :
       {"0\n", "::", "garbage", "0::\n", "0::app/\n", "\n\n:::::\n", "7:cpu:/\n"}) {
    Tree tree;
    tree.with("proc/self/cgroup", text).with("proc/self/mountinfo", "1 2 3\n - \nx - cgroup2\n");
    BOOST_TEST(tree.memory().limits.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_limit_whose_use_is_unknown_counts_whole) {
  Tree tree;
  tree.with("proc/self/cgroup", "0::/app\n").with("sys/fs/cgroup/app/memory.max", mib(64));
  const MachineMemory memory = tree.memory();
  check_tightest(memory, "cgroup /sys/fs/cgroup/app memory.max", 64_MiB);
  BOOST_TEST(!memory.limits[0].in_use);
  BOOST_TEST(describe(memory) ==
             "cgroup /sys/fs/cgroup/app memory.max 64.0 MiB, of which an unknown part is in use; "
             "16.0 MiB kept in reserve");
}

BOOST_AUTO_TEST_CASE(the_tightest_of_nested_groups_counts) {
  Tree tree;
  tree.with("proc/self/cgroup", "0::/outer/inner\n")
      .with("sys/fs/cgroup/outer/inner/memory.max", mib(512))
      .with("sys/fs/cgroup/outer/inner/memory.current", mib(10))
      .with("sys/fs/cgroup/outer/memory.max", mib(256))
      .with("sys/fs/cgroup/outer/memory.current", mib(200));
  check_tightest(tree.memory(), "cgroup /sys/fs/cgroup/outer memory.max", 56_MiB);
  tree.with("sys/fs/cgroup/outer/inner/memory.high", mib(50));
  check_tightest(tree.memory(), "cgroup /sys/fs/cgroup/outer/inner memory.high", 40_MiB);
  tree.with("sys/fs/cgroup/memory.max", mib(30));  // as a container sees its own group
  check_tightest(tree.memory(), "cgroup /sys/fs/cgroup memory.max", 30_MiB);
  BOOST_TEST(tree.memory().limits.size() == 4U);
}

BOOST_AUTO_TEST_CASE(more_in_use_than_allowed_leaves_nothing) {
  Tree tree;
  put_app(tree, mib(20));
  check_tightest(tree.memory(), "cgroup /sys/fs/cgroup/app memory.max", 0_B);
  BOOST_TEST(tree.memory().budget.value().count == 0);
}

BOOST_AUTO_TEST_CASE(groups_of_version_1) {
  Tree tree;
  tree.with("proc/self/cgroup", "5:devices:/a/b\n4:cpu,memory:/a/b\n0::/\n")
      .with("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n")
      .with("sys/fs/cgroup/memory/a/b/memory.usage_in_bytes", mib(10))
      .with("sys/fs/cgroup/memory/a/memory.limit_in_bytes", mib(200))
      .with("sys/fs/cgroup/memory/a/memory.usage_in_bytes", mib(90))
      .with("sys/fs/cgroup/memory/a/memory.stat",
            "inactive_file 5\ntotal_inactive_file " + mib(30));
  const MachineMemory memory = tree.memory();
  check_tightest(memory, "cgroup /sys/fs/cgroup/memory/a memory.limit_in_bytes", 140_MiB);
  BOOST_TEST(memory.limits.size() == 1U);
}

BOOST_AUTO_TEST_CASE(groups_are_where_the_mounts_say) {
  Tree tree;
  // A container that sees its own group only, at another place than usual.
  tree.with("proc/self/cgroup", "4:memory:/box/17/job\n")
      .with("proc/self/mountinfo",
            "30 23 0:27 / /mnt/cpu rw shared:3 - cgroup cgroup rw,cpu\n"
            "35 31 0:32 /box/17 /mnt/memory rw,relatime shared:9 master:2 - cgroup cgroup "
            "rw,memory\n")
      .with("mnt/memory/job/memory.limit_in_bytes", mib(80))
      .with("mnt/memory/job/memory.usage_in_bytes", mib(1));
  check_tightest(tree.memory(), "cgroup /mnt/memory/job memory.limit_in_bytes", 79_MiB);
}

BOOST_AUTO_TEST_CASE(a_group_out_of_sight_is_that_of_the_mount) {
  Tree tree;
  tree.with("proc/self/cgroup", "0::/../other\n").with("sys/fs/cgroup/memory.max", mib(80));
  check_tightest(tree.memory(), "cgroup /sys/fs/cgroup memory.max", 80_MiB);
}

BOOST_AUTO_TEST_CASE(resource_limits_of_the_process) {
  Tree tree;
  tree.with("proc/self/limits",
            "Limit                     Soft Limit           Hard Limit           Units     \n"
            "Max data size             209715200            unlimited            bytes     \n"
            "Max address space         unlimited            unlimited            bytes     \n")
      .with("proc/self/status", "Name:\tx\nVmSize:\t  2048 kB\nVmData:\t  1024 kB\n");
  BOOST_TEST(tree.memory().limits.size() == 1U);
  check_tightest(tree.memory(), "RLIMIT_DATA (ulimit -d)", 199_MiB);
  tree.with("proc/self/limits", "Max address space   104857600   unlimited   bytes\n");
  check_tightest(tree.memory(), "RLIMIT_AS (ulimit -v)", 98_MiB);
}

BOOST_AUTO_TEST_CASE(available_memory_is_the_last_resort) {
  Tree tree;
  tree.with("proc/meminfo", "MemTotal:  999999 kB\nMemAvailable:  1048576 kB\n");
  check_tightest(tree.memory(), "MemAvailable of /proc/meminfo", 1_GiB);
  BOOST_TEST(describe(tree.memory()) ==
             "MemAvailable of /proc/meminfo 1.00 GiB; 51.2 MiB kept in reserve");
  for (const char* text : {"MemAvailable: many kB\n", "MemAvailable:\n", "MemAvailable: 4 MB\n",
                           "MemAvailable", "MemAvailable: 99999999999999999999 kB\n"})
    BOOST_TEST(tree.with("proc/meminfo", text).memory().limits.empty(), text);
}

BOOST_AUTO_TEST_CASE(the_margin_is_an_option) {
  Tree tree;
  tree.with("proc/meminfo", "MemAvailable:  102400 kB\n");
  BOOST_TEST(tree.memory().budget.value().count == (84_MiB).count);  // at least 16 MiB are left
  const MachineMemory half =
      machine_memory({.root = tree.root(), .margin_percent = 50, .least_margin = 1_MiB});
  BOOST_TEST(half.margin.count == (50_MiB).count);
  BOOST_TEST(half.budget.value().count == (50_MiB).count);
}

BOOST_AUTO_TEST_SUITE_END()
