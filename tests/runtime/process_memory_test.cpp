#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <filesystem>
#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/detail/diagnose/process_prediction.hpp>
#include <foregraph/detail/kernels/gemm/blas_buffers.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <fstream>

#include "support/sanitized.hpp"

using namespace foregraph;
using namespace foregraph::literals;

namespace {

/// What process_memory() makes of these files; no file where the text is null.
std::optional<ProcessMemory> read_from(const char* status, const char* rollup) {
  const auto root =
      std::filesystem::temp_directory_path() / ("foregraph_process_" + std::to_string(getpid()));
  std::filesystem::create_directories(root / "proc/self");
  if (status != nullptr) std::ofstream(root / "proc/self/status") << status;
  if (rollup != nullptr) std::ofstream(root / "proc/self/smaps_rollup") << rollup;
  const auto memory = process_memory(root.string());
  std::filesystem::remove_all(root);
  return memory;
}

constexpr const char* status_of_a_process =
    "Name:\tx\nVmHWM:\t  200 kB\nVmRSS:\t  100 kB\nRssAnon:\t  30 kB\nRssFile:\t  70 kB\n";

Step planned(std::int64_t batch_size) {
  return compile(models::w4_mlp, sgd(0.1), batch_size);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_of_the_process)

BOOST_AUTO_TEST_CASE(from_status_alone) {
  const auto memory = read_from(status_of_a_process, nullptr);
  BOOST_REQUIRE(memory);
  BOOST_TEST(memory->peak.count == 200 << 10);
  BOOST_TEST(memory->resident.count == 100 << 10);
  BOOST_TEST(memory->anonymous.count == 30 << 10);
  BOOST_TEST(memory->mapped.count == 70 << 10);
}

BOOST_AUTO_TEST_CASE(exact_numbers_come_first) {
  const auto memory =
      read_from(status_of_a_process, "0-7f [rollup]\nRss:  300 kB\nAnonymous:  40 kB\n");
  BOOST_REQUIRE(memory);
  BOOST_TEST(memory->peak.count == 300 << 10);  // never below what there is now
  BOOST_TEST(memory->anonymous.count == 40 << 10);
  BOOST_TEST(memory->mapped.count == 260 << 10);
}

BOOST_AUTO_TEST_CASE(what_is_missing_or_odd_is_unknown) {
  BOOST_TEST(!read_from(nullptr, nullptr));
  BOOST_TEST(!read_from("", "Rss: 1 kB\nAnonymous: 1 kB\n"));
  BOOST_TEST(!read_from("VmHWM: 1 kB\nVmRSS: 1 kB\n", nullptr));
  BOOST_TEST(!read_from("VmHWM: x kB\nVmRSS: 1 kB\nRssAnon: 1 kB\n", nullptr));
  BOOST_TEST(read_from(status_of_a_process, "Rss: x\nAnonymous: 1 kB\n")->resident.count ==
             100 << 10);
}

BOOST_AUTO_TEST_CASE(memory_that_is_written_is_seen) {
  const auto before = process_memory();
  if (!before) return;
  constexpr std::size_t size = 32 << 20;
  const auto memory = std::make_unique<unsigned char[]>(size);
  std::memset(memory.get(), 1, size);
  const auto after = process_memory();
  BOOST_TEST((after->anonymous - before->anonymous).count > (31_MiB).count);
  BOOST_TEST(after->peak.count >= after->resident.count);
  BOOST_TEST(after->resident.count == (after->anonymous + after->mapped).count);
}

BOOST_AUTO_TEST_CASE(a_prediction_adds_up) {
  const Step p = planned(64);
  const auto all = predicted_process_peak(p.graph, p.plan);
  if (!all) return;  // no /proc
  BOOST_TEST(all->plan.count == p.plan.peak().count);
  BOOST_TEST(
      all->beyond_the_plan().count ==
      (all->code_and_libraries + all->blas_buffers + all->graph_and_program + all->rest).count);
  BOOST_TEST(all->code_and_libraries.count > (1_MiB).count);
  BOOST_TEST(all->peak().count >= (all->plan + all->beyond_the_plan()).count);
  BOOST_TEST(all->peak().count >= all->peak_so_far.count);
  const std::string text = describe_beyond_the_plan(*all);
  for (const char* part : {" in this process (code and libraries ", ", BLAS buffers ",
                           ", graph and program ", ", heap and stacks ", "; measured)"})
    BOOST_TEST(text.find(part) != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(what_is_held_already_counts_once) {
  const Step p = planned(64);
  // From the second call on BLAS and the code are ready, so that the rest is what differs; and what
  // a call leaves behind, as AddressSanitizer keeps freed memory for a while.
  (void)predicted_process_peak(p.graph, p.plan);
  const auto whole = predicted_process_peak(p.graph, p.plan);
  const auto after_whole = process_memory();
  if (!whole || !after_whole) return;
  const auto part = predicted_process_peak(p.graph, p.plan, 100_KiB);
  const Bytes left_behind = process_memory()->anonymous - after_whole->anonymous;
  BOOST_TEST(std::abs((whole->rest - part->rest + left_behind - 100_KiB).count) < (512_KiB).count);
}

BOOST_AUTO_TEST_CASE(the_buffers_of_blas_are_bounded) {
  const MatrixProduct huge{f32, std::int64_t{1} << 40, std::int64_t{1} << 40,
                           std::int64_t{1} << 40};
  warm_up_blas(std::vector<MatrixProduct>{huge});
  const Bytes once = blas_buffer_bytes();
  BOOST_TEST(once.count < (16_MiB).count);
  warm_up_blas(std::vector<MatrixProduct>{huge, {f32, 100, 100, 100}});
  BOOST_TEST(blas_buffer_bytes().count == once.count);
}

BOOST_AUTO_TEST_CASE(a_smaller_batch_gives_memory_back) {
  if (foregraph::test::is_sanitized || !process_memory()) return;
  Trainer<models::w5_lenet> trainer{adam()};
  for (const std::int64_t batch_size : {1, 64, 8, 64}) trainer.prepare(batch_size);
  const Bytes large = process_memory()->anonymous;
  const Bytes large_held = trainer.allocated();
  trainer.prepare(1);
  const Bytes given_back = large - process_memory()->anonymous;
  BOOST_TEST(given_back.count > (large_held - trainer.allocated() - 256_KiB).count);
}

BOOST_AUTO_TEST_SUITE_END()
