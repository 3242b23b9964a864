#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <filesystem>
#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/memory.hpp>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

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

BOOST_AUTO_TEST_SUITE_END()
