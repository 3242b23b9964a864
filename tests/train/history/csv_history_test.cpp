#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/history/csv_history.hpp>
#include <random>

#include "support/expect.hpp"
#include "train/history/records.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

using Table = std::vector<std::vector<std::string>>;

/// Reads RFC 4180, strictly: every line has its end.
Table table_of(const std::string& text) {
  Table table;
  std::vector<std::string> line;
  std::string cell;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"')
        cell += c;
      else if (i + 1 < text.size() && text[i + 1] == '"')
        cell += text[++i];
      else
        quoted = false;
    } else if (c == '"') {
      BOOST_TEST(cell.empty());
      quoted = true;
    } else if (c == ',' || c == '\r') {
      line.push_back(std::exchange(cell, {}));
      if (c == ',') continue;
      BOOST_TEST_REQUIRE((i + 1 < text.size() && text[i + 1] == '\n'));
      ++i;
      table.push_back(std::exchange(line, {}));
    } else {
      cell += c;
    }
  }
  BOOST_TEST((!quoted && cell.empty() && line.empty()), "an unfinished line: " << cell);
  for (const auto& each : table) BOOST_TEST(each.size() == table.front().size());
  return table;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv_history)

BOOST_AUTO_TEST_CASE(one_line_per_epoch) {
  EpochRecord full = record(0, {{"loss", 0.1}, {"accuracy", 1.0 / 3}});
  full.samples_per_second = 6000;
  full.stall_fraction = 0.25;
  full.warnings = {"slow", "odd"};
  full.report_json = "{}";
  const std::vector<EpochRecord> records{full, record(1, {{"loss", 1e-300}})};
  BOOST_TEST(history_csv(records) ==
             "epoch,steps,seconds,samples_per_second,stall_fraction,loss,accuracy,warnings\r\n"
             "0,9,1.5,6000,0.25,0.1,0.3333333333333333,slow; odd\r\n"
             "1,9,1.5,,,1e-300,,\r\n");
  BOOST_TEST(history_csv({}) ==
             "epoch,steps,seconds,samples_per_second,stall_fraction,warnings\r\n");
}

BOOST_AUTO_TEST_CASE(names_and_warnings_are_quoted_where_needed) {
  EpochRecord odd = record(0, {{"a,b", 1}, {"say \"x\"", -0.0}, {"plain", 2}});
  odd.warnings = {"two\nlines\r\nof \"text\""};
  const std::string text = history_csv(std::vector{odd});
  const Table table = table_of(text);
  BOOST_TEST_REQUIRE(table.size() == 2U);
  BOOST_TEST(table[0][5] == "a,b");
  BOOST_TEST(table[0][6] == "say \"x\"");
  BOOST_TEST(table[1][6] == "-0");
  BOOST_TEST(table[1][8] == "two lines  of \"text\"");
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 2);
}

BOOST_AUTO_TEST_CASE(numbers_are_read_back_the_same) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 1000; ++i) {
    const double value = std::bit_cast<double>(random());
    const Table table = table_of(history_csv(std::vector{record(0, {{"v", value}})}));
    const double read = std::strtod(table[1][5].c_str(), nullptr);
    BOOST_TEST((read == value || (std::isnan(read) && std::isnan(value))), table[1][5]);
  }
  const Table table =
      table_of(history_csv(std::vector{record(0, {{"a", NAN}, {"b", -NAN}, {"c", -INFINITY}})}));
  BOOST_TEST(table[1][5] == "nan");
  BOOST_TEST(table[1][6] == "nan");
  BOOST_TEST(table[1][7] == "-inf");
}

BOOST_AUTO_TEST_CASE(a_file_grows_by_lines_and_takes_columns_that_come_later) {
  const Folder folder;
  const auto path = folder.path() / "history.csv";
  std::vector<EpochRecord> records;
  CsvHistory history(path);
  BOOST_TEST(content_of(path) == history_csv(records));
  for (const NamedValues& values :
       {NamedValues{{"loss", 3}}, NamedValues{{"loss", 2}}, NamedValues{{"auc", 0.5}, {"loss", 1}},
        NamedValues{{"loss", 1}}, NamedValues{{"loss", 1}, {"f1", 1}}}) {
    records.push_back(record(static_cast<std::int64_t>(records.size()), values));
    history.add(records.back());
    BOOST_TEST(content_of(path) == history_csv(records));
  }
  const Table table = table_of(content_of(path));
  BOOST_TEST(table[0][6] == "auc");
  BOOST_TEST(table[1][6] == "");
  BOOST_TEST(table[3][6] == "0.5");
  BOOST_TEST(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

BOOST_AUTO_TEST_CASE(resumed_training_goes_on_in_its_file) {
  const Folder folder;
  const auto path = folder.path() / "history.csv";
  const std::vector<EpochRecord> before{record(0, {{"loss", 3}}), record(1, {{"loss", 2}})};
  {
    CsvHistory history(path);
    for (const EpochRecord& each : before) history.add(each);
    history.add(record(2, {{"loss", 77}}));  // after the checkpoint: done anew
  }
  CsvHistory history(path, before);
  history.add(record(2, {{"loss", 1}}));
  const Table table = table_of(content_of(path));
  BOOST_TEST_REQUIRE(table.size() == 4U);
  BOOST_TEST(table[3][5] == "1");
}

BOOST_AUTO_TEST_CASE(a_link_stays_a_link) {
  const Folder folder;
  { CsvHistory history(folder.path() / "file.csv"); }
  std::filesystem::create_symlink(folder.path() / "file.csv", folder.path() / "link.csv");
  CsvHistory history(folder.path() / "link.csv");
  history.add(record(0, {{"loss", 3}}));
  BOOST_TEST(std::filesystem::is_symlink(folder.path() / "link.csv"));
  BOOST_TEST(table_of(content_of(folder.path() / "file.csv")).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_killed_process_leaves_whole_lines) {
  const Folder folder;
  for (unsigned seed = 0; seed < 20; ++seed) {
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    std::mt19937 random(seed);
    const auto path = folder.path() / (std::to_string(seed) + ".csv");
    const unsigned after = 1 + random() % 60;
    int pipe_ends[2];
    BOOST_REQUIRE(::pipe(pipe_ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      CsvHistory history(path);
      for (std::int64_t epoch = 0;; ++epoch) {
        history.add(record(epoch, {{"loss", 1.0 / 3}, {"v" + std::to_string(epoch / 20), 1}}));
        (void)!::write(pipe_ends[1], "x", 1);
      }
    }
    BOOST_REQUIRE(child > 0);
    char byte = 0;
    for (unsigned i = 0; i < after; ++i) BOOST_TEST_REQUIRE(::read(pipe_ends[0], &byte, 1) == 1);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    const Table table = table_of(content_of(path));
    BOOST_TEST(table.size() >= 1 + after);
    for (std::size_t i = 1; i < table.size(); ++i) BOOST_TEST(table[i][0] == std::to_string(i - 1));
  }
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error_and_leaves_whole_lines) {
  const Folder folder;
  const auto path = folder.path() / "history.csv";
  CsvHistory history(path);
  history.add(record(0, {{"loss", 3}}));
  const std::string before = content_of(path);
  // A file may become no larger than this: the next line fits in part.
  rlimit limit{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  const rlimit small{before.size() + 5, limit.rlim_max};
  const auto old = ::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  std::string message;
  for (const NamedValues& values : {NamedValues{{"loss", 2}}, NamedValues{{"auc", 2}}}) {
    try {
      history.add(record(1, values));
    } catch (const UsageError& error) {
      message += error.what();
    }
  }
  ::setrlimit(RLIMIT_FSIZE, &limit);
  ::signal(SIGXFSZ, old);
  const std::string one = "cannot write '" + path.string() +
                          "': File too large; choose a writable location with enough space";
  BOOST_TEST(message == one + one);
  BOOST_TEST(content_of(path) == before);
  history.add(record(1, {{"loss", 2}}));
  history.add(record(2, {{"f1", 2}}));  // writes all of them again
  const Table table = table_of(content_of(path));
  BOOST_TEST(table.size() == 4U);
  BOOST_TEST(table[0].size() == 8U);  // without auc
  BOOST_TEST(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_names_the_path) {
  const Folder folder;
  const auto missing = (folder.path() / "nowhere" / "history.csv").string();
  expect<UsageError>([&] { CsvHistory history(missing); },
                     {("cannot write '" + missing + "': No such file or directory").c_str()});
  expect<UsageError>([&] { CsvHistory history(folder.path()); }, {"Is a directory"});
  expect<UsageError>([&] { CsvHistory history(""); }, {"cannot write '': No such file"});
  expect<UsageError>([&] { CsvHistory history("/dev/null"); },
                     {"cannot write '/dev/null': it is not a regular file"});
}

BOOST_AUTO_TEST_CASE(names_that_would_be_ambiguous_are_refused) {
  const Folder folder;
  CsvHistory history(folder.path() / "history.csv");
  history.add(record(0, {{"loss", 1}}));
  const std::string before = content_of(folder.path() / "history.csv");
  expect<UsageError>(
      [&] {
        history.add(record(1, {{"loss", 1}, {"loss", 2}}));
      },
      {"history: a value of epoch 1 is named 'loss', like another value"});
  expect<UsageError>([&] { history.add(record(1, {{"", 1}})); }, {"which is empty"});
  for (const char* name : {"epoch", "seconds", "warnings", "report"})
    expect<UsageError>(
        [&] {
          history.add(record(1, {{name, 1}}));
        },
        {"which the history already uses; give it another name"});
  BOOST_TEST(content_of(folder.path() / "history.csv") == before);
}

BOOST_AUTO_TEST_SUITE_END()
