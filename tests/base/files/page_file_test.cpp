#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/page_file.hpp>
#include <string>
#include <vector>

#include "support/file_size_limit.hpp"
#include "support/temporary_folder.hpp"

using namespace foregraph;

BOOST_AUTO_TEST_SUITE(page_file)

namespace {

constexpr std::int64_t block = 100'000;
constexpr std::size_t blocks = 8;

std::vector<std::byte> content(std::size_t number) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(block));
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>((i * 7 + number) & 255U);
  return bytes;
}
std::int64_t offset_of(std::size_t number) {
  return static_cast<std::int64_t>(number) * block;
}

/// Takes root's rights in files from the process during its lifetime.
class WithoutRights {
 public:
  WithoutRights() { is_root_ = ::geteuid() == 0 && ::seteuid(65534) == 0; }
  WithoutRights(const WithoutRights&) = delete;
  WithoutRights& operator=(const WithoutRights&) = delete;
  ~WithoutRights() {
    if (is_root_) (void)!::seteuid(0);
  }

 private:
  bool is_root_ = false;
};

/// Returns the links in /proc to the nameless files that the process has open in `folder`.
std::vector<std::filesystem::path> nameless_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code closed;
    const std::string target = std::filesystem::read_symlink(each.path(), closed).string();
    if (closed || !target.starts_with(folder.string()) || !target.ends_with("(deleted)")) continue;
    found.push_back(each.path());
  }
  return found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(values_come_back_as_they_left) {
  const test::TemporaryFolder folder;
  PageFile file(folder / "", static_cast<std::int64_t>(blocks) * block, 2 * blocks);
  BOOST_TEST(std::filesystem::is_empty(folder / ""));  // it has no name
  for (int step = 0; step < 2; ++step) {
    std::vector<std::vector<std::byte>> sources;
    std::vector<std::vector<std::byte>> targets(blocks, std::vector<std::byte>(block));
    for (std::size_t i = 0; i < blocks; ++i) sources.push_back(content(i + 100 * step));
    for (std::size_t i = 0; i < blocks; ++i)
      file.begin_write(i, sources[i].data(), block, offset_of(i));
    for (std::size_t i = 0; i < blocks; ++i) file.wait(i);
    for (std::size_t i = blocks; i-- > 0;)
      file.begin_read(blocks + i, targets[i].data(), block, offset_of(i));
    for (std::size_t i = 0; i < blocks; ++i) {
      file.wait(blocks + i);
      BOOST_TEST((targets[i] == sources[i]));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_folder_that_refuses_the_file_is_named) {
  const test::TemporaryFolder folder;
  const std::filesystem::path missing = folder / "missing";
  BOOST_CHECK_EXCEPTION(PageFile(missing, block, 1), FileError, [&](const FileError& error) {
    return error.error_number() == ENOENT &&
           error.what() == "cannot create a file for paging in '" + missing.string() +
                               "': No such file or directory; name a folder with enough free " +
                               "space in PagingOptions::folder";
  });
}

BOOST_AUTO_TEST_CASE(a_folder_without_rights_is_named) {
  const test::TemporaryFolder folder;
  std::filesystem::permissions(
      folder / "", std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const WithoutRights scope;
  BOOST_CHECK_EXCEPTION(PageFile(folder / "", block, 1), FileError, [&](const FileError& error) {
    return error.error_number() == EACCES &&
           std::string(error.what()).find("cannot create a file for paging in '") == 0;
  });
}

BOOST_AUTO_TEST_CASE(files_in_memory_are_avoided_unless_their_folder_is_named) {
  const std::filesystem::path in_memory = "/dev/shm/";
  struct statfs status {};
  if (::statfs(in_memory.c_str(), &status) != 0 || status.f_type != TMPFS_MAGIC) {
    BOOST_TEST_MESSAGE("skipped: " << in_memory << " is not in memory");
    return;
  }
  const char* const set = std::getenv("TMPDIR");
  const std::string before = set != nullptr ? set : "";
  ::setenv("TMPDIR", in_memory.c_str(), 1);
  {
    const PageFile file({}, block, 1);
    BOOST_TEST(nameless_files(in_memory).empty());
    BOOST_TEST(nameless_files("/var/tmp/").size() == 1U);
  }
  {
    const PageFile file(in_memory, block, 1);
    BOOST_TEST(nameless_files(in_memory).size() == 1U);
  }
  set != nullptr ? ::setenv("TMPDIR", before.c_str(), 1) : ::unsetenv("TMPDIR");
}

BOOST_AUTO_TEST_CASE(two_files_in_one_folder_are_apart) {
  const test::TemporaryFolder folder;
  PageFile one(folder / "", block, 2);
  PageFile other(folder / "", block, 2);
  const std::vector<std::byte> ones = content(1);
  const std::vector<std::byte> others = content(2);
  one.begin_write(0, ones.data(), block, 0);
  other.begin_write(0, others.data(), block, 0);
  std::vector<std::byte> back(ones.size());
  one.begin_read(1, back.data(), block, 0);
  one.wait(1);
  BOOST_TEST((back == ones));
  other.begin_read(1, back.data(), block, 0);
  other.wait(1);
  BOOST_TEST((back == others));
}

BOOST_AUTO_TEST_CASE(a_truncated_file_is_told_with_the_bytes_that_are_left) {
  const test::TemporaryFolder folder;
  PageFile file(folder / "", block, 2);
  const std::vector<std::byte> source = content(1);
  file.begin_write(0, source.data(), block, 0);
  file.wait(0);
  const auto files = nameless_files(folder / "");
  BOOST_TEST_REQUIRE(files.size() == 1U);
  std::filesystem::resize_file(files[0], 51200);
  std::vector<std::byte> target(source.size());
  file.begin_read(1, target.data(), block, 0);
  BOOST_CHECK_EXCEPTION(file.wait(1), FileError, [](const FileError& error) {
    const std::string text = error.what();
    return error.error_number() == EIO &&
           text.find("cannot read 97.7 KiB of a paged value in '") == 0 &&
           text.find("the page file has only 50.0 KiB of it, so something has truncated it") !=
               std::string::npos &&
           text.find("PagingOptions::folder") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(space_that_the_disk_refuses_is_told_before_the_first_step) {
  const test::TemporaryFolder folder;
  const test::FileSizeLimit limit(1 << 20);
  BOOST_CHECK_EXCEPTION(PageFile(folder / "", 8 << 20, 1), FileError, [&](const FileError& error) {
    const std::string text = error.what();
    return error.error_number() == EFBIG &&
           text.find("cannot reserve 8.00 MiB for paging in '") == 0 &&
           text.find("PagingOptions::folder") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(a_failed_transfer_is_thrown_by_whoever_waits_for_it) {
  const test::TemporaryFolder folder;
  PageFile file(folder / "", block, 2);
  const std::vector<std::byte> source = content(1);
  {
    const test::FileSizeLimit limit(1000);
    file.begin_write(0, source.data(), block, 0);
    BOOST_CHECK_EXCEPTION(file.wait(0), FileError, [](const FileError& error) {
      const std::string text = error.what();
      return error.error_number() == EFBIG &&
             text.find("cannot write 97.7 KiB of a paged value in '") == 0;
    });
  }
  file.finish();  // the next step starts anew
  std::vector<std::byte> target(source.size());
  file.begin_write(0, source.data(), block, 0);
  file.wait(0);
  file.begin_read(1, target.data(), block, 0);
  file.wait(1);
  BOOST_TEST((target == source));
  // Beyond the end of the file there is nothing to read.
  file.begin_read(1, target.data(), block, block);
  BOOST_CHECK_EXCEPTION(file.wait(1), FileError, [](const FileError& error) {
    return std::string(error.what()).find("cannot read 97.7 KiB of a paged value in '") == 0;
  });
}

BOOST_AUTO_TEST_CASE(the_speed_is_measured) {
  const DiskSpeed speed = measure_disk({}, 1 << 20);
  BOOST_TEST(speed.write_bytes_per_second > 0);
  BOOST_TEST(speed.read_bytes_per_second > 0);
}

BOOST_AUTO_TEST_SUITE_END()
