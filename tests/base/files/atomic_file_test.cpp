#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/atomic_file.hpp>
#include <optional>

#include "support/expect.hpp"
#include "support/folder.hpp"

using namespace foregraph;
using namespace foregraph::test;
namespace fs = std::filesystem;

namespace {

bool is_partial(const std::string& name) {
  return name.starts_with(".foregraph-partial-");
}
const std::string one_name = ".foregraph-partial-0123456789abcdef";

/// Runs `work` in a child, which ends as a killed process would: without destructors.
template <class Work>
int status_of_child(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      work();
    } catch (...) {
      ::_exit(99);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(atomic_files)

BOOST_AUTO_TEST_CASE(the_old_content_is_there_until_commit) {
  const Folder folder;
  write_plainly(folder / "a", "old");
  AtomicFile file(folder / "a");
  file.write("new ");
  file.write("content");
  BOOST_TEST(file.bytes_written() == 11);
  BOOST_TEST(content_of(folder / "a") == "old");
  file.commit();
  BOOST_TEST(content_of(folder / "a") == "new content");
  BOOST_TEST(folder.names().size() == 1U);
  expect<UsageError>([&] { file.commit(); }, {"already called"});
  expect<UsageError>([&] { file.write("x"); }, {"after commit"});
}

BOOST_AUTO_TEST_CASE(without_commit_nothing_has_happened) {
  const Folder folder;
  write_plainly(folder / "a", "old");
  { AtomicFile(folder / "a").write("new"); }
  { AtomicFile(folder / "b").write("new"); }
  BOOST_TEST(content_of(folder / "a") == "old");
  BOOST_TEST(folder.names().size() == 1U);
}

BOOST_AUTO_TEST_CASE(permissions_and_links_are_kept) {
  const Folder folder;
  write_plainly(folder / "target", "old");
  fs::permissions(folder / "target", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("target", folder / "link");
  write_file_atomically(folder / "link", "new");
  BOOST_TEST(fs::is_symlink(folder / "link"));
  BOOST_TEST(content_of(folder / "target") == "new");
  BOOST_TEST((fs::status(folder / "target").permissions() ==
              (fs::perms::owner_read | fs::perms::owner_write)));
}

BOOST_AUTO_TEST_CASE(a_link_to_no_file_stays_and_the_file_is_made) {
  const Folder folder;
  fs::create_directory(folder / "elsewhere");
  fs::create_symlink("elsewhere/file", folder / "link");
  fs::create_symlink("link", folder / "second");
  fs::create_symlink(folder / "second", folder / "third");
  write_file_atomically(folder / "third", "new");
  for (const char* link : {"link", "second", "third"}) BOOST_TEST(fs::is_symlink(folder / link));
  BOOST_TEST(fs::is_regular_file(fs::symlink_status(folder / "elsewhere/file")));
  BOOST_TEST(content_of(folder / "elsewhere/file") == "new");
  write_file_atomically(folder / "third", "newer");
  BOOST_TEST(content_of(folder / "elsewhere/file") == "newer");
  BOOST_TEST(fs::read_symlink(folder / "link") == "elsewhere/file");
  BOOST_TEST(folder.names().size() == 4U);
}

// The system counts ".." from the folder that the link is in, also if the path to it has links.
BOOST_AUTO_TEST_CASE(a_link_leads_where_the_system_takes_it) {
  const Folder folder;
  fs::create_directories(folder / "real/deep");
  fs::create_symlink("../file", folder / "real/deep/link");
  fs::create_symlink("real/deep", folder / "way");
  write_file_atomically(folder / "way/link", "new");
  BOOST_TEST(content_of(folder / "real/file") == "new");
  BOOST_TEST(fs::is_symlink(folder / "real/deep/link"));
  BOOST_TEST(!fs::exists(folder / "file"));
}

BOOST_AUTO_TEST_CASE(links_that_lead_nowhere_are_refused) {
  const Folder folder;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  expect<FileError>([&] { AtomicFile{folder / "a"}; },
                    {"/a'", "Too many levels of symbolic links"});
  fs::create_symlink("none/file", folder / "to_no_folder");
  expect<FileError>([&] { AtomicFile{folder / "to_no_folder"}; },
                    {"/to_no_folder'", "No such file", "it is a link to '", "none/file'"});
  fs::create_symlink(".", folder / "to_a_folder");
  expect<FileError>([&] { AtomicFile{folder / "to_a_folder"}; }, {"is a directory"});
  fs::create_symlink("/dev/full", folder / "to_a_device");
  expect<FileError>([&] { AtomicFile{folder / "to_a_device"}; }, {"device or a pipe"});
  for (const char* link : {"a", "b", "to_no_folder", "to_a_folder", "to_a_device"})
    BOOST_TEST(fs::is_symlink(folder / link));
}

BOOST_AUTO_TEST_CASE(whether_a_file_can_be_written_is_known_before) {
  const Folder folder;
  check_writable(folder / "new");
  write_plainly(folder / "old", "old");
  check_writable(folder / "old");
  BOOST_TEST(content_of(folder / "old") == "old");
  BOOST_TEST(folder.names().size() == 1U);
  expect<FileError>([&] { check_writable(folder / "none/file"); }, {"none/file'", "No such file"});
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_not_replaced) {
  const Folder folder;
  expect<FileError>([&] { AtomicFile{folder.path()}; },
                    {"is a directory", "give the path of a file"});
  BOOST_REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  expect<FileError>([&] { AtomicFile{folder / "pipe"}; }, {"pipe'", "device or a pipe"});
  BOOST_TEST(fs::is_fifo(folder / "pipe"));
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_named_with_the_systems_reason) {
  const Folder folder;
  try {
    AtomicFile{folder / "no/such"};
    BOOST_ERROR("nothing was thrown");
  } catch (const FileError& error) {
    BOOST_TEST(error.error_number() == ENOENT);
    BOOST_TEST(std::string(error.what()).find("no/such': No such file") != std::string::npos);
  }
}

// A file system of 64 KiB, where the system lets a process mount one.
BOOST_AUTO_TEST_CASE(a_full_disk_is_named_with_file_and_bytes) {
  const Folder folder;
  constexpr int cannot_mount = 77;
  const int status = status_of_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0)
      ::_exit(cannot_mount);
    try {
      write_file_atomically(folder / "model", std::string(1 << 20, 'x'));
    } catch (const FileError& error) {
      const std::string text = error.what();
      for (const char* part :
           {"/model': No space left on device", " bytes had been written", "no file was created"})
        if (text.find(part) == std::string::npos) ::_exit(8);
      ::_exit(error.error_number() == ENOSPC && folder.names().empty() ? 7 : 9);
    }
  });
  if (WEXITSTATUS(status) == cannot_mount) {
    BOOST_TEST_MESSAGE("skipped: this process may not mount a file system");
    return;
  }
  BOOST_TEST(WEXITSTATUS(status) == 7);
}

// As on a full disk: the system takes a part of the bytes, then refuses the rest.
BOOST_AUTO_TEST_CASE(a_write_that_fails_leaves_the_old_content_and_no_partial_file) {
  const Folder folder;
  write_plainly(folder / "a", "old");
  const int status = status_of_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write_file_atomically(folder / "a", std::string(5000, 'x'));
    } catch (const FileError& error) {
      const std::string text = error.what();
      const bool right = error.error_number() == EFBIG && text.find("/a': ") != std::string::npos &&
                         text.find("1000 bytes had been written") != std::string::npos &&
                         text.find("the old file is unchanged") != std::string::npos;
      ::_exit(right ? 7 : 8);
    }
  });
  BOOST_TEST(WEXITSTATUS(status) == 7);
  BOOST_TEST(content_of(folder / "a") == "old");
  BOOST_TEST(folder.names().size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_killed_writer_left_is_removed_by_the_next) {
  const Folder folder;
  write_plainly(folder / "a", "old");
  const int status = status_of_child([&] {
    AtomicFile file(folder / "a");
    file.write("half");
    ::raise(SIGKILL);
  });
  BOOST_TEST(WIFSIGNALED(status));
  BOOST_TEST(content_of(folder / "a") == "old");
  const auto names = folder.names();
  BOOST_TEST(std::count_if(names.begin(), names.end(), is_partial) == 1);
  write_file_atomically(folder / "another", "new");
  BOOST_TEST(folder.names().size() == 2U);
}

BOOST_AUTO_TEST_CASE(partial_files_of_the_living_and_files_of_others_stay) {
  const Folder folder;
  const std::vector<std::string> others = {".foregraph-partial-", ".foregraph-partial-readme",
                                           one_name + "0", ".foregraph-partial-0123456789ABCDEF",
                                           "foregraph-partial-0123456789abcdef"};
  for (const std::string& name : others) write_plainly(folder.path() / name, "keep");
  write_plainly(folder.path() / one_name, "left over");
  fs::create_directory(folder / ".foregraph-partial-00000000000000dd");
  std::optional<AtomicFile> writing;
  writing.emplace(folder / "a");  // removes the one that is left over
  writing->write("half");
  BOOST_TEST(!fs::exists(folder.path() / one_name));
  BOOST_TEST(remove_partial_files(folder.path()) == 0);
  BOOST_TEST(folder.names().size() == others.size() + 2);
  writing->commit();
  BOOST_TEST(content_of(folder / "a") == "half");
  BOOST_TEST(remove_partial_files(folder / "none") == 0);
}

BOOST_AUTO_TEST_CASE(two_writers_of_one_file_and_the_last_wins) {
  const Folder folder;
  AtomicFile first(folder / "a");
  AtomicFile second(folder / "a");
  second.write("second");
  first.write("first");
  second.commit();
  BOOST_TEST(content_of(folder / "a") == "second");
  first.commit();
  BOOST_TEST(content_of(folder / "a") == "first");
  BOOST_TEST(folder.names().size() == 1U);
}

// Each begins by removing what is left over, while the others make their files.
BOOST_AUTO_TEST_CASE(writers_at_the_same_time_remove_nothing_of_each_other) {
  const Folder folder;
  std::vector<pid_t> children;
  for (int writer = 0; writer < 4; ++writer) {
    const pid_t child = ::fork();
    BOOST_TEST_REQUIRE(child >= 0);
    if (child == 0) {
      int status = 0;
      try {
        for (int i = 0; i < 200; ++i) {
          AtomicFile file(folder / "a");
          file.write(std::string(1000, static_cast<char>('a' + writer)));
          if (i % 40 == 0) file.commit();  // takes the time of the disk
        }
      } catch (...) {
        status = 1;
      }
      ::_exit(status);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST(status == 0);
  }
  BOOST_TEST(folder.names().size() == 1U);
  const std::string content = content_of(folder / "a");
  BOOST_TEST(content == std::string(1000, content.empty() ? ' ' : content[0]));
}

BOOST_AUTO_TEST_SUITE_END()
