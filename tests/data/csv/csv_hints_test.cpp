// Files that are no CSV, or CSV of another kind than they are read as.
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/csv/csv.hpp>

#include "data/csv/csv_reading.hpp"
#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;
using namespace std::string_literals;

namespace {

/// ASCII in UTF-16.
std::string utf16(const std::string& text, bool big_endian) {
  std::string bytes;
  for (const char letter : text)
    bytes += big_endian ? std::string{'\0', letter} : std::string{letter, '\0'};
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv_hints)

BOOST_AUTO_TEST_CASE(other_encodings_are_named) {
  const std::string content = "a,label\n1,0\n2,1\n";
  csv_refused("\xff\xfe" + utf16(content, false), {"UTF-16 (little endian)", "iconv"});
  csv_refused("\xfe\xff" + utf16(content, true), {"UTF-16 (big endian)", "iconv"});
  csv_refused(utf16(content, false), {"UTF-16 (little endian, without", "iconv"});
  csv_refused(utf16(content, true), {"UTF-16 (big endian, without", "iconv"});
  csv_refused("\xff\xfe\0\0a\0\0\0"s, {"UTF-32", "iconv"});
  csv_refused("\x1f\x8b\x08\0\0\0\0\0"s, {"compressed with gzip", "gunzip"});
  csv_refused("PK\x03\x04\x14\0"s, {"zip archive", ".xlsx"});
  csv_refused("a,b\0,label\n1,2,0\n"s, {"byte 3, in its first line, is zero", "the right file"});
  // A mark of UTF-8 is none of these, and zeros may stand in skipped columns.
  BOOST_TEST(CsvBothWays("\xef\xbb\xbf" + content, {}).value<float>("x", 1) == 2.0F);
  BOOST_TEST(CsvBothWays("a,b\n1,\0\n"s, {.fields = {{"x", f32, {"a"}}}}).value<float>("x", 0) ==
             1.0F);
}

BOOST_AUTO_TEST_CASE(another_delimiter_is_named) {
  for (const auto& [delimiter, name] :
       {std::pair{';', "separated by ';'"}, {'\t', "separated by a tab, '\\t'"}, {'|', "by '|'"}}) {
    const std::string d(1, delimiter);
    const std::string content = "a" + d + "b" + d + "label\n1" + d + "2" + d + "0\n";
    csv_refused(content, {":1: it has 1 column", name, "CsvOptions::delimiter", "--delimiter"});
    csv_refused(content, {":1: there is no column 'a'", name}, {.fields = {{"x", f32, {"a"}}}});
    csv_refused("1" + d + "2\n", {":1: it has 1 column", name}, {.header = false});
    csv_refused("\"a\"" + d + "\"label\"\n1" + d + "0\n", {"text after the closing quote", name});
    csv_refused("1,5" + d + "2,5" + d + "0\n", {":1, column 2", "is not a number", name},
                {.header = false});
    csv_refused("a" + d + "b, c" + d + "label\n1" + d + "2" + d + "0\n",
                {":2: the line has 1 column, expected 2", name});
    data::CsvOptions right;
    right.delimiter = delimiter;
    BOOST_TEST(CsvBothWays(content, right).value<float>("x", 0, 1) == 2.0F);
    data::CsvOptions wrong;
    wrong.delimiter = delimiter;
    csv_refused("a,b,label\n1,2,0\n", {":1: it has 1 column", "separated by ','"}, wrong);
  }
}

BOOST_AUTO_TEST_CASE(no_advice_where_the_delimiter_is_right) {
  const Folder folder;
  write_plainly(folder / "a.csv", "a;b,label\n1,x\n");
  const std::string message = csv_refusal<DataError>(folder / "a.csv", {}, false);
  BOOST_TEST(message.find("delimiter") == std::string::npos);
  BOOST_TEST(message.find("'x' is not an integer") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(comments_are_named) {
  csv_refused("# made by hand\na,label\n1,0\n", {":1: it has 1 column", "starts with '#'"});
  csv_refused("# made, by hand\na,label\n1,0\n", {":2, column 1", "'a' is not", "starts with '#'"});
  csv_refused("a,label\n1,0\n# half, done\n2,1\n", {":3, column 1", "starts with '#'", "remove"});
  csv_refused("a,b,label\n# half\n1,2,0\n", {":2: the line has 1 column", "starts with '#'"});
  BOOST_TEST(CsvBothWays("#id,label\n1,0\n", {}).value<float>("x", 0) == 1.0F);
}

BOOST_AUTO_TEST_CASE(line_ends_of_cr_alone_are_named) {
  csv_refused("a,label\r1,0\r2,1\r", {":1: ", "CR alone", "tr '\\r' '\\n'"});
  csv_refused("1,0\r2,1\r", {":1, column 2", "'0\\x0d2' is not", "CR alone"}, {.header = false});
  csv_refused("a,label\n1,0\r2,1\r", {":2: the line has 3 columns", "CR alone"});
  csv_refused("\"a\",\"label\"\r1,0\r", {"text after the closing quote", "CR alone"});
  const CsvBothWays crlf("a,t,label\r\n1,\"x\ry\",0\r\n2,z,1\r", {.text = {"t"}});
  BOOST_TEST(crlf.text("t", 0) == "x\ry");
  BOOST_TEST(crlf.value<std::int32_t>("label", 1) == 1);
}

BOOST_AUTO_TEST_CASE(impossible_delimiters) {
  for (const char delimiter : {'"', '\n', '\r', '\0'}) {
    data::CsvOptions options;
    options.delimiter = delimiter;
    csv_refused<UsageError>("a,label\n1,0\n", {"CsvOptions::delimiter", "cannot separate columns"},
                            options);
  }
}

BOOST_AUTO_TEST_CASE(the_names_of_columns) {
  const Folder folder;
  const auto path = folder / "a.csv";
  write_plainly(path, "\xef\xbb\xbf\"a\"\"b\";\"two\nlines\";last \n1;2\n");
  BOOST_TEST((data::csv_columns(path, {.delimiter = ';'}) ==
              std::vector<std::string>{"a\"b", "two\nlines", "last"}));
  write_plainly(path, "7;8\n");
  BOOST_TEST((data::csv_columns(path, {.header = false, .delimiter = ';'}) ==
              std::vector<std::string>{"1", "2"}));
  expect<DataError>([&] { (void)data::csv_columns(path, {.delimiter = ';'}); },
                    {"CsvOptions::header"});
  expect<FileError>([&] { (void)data::csv_columns(folder / "none.csv"); },
                    {"none.csv", "No such file"});
  write_plainly(path, "");
  expect<DataError>([&] { (void)data::csv_columns(path); }, {"the file is empty"});
}

BOOST_AUTO_TEST_SUITE_END()
