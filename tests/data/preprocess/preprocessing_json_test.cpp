#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>
#include <random>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

data::Dataset some_data(double more = 0) {
  return data::Dataset()
      .add("x", {2}, std::vector<float>{1.1F, 7, 2.3F, 7, -0.7F, 7})
      .add("y", {}, std::vector<double>{1e-3, 1 / 3.0, 1e5 + more})
      .add_text("city", {"Zürich", "\"quoted\"\n", "Zürich"});
}

data::Preprocessing steps() {
  return data::Preprocessing()
      .standardize("x")
      .clip("x", -3, 3)
      .log1p("y")
      .min_max("y", -1, 1)
      .scale("y", 0.1, -0.0)
      .vocabulary("city", {.size = 10, .length = 3, .dtype = i64});
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, from << " is not in " << text);
  return text.replace(at, from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(preprocessing_json)

BOOST_AUTO_TEST_CASE(a_round_trip_is_exact) {
  for (const data::Preprocessing& before :
       {steps(), steps().fit(some_data()), data::Preprocessing()}) {
    const std::string text = before.to_json();
    const data::Preprocessing after = data::Preprocessing::from_json(text);
    BOOST_TEST(after.fingerprint() == before.fingerprint());
    BOOST_TEST(data::difference(before, after) == "");
    BOOST_TEST(after.to_json() == text);
    BOOST_TEST(after.fitted() == before.fitted());
    BOOST_TEST(after.describe() == before.describe());
    BOOST_TEST((after.constant_features() == before.constant_features()));
  }
  const auto before = steps().fit(some_data());
  const auto after = data::Preprocessing::from_json(before.to_json());
  std::vector<double> a{0.3, 4, 77};
  std::vector<double> b = a;
  before.apply("y", std::span(a));
  after.apply("y", std::span(b));
  BOOST_TEST(a == b);
  BOOST_TEST(after.words("city") == before.words("city"));
}

BOOST_AUTO_TEST_CASE(the_fingerprint_is_of_steps_and_statistics) {
  const data::Preprocessing fitted = steps().fit(some_data());
  BOOST_TEST(fitted.fingerprint() == steps().fit(some_data()).fingerprint());
  const auto differs = [&](const data::Preprocessing& other, const char* in_words) {
    BOOST_TEST(other.fingerprint() != fitted.fingerprint());
    BOOST_TEST(data::difference(fitted, other).find(in_words) != std::string::npos,
               data::difference(fitted, other) << " does not say " << in_words);
    BOOST_TEST(data::difference(other, fitted) != "");
  };
  differs(steps(), "step 1, standardize 'x': only the first is fitted");
  differs(steps().fit(some_data(1e-9)), "step 4, min_max 'y': the range of feature 0 is");
  differs(fitted.clip("x", 0, 1), "step 7, clip 'x', is only in the second");
  differs(data::Preprocessing(), "step 1, standardize 'x', is only in the first");
  differs(data::Preprocessing().clip("x", -3, 3).standardize("x").fit(some_data()), "step 1");
  differs(data::Preprocessing().standardize("x", data::Per::channel).fit(some_data()),
          "per channel");
  differs(steps().fit(some_data().select({0, 0, 1})), "the mean of feature 0 is");
  // On every machine and by every compiler; changes only with the format.
  const char* stored =
      R"({"format": "foregraph preprocessing", "version": 1, "steps": [
          {"step": "min_max", "field": "x", "per": "channel", "low": 0, "high": 0.1, "dtype": "f64",
           "row_shape": [3, 2], "shift": [1.5, -0.0], "divisor": [1, 1e-9], "constant": [0]},
          {"step": "vocabulary", "field": "t", "size": 0, "min_count": 1, "unknown": true,
           "length": 0, "dtype": "i32", "words": ["Bonn", "a b"]}]})";
  BOOST_TEST(data::Preprocessing::from_json(stored).fingerprint() == 5105662799071986796ULL);
}

BOOST_AUTO_TEST_CASE(a_line_for_each_step) {
  const std::string text = steps().fit(some_data()).describe();
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 6);
  for (const char* line :
       {"1. standardize 'x' per feature: 2 features, mean 0.8999999", "; 1 constant\n",
        "2. clip 'x' to [-3, 3]\n", "3. log1p 'y'\n", "4. min_max 'y' to [-1, 1] per feature: 1 ",
        "5. scale 'y' by 0.1, offset -0\n",
        "6. vocabulary 'city' as i64, at most 10 words, 3 words a text, unknown words allowed: 2 "
        "words, 'Zürich', '\"quoted\"'\n"})
    BOOST_TEST(text.find(line) != std::string::npos, text << " has no " << line);
  BOOST_TEST(steps().describe().find("not fitted yet") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  const std::string good = steps().fit(some_data()).to_json();
  const auto bad = [](const std::string& text, std::initializer_list<const char*> parts) {
    expect<DataError>([&] { (void)data::Preprocessing::from_json(text); }, parts);
    expect<DataError>([&] { (void)data::Preprocessing::from_json(text); }, {"fit it again"});
  };
  bad("", {"not JSON"});
  bad(good.substr(0, good.size() / 2), {"not JSON"});
  bad(std::string(100000, '['), {"not JSON"});
  bad("[]", {"not an object"});
  bad("{}", {"no \"format\""});
  bad(replaced(good, "foregraph preprocessing", "other"), {"format"});
  bad(replaced(good, "\"version\":1", "\"version\":2"), {"version 2, expected 1"});
  bad(replaced(good, "\"version\":1", "\"version\":1e400"), {"not JSON"});
  bad(replaced(good, "\"step\":\"log1p\"", "\"step\":\"log2p\""), {"steps[2].step", "'log2p'"});
  bad(replaced(good, "\"step\":\"log1p\"", "\"step\":3"), {"steps[2].step is not a string"});
  bad(replaced(good, "\"row_shape\":[2]", "\"row_shape\":[3]"), {"2 numbers, expected 3"});
  bad(replaced(good, "\"row_shape\":[2]", "\"row_shape\":[-2]"), {"not positive"});
  bad(replaced(good, "\"row_shape\":[2]", "\"row_shape\":[4611686018427387904,4]"), {"too large"});
  bad(replaced(good, "\"row_shape\":[2]", "\"row_shape\":[2.5]"), {"not an integer"});
  bad(replaced(good, "\"constant\":[1]", "\"constant\":[2]"), {"constant", "out of range"});
  bad(replaced(good, "\"divisor\":[", "\"divisor\":[0,"), {"3 numbers"});
  bad(replaced(good, "\"factor\":0.1", "\"factor\":0.0"), {"step 5", "factor", "0"});
  bad(replaced(good, "\"factor\":0.1", "\"factor\":null"), {"steps[4].factor", "finite number"});
  bad(replaced(good, "\"low\":-3.0", "\"low\":3.0"), {"step 2", "lower one first"});
  bad(replaced(good, "\"dtype\":\"f64\"", "\"dtype\":\"i64\""), {"neither f32 nor f64"});
  bad(replaced(good, "\"dtype\":\"f64\"", "\"dtype\":\"f32\""),
      {"'y'", "different shapes or types"});
  bad(replaced(good, "\"Zürich\"", "7"), {"a word that is not a string"});
  bad(replaced(good, "\"unknown\":true", "\"unknown\":1"), {"neither true nor false"});
  bad(replaced(data::Preprocessing()
                   .vocabulary("t")
                   .fit(data::Dataset().add_text("t", {"a", "b"}))
                   .to_json(),
               "\"b\"", "\"a\""),
      {"a word twice"});
  expect<DataError>([] { (void)data::Preprocessing().log1p("\xff").to_json(); }, {"not UTF-8"});
}

BOOST_AUTO_TEST_CASE(a_text_has_one_vocabulary) {
  const auto step = [](const std::string& kind) {
    return R"({"step":")" + kind +
           R"(","field":"t","size":0,"min_count":1,"unknown":true,"length":0,"dtype":"i32"})";
  };
  const auto json = [](const std::string& steps) {
    return R"({"format":"foregraph preprocessing","version":1,"steps":[)" + steps + "]}";
  };
  for (const auto& kinds :
       {std::pair{"vocabulary", "vocabulary"}, {"vocabulary", "log1p"}, {"log1p", "vocabulary"}})
    expect<DataError>(
        [&] {
          (void)data::Preprocessing::from_json(json(step(kinds.first) + "," + step(kinds.second)));
        },
        {"step 2", kinds.second, "'t'", "vocabulary"});
  // It would take minutes if each step were compared with all before it.
  std::string many;
  for (int i = 0; i < 30'000; ++i)
    many += (i == 0 ? "" : ",") + std::string(R"({"step":"log1p","field":")") + std::to_string(i) +
            R"("})";
  BOOST_TEST(data::Preprocessing::from_json(json(many)).fitted());
}

BOOST_AUTO_TEST_CASE(damaged_bytes_are_a_data_error_or_harmless) {
  const unsigned seed = 20261;
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::mt19937 random(seed);
  const std::string good = steps().fit(some_data()).to_json();
  const std::string letters = "\"[]{}:,0123456789.-eEnulltrue\\\x80\xff ";
  std::size_t refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string text = good;
    for (std::size_t changes = 1 + random() % 3; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      const char letter = letters[random() % letters.size()];
      switch (random() % 4) {
        case 0:
          text[at] = letter;
          break;
        case 1:
          text.insert(at, 1, letter);
          break;
        case 2:
          text.erase(at, 1 + random() % 5);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 30));
      }
    }
    try {
      const auto read = data::Preprocessing::from_json(text);
      (void)read.fingerprint();
      (void)read.describe();
      std::vector<float> rows(24);
      if (read.fitted()) read.apply("x", std::span(rows).first(2));
      (void)data::Preprocessing::from_json(read.to_json());
    } catch (const DataError&) {
      ++refused;
    } catch (const UsageError&) {  // rows of another size, not fitted
    }
  }
  BOOST_TEST(refused > 2000U);
}

BOOST_AUTO_TEST_SUITE_END()
