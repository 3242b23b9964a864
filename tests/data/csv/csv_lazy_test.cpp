#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <random>
#include <thread>

#include "support/expect.hpp"
#include "support/folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// All values of a row, one field after another.
std::vector<std::byte> row(const data::Dataset& data, std::int64_t index) {
  std::size_t bytes = 0;
  for (const data::FieldSpec& spec : data.fields())
    bytes += static_cast<std::size_t>(spec.row_bytes());
  std::vector<std::byte> values(bytes);
  std::vector<std::byte*> to;
  std::byte* next = values.data();
  for (const data::FieldSpec& spec : data.fields()) {
    to.push_back(next);
    next += spec.row_bytes();
  }
  data.read(index, to);
  return values;
}

void read_all(const data::Dataset& data) {
  for (std::int64_t i = 0; i < data.size(); ++i) (void)row(data, i);
}

/// A cell written in one of several ways.
std::string cell(const std::string& value, std::mt19937& random) {
  switch (random() % 4) {
    case 0:
      return '"' + value + '"';
    case 1:
      return ' ' + value;
    default:
      return value;
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lazy_csv_files)

BOOST_AUTO_TEST_CASE(reads_the_same_in_any_order) {
  const auto seed = std::random_device{}();
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::mt19937 random(seed);
  const Folder folder;
  const auto path = folder / "data.csv";
  for (int run = 0; run < 30; ++run) {
    std::string content = random() % 2 == 0 ? "\xef\xbb\xbf" : "";
    content += "a,note,b,label\n";
    const std::vector<std::string> notes{
        "", "plain", "\"two\nlines\"", "\"a \"\"b\"\", c\"", "\"\"\"\"", "\"x\r\ny\""};
    const auto rows = 1 + random() % 40;
    for (std::size_t i = 0; i < rows; ++i)
      content += cell(std::to_string(i) + ".5", random) + ',' + notes[random() % notes.size()] +
                 ',' + cell(std::to_string(random() % 100), random) + ',' +
                 cell(std::to_string(random() % 3), random) +
                 std::vector<std::string>{"\n", "\r\n", "\n\n"}[random() % 3];
    if (random() % 2 == 0) content.erase(content.find_last_not_of("\r\n") + 1);
    write_plainly(path, content);
    const data::Dataset eager = data::read_csv(path, {.text = {"note"}});
    const data::Dataset lazy = data::read_csv(path, {.text = {"note"}, .lazy = true});
    BOOST_REQUIRE(lazy.size() == static_cast<std::int64_t>(rows));
    BOOST_TEST(std::ranges::equal(lazy.fields(), eager.fields()));
    BOOST_TEST(!lazy.in_memory(0));
    for (std::int64_t i = lazy.size() - 1; i >= 0; --i) {
      BOOST_REQUIRE((row(lazy, i) == row(eager, i)));
      BOOST_REQUIRE(lazy.text("note")[i] == eager.text("note")[i]);
    }
  }
}

BOOST_AUTO_TEST_CASE(only_what_is_wanted_is_parsed) {
  const Folder folder;
  write_plainly(folder / "a.csv", "a,label\nx,7\n");
  const data::Dataset data = data::read_csv(folder / "a.csv", {.lazy = true});
  std::int32_t label = 0;
  data.read(0, std::vector<std::byte*>{nullptr, reinterpret_cast<std::byte*>(&label)});
  BOOST_TEST(label == 7);
}

BOOST_AUTO_TEST_CASE(wrong_values_are_named_as_without_when_they_are_read) {
  const Folder folder;
  const auto path = folder / "a.csv";
  for (const char* content :
       {"a,label\n1,0\n2,1\n\n\"3\n\",x\n", "a,label\n1,0\n,1\n", "a,label\n1e99,1\n",
        "a,label\n1,1\n1,1\n1,1\n1,1\n1,1\n\n1,1\n1,\"1\"\n1,2.5\n"}) {
    write_plainly(path, content);
    std::string message;
    try {
      (void)data::read_csv(path);
    } catch (const DataError& error) {
      message = error.what();
    }
    BOOST_REQUIRE(!message.empty());
    const data::Dataset data = data::read_csv(path, {.lazy = true});
    expect<DataError>([&] { read_all(data); }, {message.c_str()});
  }
  write_plainly(path, "a,label\n1,0\n2,x\n3,1\n");
  const data::Dataset data = data::read_csv(path, {.lazy = true});
  (void)row(data, 2);  // the rows around are whole
  (void)row(data, 0);
}

BOOST_AUTO_TEST_CASE(a_wrong_structure_is_found_at_the_start) {
  const Folder folder;
  const auto path = folder / "a.csv";
  const auto refused = [&](const char* content, std::initializer_list<const char*> parts) {
    write_plainly(path, content);
    expect<DataError>([&] { (void)data::read_csv(path, {.lazy = true}); }, parts);
  };
  refused("", {"the file is empty"});
  refused("a,label\n", {"no data rows"});
  refused("a,label\n1,0\n1\n", {":3", "1 column, expected 2"});
  refused("a,label\n1,\"0\n", {":2, column 2", "never closed"});
  refused("1,2\n3,4\n", {"CsvOptions::header"});
  expect<FileError>([&] { (void)data::read_csv(folder / "none.csv", {.lazy = true}); },
                    {"none.csv", "No such file"});
}

BOOST_AUTO_TEST_CASE(without_header_the_first_row_counts) {
  const Folder folder;
  write_plainly(folder / "a.csv",
                "\xef\xbb\xbf"
                "1;2\n3;4\n");
  const data::Dataset data =
      data::read_csv(folder / "a.csv", {.header = false, .delimiter = ';', .lazy = true});
  BOOST_TEST(data.size() == 2);
  BOOST_TEST(*reinterpret_cast<const float*>(row(data, 0).data()) == 1.0F);
}

BOOST_AUTO_TEST_CASE(several_threads, *boost::unit_test::label("threads")) {
  const Folder folder;
  std::string content = "a,label\n";
  for (int i = 0; i < 200; ++i) content += std::to_string(i) + ",\"" + std::to_string(i) + "\"\n";
  write_plainly(folder / "a.csv", content);
  const data::Dataset data = data::read_csv(folder / "a.csv", {.lazy = true});
  std::array<int, 4> wrong{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (std::int64_t i = 0; i < 200; ++i)
        if (*reinterpret_cast<const float*>(row(data, i).data()) != static_cast<float>(i))
          ++wrong[t];
    });
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST((wrong == std::array<int, 4>{}));
}

BOOST_AUTO_TEST_CASE(several_files_as_one) {
  const Folder folder;
  write_plainly(folder / "1.csv", "a,b,label\n1,2,0\n3,4,1\n");
  write_plainly(folder / "2.csv", "label,b,a\n2,6,5\n");  // another order
  for (const bool lazy : {false, true}) {
    const data::Dataset data =
        data::read_csv_files({folder / "1.csv", folder / "2.csv"}, {.lazy = lazy});
    BOOST_REQUIRE(data.size() == 3);
    const std::vector<std::byte> last = row(data, 2);
    BOOST_TEST(reinterpret_cast<const float*>(last.data())[0] == 5.0F);
    BOOST_TEST(reinterpret_cast<const float*>(last.data())[1] == 6.0F);
    BOOST_TEST(reinterpret_cast<const std::int32_t*>(last.data())[2] == 2);
  }
}

BOOST_AUTO_TEST_CASE(files_of_other_columns_are_named) {
  const Folder folder;
  write_plainly(folder / "1.csv", "a,label\n1,0\n");
  write_plainly(folder / "2.csv", "a,c,label\n1,2,0\n");
  write_plainly(folder / "3.csv", "b,label\n1,0\n");
  expect<DataError>(
      [&] {
        (void)data::read_csv_files({folder / "1.csv", folder / "2.csv"});
      },
      {"2.csv' has a column 'c'", "1.csv' does not", "CsvOptions::fields"});
  expect<DataError>(
      [&] {
        (void)data::read_csv_files({folder / "1.csv", folder / "3.csv"});
      },
      {"3.csv:1: there is no column 'a'"});
  BOOST_TEST(
      data::read_csv_files({folder / "1.csv", folder / "2.csv"}, {.fields = {{"x", f32, {"a"}}}})
          .size() == 2);
  expect<DataError>(
      [] {
        (void)data::read_csv_files({"/nowhere/1.csv", "/nowhere/2.csv"});
      },
      {"/nowhere/1.csv"});
  expect<UsageError>([] { (void)data::read_csv_files({}); }, {"at least one path"});
}

BOOST_AUTO_TEST_SUITE_END()
