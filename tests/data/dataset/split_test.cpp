#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/split.hpp>
#include <map>
#include <numeric>
#include <random>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Samples that hold their own number, and these labels.
data::Dataset with_labels(std::vector<std::int32_t> labels) {
  std::vector<std::int64_t> numbers(labels.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  return data::Dataset().add("id", {}, std::move(numbers)).add("label", {}, std::move(labels));
}

template <class T>
std::vector<T> column(const data::Dataset& data, std::size_t field) {
  std::vector<T> values(static_cast<std::size_t>(data.size()));
  std::vector<std::byte*> to(data.fields().size(), nullptr);
  for (std::size_t i = 0; i < values.size(); ++i) {
    to[field] = reinterpret_cast<std::byte*>(&values[i]);
    data.read(static_cast<std::int64_t>(i), to);
  }
  return values;
}
std::vector<std::int64_t> ids_of(const data::Dataset& data) {
  return column<std::int64_t>(data, 0);
}

std::map<std::int32_t, std::int64_t> class_sizes(const data::Dataset& data) {
  std::map<std::int32_t, std::int64_t> sizes;
  for (const std::int32_t label : column<std::int32_t>(data, 1)) ++sizes[label];
  return sizes;
}

/// Reads the label only, and says so if asked for more.
struct LabelsOnly {
  std::vector<data::FieldSpec> specs{{"x", f32, {4}}, {"label", i32, {}}};
  [[nodiscard]] std::span<const data::FieldSpec> fields() const { return specs; }
  [[nodiscard]] std::int64_t size() const { return 100; }
  void read(std::int64_t row, std::span<std::byte* const> to) const {
    if (to[0] != nullptr) throw DataError("x was read");
    *reinterpret_cast<std::int32_t*>(to[1]) = static_cast<std::int32_t>(row % 3);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(splits)

BOOST_AUTO_TEST_CASE(disjoint_complete_and_of_the_right_size) {
  const auto seed = std::random_device{}();
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 200; ++run) {
    const int classes = 2 + static_cast<int>(random() % 5);
    std::vector<std::int32_t> labels(200 + random() % 300);
    for (auto& label : labels) label = static_cast<std::int32_t>(random()) % classes;
    const double share = 0.1 + 0.8 * static_cast<double>(random() % 1000) / 1000;
    const data::Dataset data = with_labels(labels);
    const data::Split parts =
        split(data, {.validation = share, .seed = random(), .stratify = run % 2 == 0});
    BOOST_TEST_INFO_SCOPE("seed " << seed << ", run " << run);
    BOOST_TEST(parts.validation.size() == std::llround(share * static_cast<double>(labels.size())));
    std::vector<std::int64_t> all = ids_of(parts.training);
    const std::vector<std::int64_t> rest = ids_of(parts.validation);
    all.insert(all.end(), rest.begin(), rest.end());
    BOOST_TEST(!std::ranges::is_sorted(all));
    std::ranges::sort(all);
    BOOST_TEST(all == ids_of(data));
    for (const std::int64_t id : rest)  // the fields of a sample stay together
      BOOST_REQUIRE(std::ranges::count(rest, id) == 1);
    const std::vector<std::int32_t> moved = column<std::int32_t>(parts.validation, 1);
    for (std::size_t i = 0; i < rest.size(); ++i)
      BOOST_REQUIRE(moved[i] == labels[static_cast<std::size_t>(rest[i])]);
  }
}

BOOST_AUTO_TEST_CASE(stratify_keeps_the_shares_within_one_sample) {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  for (int run = 0; run < 200; ++run) {
    BOOST_TEST_INFO_SCOPE("seed " << seed << ", run " << run);
    std::vector<std::int32_t> labels;
    for (std::int32_t c = 0; c < 12; ++c)
      labels.insert(labels.end(), 1 + random() % (c < 3 ? 3 : 90), c);
    const double share = 0.05 + 0.9 * static_cast<double>(random() % 1000) / 1000;
    const data::Split parts =
        split(with_labels(labels), {.validation = share, .seed = random(), .stratify = true});
    auto sizes = class_sizes(parts.validation);
    for (std::int32_t c = 0; c < 12; ++c) {
      const double exact = share * static_cast<double>(std::ranges::count(labels, c));
      BOOST_TEST(std::abs(static_cast<double>(sizes[c]) - exact) <= 1.0);
    }
    BOOST_TEST(parts.validation.size() == std::llround(share * static_cast<double>(labels.size())));
  }
}

BOOST_AUTO_TEST_CASE(the_only_sample_of_a_class_is_trained_on) {
  std::vector<std::int32_t> labels(99);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = i == 50 ? 7 : i % 2 == 0 ? 0 : 1;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    BOOST_TEST_INFO_SCOPE("seed " << seed);
    BOOST_TEST(
        class_sizes(split(with_labels(labels), {.validation = 0.9, .seed = seed, .stratify = true})
                        .training)
            .contains(7));
  }
}

BOOST_AUTO_TEST_CASE(the_seed_decides) {
  const data::Dataset data = with_labels(std::vector<std::int32_t>(100, 3));
  BOOST_TEST(ids_of(split(data).validation) == ids_of(split(data, {.seed = 1}).validation));
  BOOST_TEST(ids_of(split(data).validation) != ids_of(split(data, {.seed = 2}).validation));
}

BOOST_AUTO_TEST_CASE(only_labels_are_read) {
  const data::Dataset data(data::make_source(LabelsOnly{}));
  BOOST_TEST(split(data, {.stratify = true}).validation.size() == 20);
}

BOOST_AUTO_TEST_CASE(texts_can_be_the_classes) {
  std::vector<std::string> names(60, "cat");
  std::fill(names.begin() + 50, names.end(), "dog");
  const data::Dataset data =
      data::Dataset().add("x", {}, std::vector<float>(60)).add_text("animal", std::move(names));
  const data::Split parts = split(data, {.validation = 0.1, .label = "animal", .stratify = true});
  const data::TextColumn animals = parts.validation.text("animal");
  std::int64_t dogs = 0;
  for (std::int64_t i = 0; i < animals.size(); ++i) dogs += animals[i] == "dog" ? 1 : 0;
  BOOST_TEST(animals.size() == 6);
  BOOST_TEST(dogs == 1);
}

BOOST_AUTO_TEST_CASE(without_classes_anything_goes) {
  std::vector<float> targets(100);
  std::iota(targets.begin(), targets.end(), 0.5F);
  const data::Dataset quantity = data::Dataset().add("label", {}, targets);
  BOOST_TEST(split(quantity, {.validation = 0.01}).validation.size() == 1);
  BOOST_TEST(split(data::Dataset().add("x", {}, targets)).validation.size() == 20);
  expect<DataError>([&] { (void)split(quantity, {.stratify = true}); },
                    {"'label' is floating-point", "more than 64", "without stratify"});
  expect<DataError>([&] { (void)split(data::Dataset().add("x", {}, targets), {.stratify = true}); },
                    {"needs the field 'label'", "the fields are 'x'", "SplitOptions::label"});
}

BOOST_AUTO_TEST_CASE(one_sided_splits_are_refused) {
  std::vector<std::int32_t> labels(100, 0);
  labels[99] = 1;
  expect<DataError>([&] { (void)split(with_labels(labels)); },
                    {"side of the split", "all of class 0 (field 'label')", "2 classes",
                     "SplitOptions::stratify"});
  expect<DataError>([&] { (void)split(with_labels(labels), {.stratify = true}); },
                    {"validation side", "20 samples", "too few samples"});
  expect<DataError>(
      [] {
        (void)split(with_labels({0, 1, 2}), {.validation = 0.3});
      },
      {"validation side", "1 sample of class"});
  const data::Dataset floats =
      data::Dataset().add("label", {}, std::vector<float>{0.5F, 0.5F, 0.5F, 1});
  expect<DataError>([&] { (void)split(floats, {.validation = 0.5}); }, {"of class 0.5"});
  BOOST_TEST(split(with_labels(std::vector<std::int32_t>(10, 4))).validation.size() == 2);
}

BOOST_AUTO_TEST_CASE(empty_sides_and_senseless_shares_are_refused) {
  expect<DataError>(
      [] {
        (void)split(with_labels({0, 1, 2}), {.validation = 0.1});
      },
      {"splitting 3 samples", "no samples for validation", "more samples"});
  expect<DataError>(
      [] {
        (void)split(with_labels({0, 1, 2}), {.validation = 0.9});
      },
      {"no samples for training"});
  expect<DataError>([] { (void)split(data::Dataset()); }, {"splitting 0 samples"});
  for (const double share : {0.0, 1.0, -0.5, 20.0, std::nan("")})
    expect<UsageError>(
        [&] {
          (void)split(with_labels({0, 1}), {.validation = share});
        },
        {"SplitOptions::validation", "above 0 and below 1"});
}

BOOST_AUTO_TEST_SUITE_END()
