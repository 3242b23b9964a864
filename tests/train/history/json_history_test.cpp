#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/history/json_history.hpp>
#include <nlohmann/json.hpp>

#include "support/expect.hpp"
#include "train/history/records.hpp"

using namespace foregraph;
using namespace foregraph::test;
using Json = nlohmann::ordered_json;

BOOST_AUTO_TEST_SUITE(json_history)

BOOST_AUTO_TEST_CASE(all_of_an_epoch) {
  EpochRecord full = record(0, {{"z", 0.1}, {"a \"b\"", 1.0 / 3}});
  full.samples_per_second = 6000;
  full.stall_fraction = 0.25;
  full.warnings = {"two\nlines"};
  full.report_json = R"({"findings": [1, 2]})";
  const std::string text = history_json(std::vector{full, record(1, {})});
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 4);
  const Json json = Json::parse(text);
  BOOST_TEST(json["format"] == "foregraph history");
  BOOST_TEST(json["version"] == 1);
  const Json& first = json["epochs"][0];
  BOOST_TEST(first["epoch"] == 0);
  BOOST_TEST(first["steps"] == 9);
  BOOST_TEST(first["seconds"] == 1.5);
  BOOST_TEST(first["samples_per_second"] == 6000);
  BOOST_TEST(first["stall_fraction"] == 0.25);
  BOOST_TEST(first["values"].begin().key() == "z");  // in their order
  BOOST_TEST(first["values"]["z"].get<double>() == 0.1);
  BOOST_TEST(first["values"]["a \"b\""].get<double>() == 1.0 / 3);
  BOOST_TEST(first["warnings"] == Json::array({"two\nlines"}));
  BOOST_TEST(first["report"]["findings"][1] == 2);
  const Json& second = json["epochs"][1];
  BOOST_TEST(second["values"] == Json::object());
  for (const char* key : {"samples_per_second", "stall_fraction", "report"})
    BOOST_TEST(!second.contains(key), key);
  BOOST_TEST(Json::parse(history_json({}))["epochs"].empty());
}

BOOST_AUTO_TEST_CASE(nan_and_infinities_are_null) {
  const Json json = Json::parse(history_json(
      std::vector{record(0, {{"nan", NAN}, {"inf", INFINITY}, {"less", -INFINITY}, {"one", 1}})}));
  const Json& values = json["epochs"][0]["values"];
  for (const char* key : {"nan", "inf", "less"}) BOOST_TEST(values[key].is_null(), key);
  BOOST_TEST(values["one"] == 1);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_do_no_harm) {
  EpochRecord odd = record(0, {});
  odd.warnings = {"caf\xE9"};
  const Json json = Json::parse(history_json(std::vector{odd}));
  BOOST_TEST(json["epochs"][0]["warnings"][0] == "caf\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(a_file_is_replaced) {
  const Folder folder;
  const auto path = folder.path() / "history.json";
  write_history_json(path, std::vector{record(0, {}), record(1, {})});
  write_history_json(path, std::vector{record(7, {})});
  const Json json = Json::parse(content_of(path));
  BOOST_TEST(json["epochs"].size() == 1U);
  BOOST_TEST(json["epochs"][0]["epoch"] == 7);
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
  EpochRecord wrong = record(3, {});
  wrong.report_json = "{";
  expect<UsageError>([&] { (void)history_json(std::vector{wrong}); },
                     {"history: the report of epoch 3 is not JSON"});
  expect<UsageError>(
      [&] {
        (void)history_json(std::vector{record(0, {{"a", 1}, {"a", 1}})});
      },
      {"is named 'a', like another value"});
  expect<UsageError>([&] { write_history_json("/nowhere/history.json", {}); },
                     {"cannot write '/nowhere/history.json'"});
}

BOOST_AUTO_TEST_SUITE_END()
