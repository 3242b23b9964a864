// Empty cells of a CSV file, above all those of labels.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/csv/csv.hpp>

#include "data/csv/csv_reading.hpp"
#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr const char* no_label = "a,b,label\n1,2,1\n,4,1\n5,6,\n7,8,1\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(csv_missing)

BOOST_AUTO_TEST_CASE(features_are_filled_and_labels_are_not) {
  const CsvBothWays filled("a,b,label\n1,2,1\n,4,0\n5, \t,1\n6,\"\",1\n", {.missing = -7.5});
  BOOST_TEST(filled.value<float>("x", 1, 0) == -7.5F);
  BOOST_TEST(filled.value<float>("x", 2, 1) == -7.5F);
  BOOST_TEST(filled.value<float>("x", 3, 1) == -7.5F);
  for (const double fill : {0.0, 1.0, 7.0})
    csv_refused(no_label, {":4, column 3 ('label')", "is missing", "CsvOptions::fill"},
                {.missing = fill});
  // The last column is the label, whatever it is called.
  csv_refused("a,class\n1,\n", {":2, column 2 ('class')", "is missing", "CsvOptions::fill"},
              {.missing = 0.0});
  csv_refused("class,a\n,1\n", {":2, column 1 ('class')", "is missing"},
              {.label = "class", .missing = 0.0});
  csv_refused("a,label\n1,\n", {"the value is missing"});
}

BOOST_AUTO_TEST_CASE(integers_and_truth_values_are_labels) {
  for (const DType dtype : {i32, i64, boolean})
    csv_refused("a,flag\n1,1\n2,\n", {":3, column 2 ('flag')", "does not fill labels or integers"},
                {.fields = {{"a", f32, {"a"}}, {"flag", dtype, {"flag"}}}, .missing = 1.0});
}

BOOST_AUTO_TEST_CASE(floating_point_labels_are_known_by_name) {
  const char* const content = "a,price\n1,2\n,3\n4,\n";
  const data::CsvOptions two{.fields = {{"a", f32, {"a"}}, {"price", f32, {"price"}}},
                             .missing = 0.0};
  const CsvBothWays features(content, two);
  BOOST_TEST(features.value<float>("price", 2) == 0.0F);
  data::CsvOptions named = two;
  named.label = "price";
  csv_refused(content, {":4, column 2 ('price')", "is missing"}, named);
  data::CsvOptions by_field = two;
  by_field.fields[1].name = "label";
  csv_refused(content, {":4, column 2 ('price')", "is missing"}, by_field);
  data::CsvOptions by_field_option = two;
  by_field_option.fields[1].name = "y";
  by_field_option.label = "y";
  csv_refused(content, {":4, column 2 ('price')", "is missing"}, by_field_option);
  csv_refused("a,label\n1,\n", {":2, column 2 ('label')", "is missing"},
              {.fields = {{"all", f64, {"a", "label"}}}, .missing = 0.0});
  named.label = "prize";
  csv_refused(content, {"there is no column 'prize'"}, named);
}

BOOST_AUTO_TEST_CASE(a_column_is_filled_by_name) {
  const CsvBothWays filled(no_label, {.missing = 0.5, .fill = {{"label", "3"}, {"b", "1e-50"}}});
  BOOST_TEST(filled.value<std::int32_t>("label", 2) == 3);
  BOOST_TEST(filled.value<std::int32_t>("label", 3) == 1);
  BOOST_TEST(filled.value<float>("x", 1, 0) == 0.5F);
  const CsvBothWays by_column("a,b,label\n1,,0\n,2,1\n", {.fill = {{"a", "-1"}, {"b", "-2"}}});
  BOOST_TEST(by_column.value<float>("x", 0, 1) == -2.0F);
  BOOST_TEST(by_column.value<float>("x", 1, 0) == -1.0F);
  const CsvBothWays exact("id,flag\n,\n",
                          {.fields = {{"id", i64, {"id"}}, {"flag", boolean, {"flag"}}},
                           .fill = {{"id", "9007199254740993"}, {"flag", "true"}}});
  BOOST_TEST(exact.value<std::int64_t>("id", 0) == 9'007'199'254'740'993);
  BOOST_TEST(exact.value<bool>("flag", 0));
}

BOOST_AUTO_TEST_CASE(empty_texts_are_texts_but_no_labels) {
  const CsvBothWays read("note,label\n,1\nx,0\n", {.text = {"note"}});
  BOOST_TEST(read.text("note", 0) == "");
  csv_refused("a,label\n1,cat\n2,\n", {":3, column 2 ('label')", "is missing"},
              {.text = {"label"}, .missing = 0.0});
  csv_refused("a,kind\n1,cat\n2,\" \"\n", {":3, column 2 ('kind')", "is missing"},
              {.text = {"kind"}});
  const CsvBothWays filled("a,label\n1,cat\n2,\n",
                           {.text = {"label"}, .fill = {{"label", "unknown"}}});
  BOOST_TEST(filled.text("label", 0) == "cat");
  BOOST_TEST(filled.text("label", 1) == "unknown");
}

BOOST_AUTO_TEST_CASE(later_files_have_the_label_of_the_first) {
  const Folder folder;
  write_plainly(folder / "1.csv", "a,kind\n1,cat\n");
  write_plainly(folder / "2.csv", "kind,a\n,2\n");
  expect<DataError>(
      [&] {
        (void)data::read_csv_files({folder / "1.csv", folder / "2.csv"}, {.text = {"kind"}});
      },
      {"2.csv:2, column 1 ('kind')", "is missing"});
  write_plainly(folder / "1.csv", "a,kind\n1,0\n");
  expect<DataError>(
      [&] {
        (void)data::read_csv_files({folder / "1.csv", folder / "2.csv"}, {.missing = 0.0});
      },
      {"2.csv:2, column 1 ('kind')", "is missing"});
}

BOOST_AUTO_TEST_CASE(a_fill_value_is_checked_as_a_cell) {
  const auto refused = [](const data::CsvOptions& options,
                          std::initializer_list<const char*> parts) {
    csv_refused<UsageError>("a,flag,label\n1,1,0\n2,0,1\n", parts, options);
  };
  refused({.missing = 1e300}, {"CsvOptions::missing", "column 'a'", "'1e+300'", "range of f32"});
  refused({.missing = std::nan("")}, {"CsvOptions::missing", "'nan' is not a finite number"});
  refused({.missing = HUGE_VAL}, {"'inf' is not a finite number"});
  refused({.fill = {{"label", "0.5"}}}, {"CsvOptions::fill", "column 'label'", "not an integer"});
  refused({.fill = {{"label", "1e20"}}}, {"'1e20' is out of the range of i32"});
  refused({.fill = {{"label", "cat"}}}, {"'cat' is not an integer"});
  refused({.fill = {{"label", " "}}}, {"CsvOptions::fill", "it is empty"});
  const std::vector<data::CsvField> fields{{"flag", boolean, {"flag"}}};
  refused({.fields = fields, .fill = {{"flag", "7"}}}, {"'7' is not a boolean"});
  refused({.fields = fields, .fill = {{"a", "7"}}}, {"column 'a' is not in any field"});
  csv_refused("a,label\n1,0\n", {"there is no column 'z'"}, {.fill = {{"z", "1"}}});

  const data::CsvOptions any{.missing = std::nan(""), .allow_non_finite = true};
  BOOST_TEST(std::isnan(CsvBothWays("a,label\n,0\n", any).value<float>("x", 0)));
  BOOST_TEST(CsvBothWays("a,label\n,0\n", {.missing = 1e-300}).value<float>("x", 0) == 0.0F);
  BOOST_TEST(CsvBothWays("a,b\n,1\n", {.fields = {{"x", f64, {"a"}}}, .missing = 1e300})
                 .value<double>("x", 0) == 1e300);
}

BOOST_AUTO_TEST_SUITE_END()
