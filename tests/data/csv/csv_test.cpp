#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <fstream>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// A file with this content, gone at the end of the test.
class File {
 public:
  explicit File(const std::string& content)
      : path_(std::filesystem::temp_directory_path() /
              ("foregraph_csv_" + std::to_string(++count_) + "_" +
               std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ".csv")) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~File() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  static inline int count_ = 0;
  std::filesystem::path path_;
};

std::vector<float> floats(const data::Dataset& data, std::size_t field) {
  const auto* first = reinterpret_cast<const float*>(data.data(field));
  return {first, first + data.size() * data.fields()[field].row_elements()};
}
std::vector<std::int32_t> ints(const data::Dataset& data, std::size_t field) {
  const auto* first = reinterpret_cast<const std::int32_t*>(data.data(field));
  return {first, first + data.size()};
}

template <class Exception = DataError>
void refused(const std::string& content, std::initializer_list<const char*> parts,
             const data::CsvOptions& options = {}) {
  const File file(content);
  expect<Exception>([&] { (void)data::read_csv(file.path(), options); }, parts);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv_files)

BOOST_AUTO_TEST_CASE(header_and_label) {
  const File file("a,label,b\n1,0,2.5\n-3e2,1, 4 \n");
  const data::Dataset data = data::read_csv(file.path());
  BOOST_TEST(data.size() == 2);
  BOOST_TEST((floats(data, 0) == std::vector<float>{1, 2.5F, -300, 4}));
  BOOST_TEST((ints(data, 1) == std::vector<std::int32_t>{0, 1}));
}

BOOST_AUTO_TEST_CASE(the_last_column_is_the_label_if_none_is_called_so) {
  const File file("a,b,class\n1,2,3\n");
  BOOST_TEST((ints(data::read_csv(file.path()), 1) == std::vector<std::int32_t>{3}));
  BOOST_TEST(
      (ints(data::read_csv(file.path(), {.label = "a"}), 1) == std::vector<std::int32_t>{1}));
}

BOOST_AUTO_TEST_CASE(quotes_line_ends_and_byte_order_mark) {
  const File file(
      "\xef\xbb\xbf\"first, \"\"a\"\"\",note,label\r\n\"1\",\"two\nlines\",\"0\"\r\n\r\n2,\"\",1");
  const data::Dataset data = data::read_csv(
      file.path(), {.fields = {{"x", f64, {"first, \"a\""}}, {"label", i64, {"label"}}}});
  BOOST_TEST(data.size() == 2);
  BOOST_TEST(reinterpret_cast<const double*>(data.data(0))[1] == 2.0);
  BOOST_TEST(reinterpret_cast<const std::int64_t*>(data.data(1))[1] == 1);
}

BOOST_AUTO_TEST_CASE(without_header_and_with_another_delimiter) {
  const File file("1;2;0\n3;4;1\n");
  const data::Dataset data = data::read_csv(file.path(), {.header = false, .delimiter = ';'});
  BOOST_TEST(data.size() == 2);
  BOOST_TEST((floats(data, 0) == std::vector<float>{1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(missing_values_and_infinities_on_request) {
  const File file("a,label\n,0\nnan,1\ninf,0\n");
  const data::Dataset data =
      data::read_csv(file.path(), {.missing = -1.0, .allow_non_finite = true});
  const std::vector<float> values = floats(data, 0);
  BOOST_TEST(values[0] == -1.0F);
  BOOST_TEST(std::isnan(values[1]));
  BOOST_TEST(std::isinf(values[2]));
}

BOOST_AUTO_TEST_CASE(a_pipeline_over_a_file) {
  const File file("a,label\n1,0\n2,1\n3,0\n");
  BOOST_TEST(data::csv(file.path()).shuffle(1).batch(2).batches_per_epoch() == 2);
}

BOOST_AUTO_TEST_CASE(every_mistake_is_named_with_line_and_column) {
  refused("a,b,label\n1,2,0\n1,0\n", {":3", "2 columns", "expected 3"});
  refused("a,b,label\n1,2,0,7\n", {":2", "4 columns", "expected 3"});
  refused("a,b,label\n1,x,0\n", {":2, column 2 ('b')", "'x' is not a number"});
  refused("a,label\n\"two\nlines\",0\n", {":2, column 1 ('a')", "is not a number"});
  refused("a,label\n1,0\n\n\nnan,1\n", {":5, column 1 ('a')", "'nan' is not a finite number"});
  refused("a,label\n1e99,0\n", {":2, column 1 ('a')", "out of the range of f32"});
  refused("a,label\n1,0\n,1\n", {":3, column 1 ('a')", "missing", "CsvOptions::missing"});
  refused("a,label\n1,0.5\n", {":2, column 2 ('label')", "'0.5' is not an integer"});
  refused("a,label\n1,cat\n", {":2, column 2 ('label')", "'cat' is not an integer"});
  refused("a,label\n1,99999999999\n", {"out of the range of i32"});
  refused("a,label\n1,0\n\"2,1\n", {":3, column 1", "never closed"});
  refused("a,label\n\"2\"x,1\n", {":2, column 1", "text after the closing quote"});
  refused("", {"the file is empty"});
  refused("a,label\n", {"no data rows"});
  refused("1,2,0\n3,4,1\n", {":1", "CsvOptions::header"});
  refused("a,a,label\n1,2,0\n", {"two columns are named 'a'"}, {.fields = {{"x", f32, {"a"}}}});
  refused("a,label\n1,0\n", {"no column 'class'", "'a', 'label'"}, {.label = "class"});
  refused("a,label\n2,yes\n", {"'yes' is not a boolean"}, {.fields = {{"x", boolean, {"label"}}}});
  refused<UsageError>("a,label\n1,0\n", {"'a' is used by two fields"},
                      {.fields = {{"x", f32, {"a"}}, {"y", f32, {"a"}}}});
}

BOOST_AUTO_TEST_CASE(an_unreadable_file_is_named) {
  expect<DataError>([] { (void)data::csv("/nowhere/train.csv"); },
                    {"/nowhere/train.csv", "No such file or directory"});
  expect<DataError>([] { (void)data::csv(std::filesystem::temp_directory_path()); },
                    {"cannot read"});
}

BOOST_AUTO_TEST_SUITE_END()
