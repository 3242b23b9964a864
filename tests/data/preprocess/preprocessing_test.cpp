#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>
#include <limits>
#include <random>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Rows as they are after the preprocessing.
std::vector<float> prepared(const data::Preprocessing& preprocessing, const std::string& field,
                            std::vector<float> rows) {
  preprocessing.apply(field, std::span(rows));
  return rows;
}

void check_close(const std::vector<float>& found, const std::vector<double>& expected,
                 double within = 1e-6) {
  BOOST_REQUIRE_EQUAL(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    BOOST_CHECK_MESSAGE(std::abs(static_cast<double>(found[i]) - expected[i]) <= within,
                        "element " << i << ": " << found[i] << ", expected " << expected[i]);
}

data::Dataset normal(std::int64_t rows, std::vector<std::int64_t> shape, double mean,
                     double deviation, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> distribution(mean, deviation);
  std::int64_t elements = rows;
  for (const std::int64_t size : shape) elements *= size;
  std::vector<double> values(static_cast<std::size_t>(elements));
  for (double& value : values) value = distribution(generator);
  return data::Dataset().add("x", std::move(shape), std::move(values));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(preprocessing)

BOOST_AUTO_TEST_CASE(standardize_by_feature_channel_and_field) {
  const auto data =
      data::Dataset().add("x", {2, 2}, std::vector<float>{1, 10, 3, 10, 5, 20, 7, 20});
  const auto feature = data::Preprocessing().standardize("x").fit(data);
  check_close(prepared(feature, "x", {1, 10, 3, 10, 9, 10, 3, 25}), {-1, -1, -1, -1, 3, -1, -1, 2});
  const auto channel = data::Preprocessing().standardize("x", data::Per::channel).fit(data);
  const double d = std::sqrt(5.0);  // of 1, 3, 5, 7 about 4
  check_close(prepared(channel, "x", {1, 10, 3, 20}), {-3 / d, -1, -1 / d, 1});
  const auto field = data::Preprocessing().standardize("x", data::Per::field).fit(data);
  const double deviation = std::sqrt((1 + 9 + 25 + 49 + 200 + 800) / 8.0 - 9.5 * 9.5);
  check_close(prepared(field, "x", {9.5, 0, 0, 0}),
              {0, -9.5 / deviation, -9.5 / deviation, -9.5 / deviation});
}

BOOST_AUTO_TEST_CASE(channels_of_many_elements) {
  // More elements than the statistics are repeated to, and not a multiple of it.
  std::vector<float> row(25 * 3);
  std::vector<float> both;
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>(i % 3 * 100);
  for (const float add : {-1.0F, 1.0F})
    for (const float value : row) both.push_back(value + add);
  const auto fitted = data::Preprocessing()
                          .standardize("x", data::Per::channel)
                          .fit(data::Dataset().add("x", {5, 5, 3}, both));
  for (const float value : prepared(fitted, "x", row)) BOOST_TEST(std::abs(value) < 1e-12F);
}

BOOST_AUTO_TEST_CASE(a_large_mean_loses_nothing) {
  const auto data = normal(20000, {2}, 1e9, 1, 11);
  std::vector<double> values(reinterpret_cast<const double*>(data.row(0, 0)),
                             reinterpret_cast<const double*>(data.row(0, 0)) + 40000);
  data::Preprocessing().standardize("x").fit(data).apply("x", std::span(values));
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < values.size(); i += 2) {
    sum += values[i];
    squares += values[i] * values[i];
  }
  BOOST_TEST(std::abs(sum / 20000) < 1e-6);
  BOOST_TEST(std::abs(squares / 20000 - 1) < 1e-6);
}

BOOST_AUTO_TEST_CASE(statistics_do_not_depend_on_threads) {
  const auto data = normal(10000, {3}, 5, 2, 12);
  const auto steps = data::Preprocessing().standardize("x").min_max("x", -1, 1);
  const auto alone = steps.fit(data);
  for (const int workers : {2, 3, 7})
    BOOST_TEST(steps.fit(data, {.workers = workers}).fingerprint() == alone.fingerprint());
}

BOOST_AUTO_TEST_CASE(a_limit_takes_rows_from_everywhere) {
  std::vector<float> sorted(100000);
  for (std::size_t i = 0; i < sorted.size(); ++i) sorted[i] = static_cast<float>(i);
  const auto data = data::Dataset().add("x", {}, std::move(sorted));
  const auto fitted = data::Preprocessing().min_max("x").fit(data, {.max_rows = 1000, .seed = 3});
  const auto found = prepared(fitted, "x", {0, 50000, 99999});
  check_close(found, {0, 0.5, 1}, 0.002);
  BOOST_TEST(fitted.fingerprint() != data::Preprocessing().min_max("x").fit(data).fingerprint());
  BOOST_TEST(data::Preprocessing().min_max("x").fit(data, {.max_rows = 100000}).fingerprint() ==
             data::Preprocessing().min_max("x").fit(data).fingerprint());
}

BOOST_AUTO_TEST_CASE(steps_are_fitted_on_what_comes_before) {
  const auto data = data::Dataset().add("x", {}, std::vector<float>{0, 9, 99, 1e6F});
  const auto fitted =
      data::Preprocessing().clip("x", 0, 99).log1p("x").min_max("x", -1, 1).fit(data);
  check_close(prepared(fitted, "x", {0, 9, 99, 5000}), {-1, 0, 1, 1});
  const auto twice = data::Preprocessing().scale("x", 2, 1).standardize("x").min_max("x").fit(data);
  check_close(prepared(twice, "x", {0, 1e6F, 5e5F}), {0, 1, 0.5});
}

BOOST_AUTO_TEST_CASE(constant_features_are_reported) {
  const auto data = data::Dataset().add("x", {3}, std::vector<float>{0.1F, 1, 7, 0.1F, 2, 7});
  const auto fitted = data::Preprocessing().standardize("x").fit(data);
  const auto constant = fitted.constant_features();
  BOOST_REQUIRE_EQUAL(constant.size(), 2U);
  BOOST_TEST(constant[0].index == 0U);
  BOOST_TEST(constant[1].index == 2U);
  BOOST_TEST(constant[1].value == 7.0);
  check_close(prepared(fitted, "x", {0.1F, 1, 8}), {0, -1, 1});
  BOOST_TEST(fitted.describe().find("3 features") != std::string::npos);
  BOOST_TEST(fitted.describe().find("2 constant") != std::string::npos);
  // A range whose factor is beyond the type is as good as none.
  const auto tiny = data::Dataset().add("x", {}, std::vector<float>{0, 1e-45F});
  BOOST_TEST(data::Preprocessing().standardize("x").fit(tiny).constant_features().size() == 1U);
  BOOST_TEST(data::Preprocessing().min_max("x").fit(tiny).constant_features().size() == 1U);
}

BOOST_AUTO_TEST_CASE(inverse_gives_the_unit_back) {
  const auto data = normal(500, {3}, 200000, 40000, 13);
  for (const auto& steps :
       {data::Preprocessing().standardize("x"),
        data::Preprocessing().min_max("x", -2, 3, data::Per::channel),
        data::Preprocessing().scale("x", 0.001, 4).log1p("x").standardize("x", data::Per::field)}) {
    const auto fitted = steps.fit(data);
    const auto* row = reinterpret_cast<const double*>(data.row(0, 0));
    const std::vector<double> before(row, row + 30);
    std::vector<double> values = before;
    fitted.apply("x", std::span(values));
    BOOST_TEST(values != before);
    fitted.inverse("x", std::span(values));
    for (std::size_t i = 0; i < values.size(); ++i)
      BOOST_TEST(std::abs(values[i] / before[i] - 1) < 1e-9);
  }
  std::vector<float> other{1, 2};
  data::Preprocessing().inverse("y", std::span(other));  // nothing was done to it
  BOOST_TEST(other == (std::vector<float>{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_pipeline_applies_it) {
  std::vector<float> x(64 * 3);
  std::vector<double> y(64);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * i % 101);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<double>(i);
  std::vector<std::string> colours;
  for (std::size_t i = 0; i < y.size(); ++i) colours.emplace_back(i % 4 == 0 ? "red" : "blue");
  const auto data =
      data::Dataset().add("x", {3}, x).add("y", {}, y).add_text("colour", std::move(colours));
  const auto fitted =
      data::Preprocessing().standardize("x").min_max("y").vocabulary("colour").fit(data);
  std::vector<float> expected = x;
  fitted.apply("x", std::span(expected));
  for (const int workers : {1, 3}) {
    data::Loader loader(
        data::from(data).preprocess(fitted).shuffle(5).batch(7).prefetch(1).workers(workers));
    loader.start_epoch(0);
    std::size_t rows = 0;
    data::Batch batch;
    while (loader.next(batch)) {
      const auto* found = reinterpret_cast<const float*>(batch.field(0));
      const auto* targets = reinterpret_cast<const double*>(batch.field(1));
      const auto* ids = reinterpret_cast<const std::int32_t*>(batch.field(2));
      for (std::size_t i = 0; i < batch.row_indices.size(); ++i, ++rows) {
        const auto row = static_cast<std::size_t>(batch.row_indices[i]);
        for (std::size_t k = 0; k < 3; ++k) BOOST_TEST(found[i * 3 + k] == expected[row * 3 + k]);
        BOOST_TEST(targets[i] == static_cast<double>(row) * (1 / 63.0));
        BOOST_TEST(ids[i] == (row % 4 == 0 ? 2 : 1));
      }
    }
    BOOST_TEST(rows == 64U);
  }
  BOOST_TEST(x[4] == 16.0F);
}

BOOST_AUTO_TEST_CASE(vocabularies) {
  const auto data = data::Dataset().add_text("t", {"b", "a", "c", "b", "a", "d d", ""});
  const auto fitted = data::Preprocessing().vocabulary("t", {.size = 3}).fit(data);
  BOOST_TEST(fitted.words("t") == (std::vector<std::string>{"a", "b", ""}));
  BOOST_TEST(fitted.vocabulary_size("t") == 4);
  const auto encoded = fitted.encode(data.slice(0, 3));
  const auto* ids = reinterpret_cast<const std::int32_t*>(encoded.data(0));
  BOOST_TEST(ids[0] == 2);
  BOOST_TEST(ids[1] == 1);
  BOOST_TEST(ids[2] == 0);
  BOOST_TEST(!encoded.has_text("t"));

  const auto sentences =
      data::Dataset().add_text("t", {" to be or  not to be\n", "be", "not known"});
  const auto words =
      data::Preprocessing().vocabulary("t", {.min_count = 2, .length = 5, .dtype = i64});
  const auto split = words.fit(sentences).encode(sentences);
  BOOST_TEST(split.fields()[0].row_shape == std::vector<std::int64_t>{5});
  const auto* numbers = reinterpret_cast<const std::int64_t*>(split.data(0));
  const std::int64_t expected[] = {4, 2, 1, 3, 4, 2, 0, 0, 0, 0, 3, 1, 0, 0, 0};
  for (std::size_t i = 0; i < 15; ++i) BOOST_TEST(numbers[i] == expected[i]);

  const auto strict = data::Preprocessing().vocabulary("t", {.unknown = false}).fit(data);
  BOOST_TEST(strict.vocabulary_size("t") == 5);
  expect<DataError>(
      [&] {
        (void)strict.encode(data::Dataset().add_text("t", {"a", "zebra"}));
      },
      {"'t', row 1", "'zebra'", "VocabularyOptions::unknown"});
  expect<DataError>([&] { (void)strict.encode(encoded); }, {"'t' is numeric"});
  BOOST_TEST(strict.encode(data::Dataset().add("x", {}, std::vector<float>{1})).fields().size() ==
             1U);
  expect<DataError>(
      [] {
        (void)data::Preprocessing().vocabulary("t").fit(
            data::Dataset().add_text("t", {"ok", "caf\xe9"}));
      },
      {"'t', row 1", "UTF-8"});
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_is_named) {
  std::vector<float> values(20, 1.0F);
  values[13] = std::numeric_limits<float>::quiet_NaN();
  const auto data = data::Dataset().add("x", {4}, values);
  for (const auto& steps :
       {data::Preprocessing().standardize("x"), data::Preprocessing().min_max("x")})
    expect<DataError>([&] { (void)steps.fit(data); }, {"field 'x', row 3, element 1 is", "nan"});
  expect<DataError>([&] { (void)data::Preprocessing().standardize("x").fit(data, {.workers = 3}); },
                    {"row 3, element 1"});
  values[13] = -2;
  expect<DataError>(
      [&] {
        (void)data::Preprocessing().log1p("x").standardize("x").fit(
            data::Dataset().add("x", {4}, values));
      },
      {"row 3, element 1", "after log1p"});
  const auto huge = data::Dataset().add("x", {}, std::vector<double>{1e200, -1e200});
  expect<DataError>([&] { (void)data::Preprocessing().standardize("x").fit(huge); }, {"too large"});
}

BOOST_AUTO_TEST_CASE(wrong_use_is_named) {
  const auto data = data::Dataset()
                        .add("x", {2}, std::vector<float>{1, 2, 3, 4})
                        .add("n", {}, std::vector<std::int32_t>{1, 2})
                        .add_text("t", {"a", "b"});
  const data::Preprocessing none;
  BOOST_TEST(none.fitted());
  BOOST_TEST(!none.standardize("x").fitted());
  BOOST_TEST(none.clip("x", 0, 1).fitted());
  expect<DataError>([&] { (void)none.standardize("z").fit(data); }, {"'z'", "'x', 'n'"});
  expect<DataError>([&] { (void)none.clip("z", 0, 1).fit(data); }, {"clip", "'z'"});
  expect<DataError>([&] { (void)none.standardize("n").fit(data); }, {"'n'", "i32", "f32 or f64"});
  expect<DataError>([&] { (void)none.standardize("t").fit(data); }, {"'t'", "which is text"});
  expect<DataError>([&] { (void)none.vocabulary("x").fit(data); }, {"no text 'x'", "'t'"});
  expect<DataError>([&] { (void)none.standardize("x").fit(data::Dataset()); }, {"no samples"});
  expect<UsageError>([&] { (void)none.standardize(""); }, {"has no name"});
  expect<UsageError>([&] { (void)none.clip("x", 1, 1); }, {"clip", "lower one first"});
  expect<UsageError>([&] { (void)none.min_max("x", 0, std::nan("")); }, {"not finite"});
  expect<UsageError>([&] { (void)none.scale("x", 0); }, {"factor", "'x'", "0"});
  expect<UsageError>([&] { (void)none.vocabulary("t", {.min_count = 0}); }, {"min_count"});
  expect<UsageError>([&] { (void)none.vocabulary("t", {.dtype = f32}); }, {"f32", "i32 or i64"});
  expect<UsageError>([&] { (void)none.vocabulary("t").standardize("t"); }, {"'t'", "vocabulary"});
  expect<UsageError>([&] { (void)none.standardize("x").fit(data, {.workers = 0}); },
                     {"workers 0", "1 to 4096 workers"});
  expect<UsageError>([&] { (void)none.words("t"); }, {"no fitted vocabulary", "'t'"});
  std::vector<float> rows(3);
  expect<UsageError>([&] { none.standardize("x").apply("x", std::span(rows)); }, {"not fitted"});
  const auto fitted = none.standardize("x").fit(data);
  expect<UsageError>([&] { fitted.apply("x", std::span(rows)); }, {"3 values", "rows of 2"});
  expect<UsageError>([&] { (void)data::from(data).preprocess(none.standardize("x")); }, {"fit()"});
  const auto other = data::Dataset().add("x", {3}, std::vector<float>{1, 2, 3});
  data::Loader loader(data::from(other).preprocess(fitted));
  loader.start_epoch(0);
  data::Batch batch;
  expect<DataError>([&] { (void)loader.next(batch); },
                    {"'x'", "f32 {3}", "f32 {2}", "training data"});
}

BOOST_AUTO_TEST_CASE(numbers_must_fit_the_field) {
  const auto f32_data = data::Dataset().add("x", {}, std::vector<float>{0, 1});
  const auto f64_data = data::Dataset().add("x", {}, std::vector<double>{0, 1});
  const data::Preprocessing none;
  const auto large = none.scale("x", 1e300);
  const std::initializer_list<const char*> parts = {"field 'x'", "out of the range of f32"};
  expect<UsageError>([&] { (void)large.fit(f32_data); }, parts);
  expect<UsageError>([&] { (void)none.scale("x", 1, -1e39).fit(f32_data); }, parts);
  expect<UsageError>([&] { (void)none.min_max("x", 0, 1e39).fit(f32_data); }, parts);
  std::vector<float> rows(2);
  expect<UsageError>([&] { large.apply("x", std::span(rows)); }, parts);
  data::Loader loader(data::from(f32_data).preprocess(large));
  loader.start_epoch(0);
  data::Batch batch;
  expect<UsageError>([&] { (void)loader.next(batch); }, parts);

  std::vector<double> doubles{0, 2};
  large.fit(f64_data).apply("x", std::span(doubles));
  BOOST_TEST((doubles == std::vector<double>{0, 2e300}));
  // A bound beyond the type is none.
  std::vector<float> clipped{-5, 1e38F};
  none.clip("x", 0, 1e300).fit(f32_data).apply("x", std::span(clipped));
  BOOST_TEST((clipped == std::vector<float>{0, 1e38F}));
}

BOOST_AUTO_TEST_SUITE_END()
