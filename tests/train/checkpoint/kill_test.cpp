// A process that is killed while it writes a checkpoint over and over leaves one that is whole.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <random>

#include "support/folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Everything in it says `version`.
void write_version(const std::filesystem::path& path, std::int64_t version) {
  const std::vector<std::int64_t> numbers(20'000, version);
  CheckpointContent content;
  content.tensors = {{"t", i64, {20'000}, std::as_bytes(std::span(numbers))}};
  content.epoch = content.step = version;
  content.state = {{"version", exact_text(version)}};
  write_checkpoint(path, content);
}

[[noreturn]] void write_for_ever(const std::filesystem::path& path, std::int64_t version) {
  try {
    while (true) write_version(path, version++);
  } catch (...) {
    ::_exit(1);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(killed_writers)

BOOST_AUTO_TEST_CASE(the_file_is_one_of_the_versions_written) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::mt19937_64 random(seed);
  const Folder folder;
  const auto path = folder / "checkpoint.safetensors";
  write_version(path, 0);
  std::int64_t version = 0;
  int left_over = 0;
  for (int kill = 0; kill < 30; ++kill) {
    const pid_t child = ::fork();
    BOOST_TEST_REQUIRE(child >= 0);
    if (child == 0) write_for_ever(path, version + 1);
    // How far the writer comes decides where it is hit; what must hold holds anywhere.
    ::usleep(static_cast<useconds_t>(random() % 25'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST_REQUIRE(WIFSIGNALED(status));  // it has not ended by an error before

    left_over += static_cast<int>(folder.names().size()) - 1;
    const Checkpoint loaded(path);
    BOOST_TEST_REQUIRE(loaded.step() >= version);
    version = loaded.step();
    BOOST_TEST_REQUIRE(loaded.epoch() == version);
    BOOST_TEST_REQUIRE(loaded.integer("version") == version);
    const auto numbers = loaded.file().values<std::int64_t>("t");
    BOOST_TEST_REQUIRE(numbers.size() == 20'000U);
    BOOST_TEST_REQUIRE(
        std::all_of(numbers.begin(), numbers.end(), [&](std::int64_t n) { return n == version; }));
  }
  BOOST_TEST_MESSAGE(version << " versions, killed within a write at least " << left_over
                             << " times");
  write_version(path, version + 1);
  BOOST_TEST(folder.names().size() == 1U);  // what was left over is gone
}

BOOST_AUTO_TEST_SUITE_END()
