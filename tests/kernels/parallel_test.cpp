// One pool for all programs: every chunk once, in any number of threads, from several callers at
// once, with failures, and after a fork.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <fstream>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace fg = foregraph;

namespace {

/// How often each index was visited; -1 if a chunk was cut in another way than promised. Boost.Test
/// is not for several threads at once, so chunks check nothing themselves.
std::vector<int> visits(int threads, std::int64_t count, std::int64_t chunk) {
  std::vector<int> seen(static_cast<std::size_t>(count), 0);
  const fg::UseThreads use(threads);
  fg::parallel_for(count, chunk, [&](std::int64_t begin, std::int64_t end) {
    const bool as_promised = begin % chunk == 0 && end == std::min(count, begin + chunk);
    for (std::int64_t i = begin; i < end; ++i)
      seen[static_cast<std::size_t>(i)] += as_promised ? 1 : -1;
  });
  return seen;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parallel, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(every_index_is_visited_once) {
  fg::reserve_threads(4);
  const unsigned seed = std::random_device{}();
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 3000; ++round) {
    const std::int64_t count = random() % 200;
    const std::int64_t chunk = 1 + random() % 40;
    const int threads = 1 + static_cast<int>(random() % 6);
    const std::vector<int> seen = visits(threads, count, chunk);
    for (const int times : seen) BOOST_REQUIRE_EQUAL(times, 1);
  }
  BOOST_TEST(fg::threads_here() == 1);
}

BOOST_AUTO_TEST_CASE(chunks_run_at_the_same_time_and_know_their_worker) {
  fg::reserve_threads(2);
  std::atomic<int> arrived{0};
  std::set<int> workers;
  std::set<void*> scratch;
  std::mutex mutex;
  fg::KernelCall call;
  int own = 0;
  call.workspace = &own;
  const fg::UseThreads use(2);
  std::array<std::byte, 128> of_others{};
  const fg::detail::LendWorkspaces lend({of_others.data(), 64});
  fg::parallel_for(2, 1, [&](std::int64_t, std::int64_t) {
    arrived.fetch_add(1);
    while (arrived.load() < 2) std::this_thread::yield();  // ends only if two threads are here
    const std::lock_guard lock(mutex);
    workers.insert(fg::worker_index());
    scratch.insert(fg::workspace_of(call));
    if (fg::worker_index() == 0 && fg::workspace_of(call) != &own) workers.insert(-1);
  });
  BOOST_TEST(workers.size() == 2U);
  BOOST_TEST(scratch.size() == 2U);
  BOOST_TEST(scratch.count(of_others.data()) == 1U);
  BOOST_TEST(fg::thread_pool_size().workers >= 1);
  BOOST_TEST(fg::worker_index() == 0);
}

BOOST_AUTO_TEST_CASE(no_loop_runs_on_a_thread_for_which_it_has_no_workspace) {
  fg::reserve_threads(8);
  std::vector<std::byte> memory(7 * 64);
  std::atomic<int> beyond{0};
  // Loops of many threads and of two in turn, so that threads of the first are late for the next.
  for (int round = 0; round < 4000; ++round) {
    const int threads = round % 2 == 0 ? 8 : 2;
    const fg::UseThreads use(threads);
    const fg::detail::LendWorkspaces lend({memory.data(), 64});
    const fg::KernelCall call;
    fg::parallel_for(16, 1, [&](std::int64_t, std::int64_t) {
      const int worker = fg::worker_index();
      if (worker >= threads) ++beyond;
      if (worker > 0 && fg::workspace_of(call) != memory.data() + 64 * (worker - 1)) ++beyond;
    });
  }
  BOOST_TEST(beyond == 0);
}

BOOST_AUTO_TEST_CASE(loops_within_loops_run_on_one_thread) {
  fg::reserve_threads(3);
  const fg::UseThreads use(3);
  std::atomic<int> sum{0};
  std::atomic<int> moved{0};
  fg::parallel_for(8, 1, [&](std::int64_t begin, std::int64_t) {
    const int worker = fg::worker_index();
    fg::parallel_for(5, 1, [&](std::int64_t inner, std::int64_t) {
      if (fg::worker_index() != worker || fg::threads_here() != 1) ++moved;
      sum += static_cast<int>(begin * 10 + inner);
    });
  });
  BOOST_TEST(moved == 0);
  BOOST_TEST(sum == 8 * 10 + 280 * 5);
}

BOOST_AUTO_TEST_CASE(the_failure_told_is_that_of_the_first_chunk) {
  fg::reserve_threads(3);
  for (int round = 0; round < 500; ++round) {
    const fg::UseThreads use(1 + round % 4);
    const auto fails = [&](std::int64_t begin, std::int64_t) {
      if (begin >= 7 && begin % 2 == 1) throw std::runtime_error(std::to_string(begin));
    };
    BOOST_CHECK_EXCEPTION(fg::parallel_for(40, 1, fails), std::runtime_error,
                          [](const auto& e) { return e.what() == std::string("7"); });
  }
  for (const int times : visits(3, 50, 1)) BOOST_TEST(times == 1);  // and the pool goes on
}

BOOST_AUTO_TEST_CASE(callers_on_several_threads_do_not_disturb_each_other) {
  fg::reserve_threads(3);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int c = 0; c < 4; ++c)
    callers.emplace_back([&] {
      for (int round = 0; round < 500; ++round)
        for (const int times : visits(3, 60, 7))
          if (times != 1) ++wrong;
    });
  for (std::thread& caller : callers) caller.join();
  BOOST_TEST(wrong == 0);
}

#if !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(a_child_process_works_on_its_own_thread) {
  fg::reserve_threads(3);
  (void)visits(3, 60, 7);
  const pid_t child = fork();
  if (child == 0) {
    bool right = fg::thread_pool_size().workers == 0;
    for (const int times : visits(3, 60, 7)) right = right && times == 1;
    _exit(right ? 0 : 1);
  }
  int status = 1;
  BOOST_REQUIRE(waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
}
#endif

BOOST_AUTO_TEST_CASE(training_gives_the_same_bits_on_any_number_of_threads) {
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 3}) {
    fg::Graph g;
    const fg::Model model = fg::models::w4_mlp(g);
    fg::Trainer trainer{g, model, fg::optim::adam(), {.threads = threads}};
    trainer.prepare(64);
    BOOST_TEST(trainer.program().threads() == threads);
    std::mt19937 random(3);
    for (float& v : trainer.input<float>("x")) v = static_cast<float>(random() % 1000) * 1e-3F;
    for (auto& v : trainer.input<std::int32_t>("label")) v = static_cast<int>(random() % 10);
    for (int step = 0; step < 3; ++step) trainer.step();
    const auto weight = trainer.variable<float>(
        fg::full_name(trainer.step_graph(), trainer.step_graph().variables.front().node));
    results.emplace_back(weight.begin(), weight.end());
  }
  BOOST_TEST((results[0] == results[1]));
  BOOST_TEST((results[0] == results[2]));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(number_of_threads)

BOOST_AUTO_TEST_CASE(the_variable_comes_before_the_cores) {
  BOOST_TEST(fg::choose_threads(nullptr, 4) == 4);
  BOOST_TEST(fg::choose_threads("", 0) == 1);
  BOOST_TEST(fg::choose_threads("3", 8) == 3);
  BOOST_TEST(fg::choose_threads("", 100'000) == fg::max_threads);
  for (const char* wrong : {"0", "-1", "257", "two", "2 ", "1.5"})
    BOOST_CHECK_EXCEPTION((void)fg::choose_threads(wrong, 2), fg::UsageError, [&](const auto& e) {
      return e.what() ==
             "FOREGRAPH_THREADS is '" + std::string(wrong) + "', expected a number from 1 to 256";
    });
  BOOST_TEST(fg::threads_for(5) == 5);
  BOOST_TEST(fg::threads_for(0) == fg::default_threads());
}

BOOST_AUTO_TEST_CASE(an_option_out_of_range_is_refused_before_anything_is_allocated) {
  fg::Graph g;
  const fg::Model model = fg::models::w1_logistic(g);
  for (const int wrong : {-1, 257})
    BOOST_CHECK_EXCEPTION((fg::Trainer{g, model, fg::optim::adam(), {.threads = wrong}}),
                          fg::UsageError, [&](const auto& e) {
                            return e.what() == "threads is " + std::to_string(wrong) +
                                                   ", expected 1 to 256, or 0 for all cores";
                          });
}

BOOST_AUTO_TEST_CASE(the_quota_of_control_groups_counts) {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / ("foregraph_quota_" + std::to_string(getpid()));
  const auto write = [&](const std::string& path, const std::string& text) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  };
  BOOST_TEST(fg::cores_of_quota(root.c_str()) == 0);
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/cpu.max", "max 100000\n");
  BOOST_TEST(fg::cores_of_quota(root.c_str()) == 0);
  write("sys/fs/cgroup/a/cpu.max", "350000 100000\n");
  BOOST_TEST(fg::cores_of_quota(root.c_str()) == 4);
  write("sys/fs/cgroup/a/b/cpu.max", "100000 100000\n");
  BOOST_TEST(fg::cores_of_quota(root.c_str()) == 1);
  write("proc/self/cgroup", "3:cpu,cpuacct:/c\n");
  write("sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu/c/cpu.cfs_period_us", "100000\n");
  BOOST_TEST(fg::cores_of_quota(root.c_str()) == 0);
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  BOOST_TEST(fg::cores_of_quota(root.c_str()) == 2);
  fs::remove_all(root);
}

BOOST_AUTO_TEST_SUITE_END()
