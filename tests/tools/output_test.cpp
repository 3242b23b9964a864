// Output that cannot be written, and options that are given nothing.
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <foregraph/detail/base/system/arena.hpp>
#include <new>
#include <ostream>
#include <streambuf>
#include <string>
#include <system_error>
#include <vector>

#include <foregraph/detail/tools/command_line/files.hpp>
#include "support/folder.hpp"
#include "tools/run.hpp"

using namespace foregraph;
using namespace tool_test;

namespace output_tests {

/// Takes so many bytes, and then is full, for this reason.
class FullBuffer : public std::streambuf {
 public:
  FullBuffer(std::size_t room, int reason) : room_(room), reason_(reason) {}
  std::string text{};

 protected:
  int_type overflow(int_type c) override {
    if (text.size() >= room_) {
      errno = reason_;
      return traits_type::eof();
    }
    text += traits_type::to_char_type(c);
    return c;
  }

 private:
  std::size_t room_;
  int reason_;
};

/// Keeps all, and fails when it is flushed, as a stream with a large buffer on a full disk.
class FailsWhenFlushed : public std::stringbuf {
 protected:
  int sync() override {
    errno = ENOSPC;
    return -1;
  }
};

Result run_into(std::streambuf& buffer, std::vector<const char*> words) {
  words.insert(words.begin(), "dry_run");
  std::ostream out(&buffer);
  std::ostringstream err;
  const int code = command_line(static_cast<int>(words.size()), words.data(), models::known(), out,
                                err, {.root = "/no/such/folder"});
  BOOST_TEST(out.exceptions() == std::ios_base::goodbit);  // as it was given
  return {code, {}, err.str()};
}

struct Buffers {
  test::Folder folder;
  std::string path = (folder / "buffers.csv").string();
  Buffers() { test::write_plainly(path, "id,lower,upper,size\na,0,2,8\nb,1,3,8\n"); }
};

/// Words that print something, for each command.
std::vector<std::vector<const char*>> all_commands(const Buffers& buffers) {
  return {{"--help"},
          {"--version"},
          {"check", "--help"},
          {"models"},
          {"graph", "--model", "w4_mlp"},
          {"graph", "--model", "w4_mlp", "--dot"},
          {"plan", "--model", "w4_mlp", "--batch", "1"},
          {"plan", "--model", "w4_mlp", "--batch", "1,32", "--details"},
          {"plan", "--model", "w4_mlp", "--batch", "1", "--json"},
          {"plan", "--model", "w4_mlp", "--batch", "10000", "--budget", "64MiB"},
          {"pack", buffers.path.c_str(), "--seconds", "0"},
          {"pack", buffers.path.c_str(), "--seconds", "0", "--json"}};
}

}  // namespace output_tests
using namespace output_tests;

BOOST_AUTO_TEST_SUITE(output_of_commands)

BOOST_AUTO_TEST_CASE(a_full_disk_is_exit_code_5_and_one_message) {
  const Buffers buffers;
  for (const auto& words : all_commands(buffers))
    for (const std::size_t room : {0, 1, 10}) {
      FullBuffer full(room, ENOSPC);
      const Result result = run_into(full, words);
      BOOST_TEST(result.code == 5);
      BOOST_TEST(result.err ==
                 "dry_run: cannot write the output: No space left on device; free some space or "
                 "write it elsewhere\n");
      BOOST_TEST(full.text.size() == room);
    }
}

BOOST_AUTO_TEST_CASE(what_fails_only_when_it_is_flushed_is_found_too) {
  const Buffers buffers;
  for (const auto& words : all_commands(buffers)) {
    FailsWhenFlushed buffer;
    const Result result = run_into(buffer, words);
    BOOST_TEST(result.code == 5);
    check_contains(result.err, "cannot write the output: No space left on device");
  }
}

BOOST_AUTO_TEST_CASE(of_a_reader_that_has_gone_nothing_is_said) {
  FullBuffer pipe(5, EPIPE);
  const Result result = run_into(pipe, {"models"});
  BOOST_TEST(result.code == 5);
  BOOST_TEST(result.err == "");
}

BOOST_AUTO_TEST_CASE(a_stream_that_has_failed_before_or_is_closed) {
  FullBuffer closed(0, EBADF);
  BOOST_TEST(run_into(closed, {"models"}).err ==
             "dry_run: cannot write the output: stdout is closed\n");
  std::ostream none(nullptr);
  std::ostringstream err;
  const char* const words[] = {"dry_run", "models"};
  BOOST_TEST(command_line(2, words, {}, none, err) == 5);
  check_contains(err.str(), "dry_run: cannot write the output");
}

BOOST_AUTO_TEST_CASE(a_full_file_is_exit_code_5) {
  if (!std::filesystem::exists("/dev/full")) return;
  const Buffers buffers;
  const auto check = [](const Result& result, const std::string& option) {
    BOOST_TEST(result.code == 5);
    BOOST_TEST(result.out == "");
    check_contains(result.err, option + ": cannot write '/dev/full': No space left on device; ");
    check_contains(result.err, " bytes, or give a file elsewhere");
  };
  check(run({"plan", "--model", "w4_mlp", "--batch", "1", "--svg", "/dev/full"}), "--svg");
  check(run({"plan", "--model", "w4_mlp", "--batch", "1", "--html", "/dev/full"}), "--html");
  check(run({"pack", buffers.path.c_str(), "--seconds", "0", "--output", "/dev/full"}), "--output");
}

BOOST_AUTO_TEST_CASE(files_are_written_through_links_to_files_that_are_not_there) {
  const Buffers buffers;
  const std::string link = (buffers.folder / "link").string();
  std::filesystem::create_symlink("offsets.csv", link);
  BOOST_TEST(run({"pack", buffers.path.c_str(), "--seconds", "0", "--output", link.c_str()}).code ==
             0);
  BOOST_TEST(std::filesystem::is_symlink(link));
  check_contains(test::content_of(buffers.folder / "offsets.csv"), "id,lower,upper,size,offset\n");
}

// Of memory and threads that the system refuses, as a model's builder or a file may have them.
BOOST_AUTO_TEST_CASE(what_the_system_refuses_is_no_bug_of_ours) {
  const auto code_of = [](const std::string& path, const std::string& message) {
    const Result result = run({"pack", path.c_str()});
    check_contains(result.err, message);
    return result.code;
  };
  BOOST_TEST(
      code_of("/dev/zero",
              "/dev/zero:1: the line is longer than 65535 bytes, expected 'id,lower,upper,size'") ==
      2);
  BOOST_TEST(code_of(std::string(5000, 'x'), "cannot be opened") == 2);
  const test::Folder folder;
  test::write_plainly(folder / "long.csv", std::string(200'000, 'x') + "\n");
  const Result result = run({"pack", (folder / "long.csv").c_str()});
  BOOST_TEST(result.code == 2);
  BOOST_TEST(result.err.size() < 1000U);
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_no_value) {
  const std::string usage =
      ": has an empty value; give one or leave the option out; 'dry_run --help' shows the usage";
  for (const char* option :
       {"--budget", "--optimizer", "--prefetch", "--svg", "--html", "--search", "--threads"})
    check_plan_refused({option, ""}, option + usage);
  for (const char* option : {"--profile-steps", "--profile-trace"})
    check_plan_refused({"--profile", option, ""}, option + usage);
  check_plan_refused({"--budget="},
                     "--budget: 1 required TEXT missing; 'dry_run --help' shows the usage");
  check_refused({"plan", "--model", "", "--batch", "1"}, "--model" + usage);
  check_refused({"plan", "--model", "w4_mlp", "--batch", ""}, "--batch" + usage);
  check_refused({"graph", "--model", "w4_mlp", "--optimizer", ""}, "--optimizer" + usage);
  check_refused({"pack", ""}, "file" + usage);
  check_refused({"pack", "file", "--output", ""}, "--output" + usage);
  check_refused({"pack", "file", "--seconds", ""}, "--seconds" + usage);
  for (const char* option : {"--evaluation", "--label", "--batch", "--shuffle", "--shuffle-buffer",
                             "--prefetch", "--optimizer", "--learning-rate", "--budget"})
    check_refused({"check", "--model", "w1_logistic", "--data", "file", option, ""},
                  option + usage);
  check_refused({"check", "--model", "w1_logistic", "--data", ""}, "--data" + usage);
}

BOOST_AUTO_TEST_CASE(odd_values_are_refused) {
  for (const std::string budget : {"1e999GiB", "-5MiB", "1e-400", "+5MiB", " 5MiB", "5 MiB ",
                                   "0x10", "1e18GiB", "9223372036854775807", "5MiB5MiB", "1,5MiB"})
    check_plan_refused({"--budget", budget.c_str()},
                       "--budget: '" + budget +
                           "' is not a size of at least one byte, expected one such as 64MiB, "
                           "1.5GiB, 800kB or 4096, or the word 'machine'");
  for (const std::vector<const char*>& options :
       {std::vector<const char*>{"--threads", "-1"},
        {"--threads", "257"},
        {"--threads", "1e3"},
        {"--profile", "--profile-steps", "0"},
        {"--profile", "--profile-steps", "99999999999999999999"},
        {"--prefetch", "0.5"},
        {"--search", "nan"},
        {"--search", "1e999"}}) {
    std::vector<const char*> words{"plan", "--model", "w4_mlp", "--batch", "1"};
    words.insert(words.end(), options.begin(), options.end());
    const Result result = run(words);
    BOOST_TEST(result.code == 2);
    BOOST_TEST(result.out == "");
    BOOST_TEST(!result.err.empty());
  }
  for (const std::vector<const char*>& options : {std::vector<const char*>{"--shuffle", "-1"},
                                                  {"--shuffle", "x"},
                                                  {"--shuffle-buffer", "-2"},
                                                  {"--learning-rate", "nan"},
                                                  {"--learning-rate", "-1"},
                                                  {"--batch", "1,,2"}}) {
    std::vector<const char*> words{"check", "--model", "w1_logistic", "--data", "/dev/null"};
    words.insert(words.end(), options.begin(), options.end());
    BOOST_TEST(run(words).code == 2);
  }
}

BOOST_AUTO_TEST_SUITE_END()
