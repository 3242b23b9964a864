// CSV from devices and pipes, of very long rows and of very many columns.
#include <fcntl.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <fstream>
#include <thread>

#include "data/csv/csv_reading.hpp"
#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// A pipe with a name, into which a thread writes.
class WrittenPipe {
 public:
  /// Writes `text` `times` times, or until nobody reads any more.
  WrittenPipe(const std::filesystem::path& path, const std::string& text, int times) {
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    writer_ = std::thread([=] {
      std::signal(SIGPIPE, SIG_IGN);
      std::ofstream out(path);
      for (int i = 0; i < times && out; ++i) out << text << std::flush;
    });
  }
  WrittenPipe(const WrittenPipe&) = delete;
  WrittenPipe& operator=(const WrittenPipe&) = delete;
  ~WrittenPipe() { writer_.join(); }

 private:
  std::thread writer_;
};

std::string csv_row_of(std::int64_t columns, const std::string& cell) {
  std::string row = cell;
  for (std::int64_t c = 1; c < columns; ++c) row += ',' + cell;
  return row + '\n';
}

std::string numbered_header(std::int64_t columns) {
  std::string row;
  for (std::int64_t c = 0; c + 1 < columns; ++c) row += 'c' + std::to_string(c) + ',';
  return row + "label\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv_limits)

BOOST_AUTO_TEST_CASE(devices_and_folders_are_refused) {
  const Folder folder;
  for (const bool lazy : {false, true}) {
    const data::CsvOptions options{.lazy = lazy};
    for (const char* device : {"/dev/zero", "/dev/null"})
      expect<FileError>([&] { (void)data::read_csv(device, options); },
                        {"cannot read", device, "it is"});
    expect<FileError>([&] { (void)data::read_csv(folder.path(), options); },
                      {"cannot read", "it is"});
    std::filesystem::create_symlink("/dev/zero", folder / (lazy ? "link 1" : "link 2"));
    expect<FileError>([&] { (void)data::read_csv(folder / (lazy ? "link 1" : "link 2"), options); },
                      {"cannot read", "link", "it is"});
  }
}

BOOST_AUTO_TEST_CASE(pipes_are_read_to_their_end_or_limit, *boost::unit_test::label("threads")) {
  const Folder folder;
  {
    const WrittenPipe pipe(folder / "whole", "a,label\n1,0\n", 1);
    const data::Dataset data = data::read_csv(folder / "whole");
    BOOST_TEST(data.size() == 1);
  }
  {
    const WrittenPipe pipe(folder / "endless", std::string(1 << 16, '\n'), INT32_MAX);
    expect<DataError>(
        [&] { (void)data::read_csv(folder / "endless", {.max_pipe_bytes = 1 << 20}); },
        {"endless", "more than 1048576 bytes", "CsvOptions::max_pipe_bytes"});
  }
  {
    const WrittenPipe pipe(folder / "one line", std::string(1 << 16, 'x'), INT32_MAX);
    expect<DataError>(
        [&] { (void)data::read_csv(folder / "one line", {.max_row_bytes = 1 << 18}); },
        {"one line", "the line starting at byte 0", "262144", "CsvOptions::max_row_bytes"});
  }
  BOOST_REQUIRE(::mkfifo((folder / "lazy").c_str(), 0600) == 0);
  expect<FileError>([&] { (void)data::read_csv(folder / "lazy", {.lazy = true}); },
                    {"cannot read", "it is not a regular file"});
}

BOOST_AUTO_TEST_CASE(long_rows_are_refused) {
  const Folder folder;
  const auto path = folder / "a.csv";
  const data::CsvOptions limited{.max_row_bytes = 20};
  for (const std::string& row :
       {std::string(21, '1') + ",0\n", "1,\"" + std::string(30, '0') + "\"\n", csv_row_of(11, "1"),
        std::string("1,\"0\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n")}) {
    write_plainly(path, "a,label\n1,0\n" + row + "2,1\n");
    for (const bool lazy : {false, true}) {
      const std::string message = csv_refusal<DataError>(path, limited, lazy);
      BOOST_TEST(message.find("longer than 20 bytes") != std::string::npos);
      BOOST_TEST(message.find("CsvOptions::max_row_bytes") != std::string::npos);
    }
  }
  // As long as the limit is not too long, with either line end or none.
  for (const char* end : {"\n", "\r\n", ""})
    BOOST_TEST(CsvBothWays("a,label\n1," + std::string(18, '0') + end, limited).data().size() == 1);
  for (const std::int64_t bytes : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN}) {
    csv_refused<UsageError>("a,label\n1,0\n", {"max_row_bytes", "at least 1"},
                            {.max_row_bytes = bytes});
    csv_refused<UsageError>("a,label\n1,0\n", {"max_pipe_bytes", "at least 1"},
                            {.max_pipe_bytes = bytes});
  }
}

// Each of these would take minutes if the time grew with the square of the columns.
BOOST_AUTO_TEST_CASE(very_many_columns) {
  constexpr std::int64_t columns = 100'000;
  const std::string header = numbered_header(columns);
  const CsvBothWays one_field(header + csv_row_of(columns, "2"), {});
  BOOST_TEST(one_field.data().fields()[0].row_elements() == columns - 1);
  BOOST_TEST(one_field.value<float>("x", 0, columns - 2) == 2.0F);

  data::CsvOptions each;
  for (std::int64_t c = 0; c + 1 < columns; ++c) {
    const std::string name = 'c' + std::to_string(c);
    each.fields.push_back({name, f32, {name}});
  }
  const CsvBothWays many_fields(header + csv_row_of(columns, "3"), each);
  BOOST_TEST(many_fields.data().find("c99998") == columns - 2);
  BOOST_TEST(many_fields.value<float>("c99998", 0) == 3.0F);
}

BOOST_AUTO_TEST_CASE(very_many_texts_and_files) {
  constexpr std::int64_t columns = 50'000;
  data::CsvOptions texts;
  for (std::int64_t c = 0; c + 1 < columns; ++c) texts.text.push_back('c' + std::to_string(c));
  const CsvBothWays read(numbered_header(columns) + csv_row_of(columns, "7"), texts);
  BOOST_TEST(read.text("c49998", 0) == "7");

  const Folder folder;
  write_plainly(folder / "a.csv", numbered_header(columns) + csv_row_of(columns, "1"));
  write_plainly(folder / "b.csv", numbered_header(columns) + csv_row_of(columns, "2"));
  BOOST_TEST(data::read_csv_files({folder / "a.csv", folder / "b.csv"}).size() == 2);
  const std::string message = csv_refusal<DataError>(folder / "a.csv", {.label = "none"}, false);
  BOOST_TEST(message.find("'c0', 'c1'") != std::string::npos);
  BOOST_TEST(message.find("and 49980 more") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
