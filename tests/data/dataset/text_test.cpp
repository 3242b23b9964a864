#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <string>

#include "support/expect.hpp"
#include "support/temporary_folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

struct TextFile {
  explicit TextFile(const std::string& text) : path(folder.write("text.csv", text)) {}
  TemporaryFolder folder;
  std::filesystem::path path;
};

data::Dataset cities() {
  return data::Dataset()
      .add("x", {}, std::vector<float>{0, 1, 2, 3})
      .add_text("city", {"Oslo", "Rome", "Bonn", "Kyiv"});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(text_goes_with_selections) {
  const data::Dataset data = cities();
  BOOST_TEST(data.has_text("city"));
  BOOST_TEST(!data.has_text("x"));
  BOOST_TEST(data.fields().size() == 1U);
  BOOST_TEST(data.text("city").size() == 4);
  BOOST_TEST(data.text("city")[2] == "Bonn");
  const data::Dataset chosen = data.select({3, 1, 1}).slice(1, 2).select({1, 0, 0});
  BOOST_TEST(chosen.text("city").size() == 3);
  for (const std::int64_t i : {0, 1, 2}) BOOST_TEST(chosen.text("city")[i] == "Rome");
  const data::Dataset sliced = data.slice(1, 3).select({2, 0});
  BOOST_TEST(sliced.text("city")[0] == "Kyiv");
  BOOST_TEST(sliced.text("city")[1] == "Rome");
  BOOST_TEST(reinterpret_cast<const float*>(sliced.row(0, 0))[0] == 3.0F);
}

BOOST_AUTO_TEST_CASE(text_alone_is_a_data_set) {
  const auto data = data::Dataset().add_text("word", {"a", "b"});
  BOOST_TEST(data.size() == 2);
  expect<DataError>([&] { (void)data::Dataset(data).add("x", {}, std::vector<float>{1}); },
                    {"'x' has 1 rows", "have 2"});
}

BOOST_AUTO_TEST_CASE(text_becomes_a_field) {
  const data::Dataset data = cities().slice(1, 2);
  const data::Dataset numbers = data.with_text_as(
      detail::make_field("city", i32, {}, 2, detail::own(std::vector<std::int32_t>{7, 8})));
  BOOST_TEST(!numbers.has_text("city"));
  BOOST_TEST(numbers.find("city") == 1);
  BOOST_TEST(reinterpret_cast<const std::int32_t*>(numbers.row(1, 1))[0] == 8);
  BOOST_TEST(reinterpret_cast<const float*>(numbers.row(0, 1))[0] == 2.0F);
  BOOST_TEST(data.has_text("city"));
}

BOOST_AUTO_TEST_CASE(wrong_text_is_named) {
  data::Dataset data = cities();
  expect<DataError>([&] { data.add_text("city", {"a", "b", "c", "d"}); }, {"already", "'city'"});
  expect<DataError>([&] { data.add_text("x", {"a", "b", "c", "d"}); }, {"already", "'x'"});
  expect<DataError>([&] { data.add_text("", {"a", "b", "c", "d"}); }, {"has no name"});
  expect<DataError>([&] { data.add_text("t", {"a"}); }, {"'t' has 1 rows", "have 4"});
  expect<DataError>([&] { data.add("city", {}, std::vector<float>{1, 2, 3, 4}); }, {"already"});
  expect<DataError>([&] { (void)data.text("town"); }, {"no text 'town'", "'city'"});
  expect<DataError>([] { (void)data::Dataset().text("town"); }, {"no texts"});
  BOOST_TEST(data.text_names() == std::vector<std::string>{"city"});
}

BOOST_AUTO_TEST_CASE(csv_with_text) {
  const TextFile file("area,city,label\n1,Oslo,red\n2,\"Bonn, \"\"old\"\"\",blue\n3,,red\n");
  const data::Dataset data = data::read_csv(file.path, {.text = {"city", "label"}});
  BOOST_TEST(data.fields().size() == 1U);
  BOOST_TEST(data.fields()[0].name == "x");
  BOOST_TEST(data.fields()[0].row_shape.empty());
  BOOST_TEST(data.text("city")[1] == "Bonn, \"old\"");
  BOOST_TEST(data.text("city")[2] == "");
  BOOST_TEST(data.text("label")[1] == "blue");
  expect<DataError>([&] { (void)data::read_csv(file.path, {.text = {"town"}}); },
                    {"'town'", "'city'"});
  expect<DataError>([&] { (void)data::read_csv(file.path, {.text = {"city"}}); },
                    {"'red' is not an integer"});
  expect<DataError>([&] { (void)data::read_csv(file.path, {.label = "area"}); },
                    {"'Oslo' is not a number", "CsvOptions::text"});
  expect<UsageError>(
      [&] {
        (void)data::read_csv(file.path, {.fields = {{"a", f32, {"area"}}}, .text = {"area"}});
      },
      {"'area'", "used by a field"});
  expect<UsageError>(
      [&] {
        (void)data::read_csv(file.path, {.text = {"city", "city", "label"}});
      },
      {"'city'"});
}

BOOST_AUTO_TEST_SUITE_END()
