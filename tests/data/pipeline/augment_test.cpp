#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/data/pipeline/augment.hpp>
#include <map>
#include <numeric>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr std::uint64_t augment_seed = 4711;

/// Returns `count` equal images whose pixels have the values 1, 2, 3, ...
data::Dataset plain_images(std::int64_t count, std::vector<std::int64_t> shape) {
  std::int64_t elements = 1;
  for (const std::int64_t size : shape) elements *= size;
  std::vector<float> values(static_cast<std::size_t>(count * elements));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i % static_cast<std::size_t>(elements) + 1);
  return data::Dataset().add("x", std::move(shape), std::move(values));
}

/// All rows of field `field` in one epoch, by row of the data set.
template <class T = float>
std::vector<std::vector<T>> delivered_rows(const data::Pipeline& pipeline, std::int64_t epoch = 0,
                                           std::size_t field = 0) {
  BOOST_TEST_INFO_SCOPE("seed " << augment_seed);
  std::vector<std::vector<T>> rows(static_cast<std::size_t>(pipeline.dataset().size()));
  const auto elements = static_cast<std::size_t>(pipeline.fields()[field].row_elements());
  data::Loader loader(pipeline);
  loader.start_epoch(epoch);
  data::Batch batch;
  while (loader.next(batch))
    for (std::size_t i = 0; i < batch.row_indices.size(); ++i) {
      const T* from = reinterpret_cast<const T*>(batch.field(field)) + i * elements;
      rows[static_cast<std::size_t>(batch.row_indices[i])].assign(from, from + elements);
    }
  return rows;
}

data::Pipeline shuffled(const data::Dataset& data) {
  return data::from(data).shuffle(augment_seed).batch(64);
}

std::vector<float> only_row(const data::Pipeline& pipeline) {
  return delivered_rows(pipeline)[0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(augment, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(what_flips_do) {
  const auto one = data::from(plain_images(1, {2, 3, 2}));
  BOOST_TEST(only_row(one.map(data::flip_horizontal("x", 1))) ==
             (std::vector<float>{5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8}));
  BOOST_TEST(only_row(one.map(data::flip_vertical("x", 1))) ==
             (std::vector<float>{7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6}));
  BOOST_TEST(only_row(one.map(data::flip_vertical("x", 0))) == only_row(one));
  BOOST_TEST(only_row(data::from(plain_images(1, {2, 2})).map(data::flip_horizontal("x", 1))) ==
             (std::vector<float>{2, 1, 4, 3}));
  const auto labels =
      data::from(data::Dataset().add("x", {1, 3}, std::vector<std::int64_t>{1, 2, 3}));
  BOOST_TEST(delivered_rows<std::int64_t>(labels.map(data::flip_horizontal("x", 1)))[0] ==
             (std::vector<std::int64_t>{3, 2, 1}));
}

BOOST_AUTO_TEST_CASE(what_crops_do) {
  const auto one = data::from(plain_images(1, {3, 3, 1}));
  const auto centre = [&](std::int64_t h, std::int64_t w) {
    return only_row(one.convert<float, float>("x", {h, w, 1}, data::centre_crop("x", {h, w})));
  };
  BOOST_TEST(centre(1, 1) == (std::vector<float>{5}));
  BOOST_TEST(centre(2, 3) == (std::vector<float>{1, 2, 3, 4, 5, 6}));
  BOOST_TEST(centre(3, 3) == only_row(one));
  // Padded so far that some parts are all padding: each is the window it should be.
  const auto many = shuffled(plain_images(400, {2, 2, 1}));
  std::map<std::vector<float>, int> seen;
  for (const auto& row : delivered_rows(
           many.convert<float, float>("x", {1, 2, 1}, data::random_crop("x", {1, 2}, 3))))
    ++seen[row];
  const std::vector<std::vector<float>> expected{{0, 0}, {0, 1}, {1, 2}, {2, 0},
                                                 {0, 3}, {3, 4}, {4, 0}};
  BOOST_TEST(seen.size() == expected.size());
  for (const auto& row : expected) BOOST_TEST(seen.contains(row));
}

BOOST_AUTO_TEST_CASE(what_cutout_and_normalise_do) {
  const auto holes =
      delivered_rows(shuffled(plain_images(300, {4, 4, 2})).map(data::cutout("x", {3, 2}, 1, -1)));
  std::map<std::size_t, int> sizes;
  for (const auto& row : holes) {
    std::size_t hole = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i] == -1)
        ++hole;
      else
        BOOST_TEST(row[i] == static_cast<float>(i + 1));
    }
    ++sizes[hole / 2];
  }
  // Three rows or two at an edge, two columns or one.
  BOOST_TEST(sizes.size() == 4U);
  for (const std::size_t size : {2U, 3U, 4U, 6U}) BOOST_TEST(sizes[size] > 0);

  BOOST_TEST(
      only_row(data::from(plain_images(1, {1, 2, 2})).map(data::normalise("x", {1, 2}, {2, 4}))) ==
      (std::vector<float>{0, 0, 1, 0.5F}));
  BOOST_TEST(only_row(data::from(plain_images(1, {4})).map(data::normalise("x", {1}, {0.5}))) ==
             (std::vector<float>{0, 2, 4, 6}));
}

BOOST_AUTO_TEST_CASE(flips_are_as_frequent_as_asked_for) {
  constexpr double samples = 20000;
  const auto data = plain_images(20000, {1, 2, 1});
  for (const double probability : {0.5, 0.1}) {
    double flipped = 0;
    for (const auto& row :
         delivered_rows(shuffled(data).map(data::flip_horizontal("x", probability))))
      flipped += row[0] == 2 ? 1 : 0;
    const double deviation = std::sqrt(samples * probability * (1 - probability));
    BOOST_TEST(std::abs(flipped - samples * probability) < 4 * deviation);
  }
}

BOOST_AUTO_TEST_CASE(crops_are_uniform) {
  // The first pixel tells the place: 5 x 4 of them, 19 degrees of freedom.
  std::map<float, double> counts;
  const auto data = plain_images(20000, {6, 5, 1});
  for (const auto& row : delivered_rows(
           shuffled(data).convert<float, float>("x", {2, 2, 1}, data::random_crop("x", {2, 2}))))
    ++counts[row[0]];
  BOOST_REQUIRE_EQUAL(counts.size(), 20U);
  double chi_square = 0;
  for (const auto& [first, count] : counts) chi_square += (count - 1000) * (count - 1000) / 1000;
  BOOST_TEST(chi_square < 45.3);  // exceeded with probability 0.0006
  BOOST_TEST(chi_square > 4.5);   // more even with probability 0.0003
}

BOOST_AUTO_TEST_CASE(noise_is_normal) {
  const auto rows = delivered_rows<double>(
      shuffled(data::Dataset().add("x", {5}, std::vector<double>(100000, 10.0)))
          .map(data::gaussian_noise("x", 2)));
  double moments[4] = {};
  double neighbours = 0;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      const double z = (row[i] - 10) / 2;
      for (int k = 0; k < 4; ++k) moments[k] += std::pow(z, k + 1) / 100000;
      neighbours += i > 0 ? z * (row[i - 1] - 10) / 2 / 80000 : 0;
    }
  // Five standard errors each: 1, 2, 15 and 96 over n.
  BOOST_TEST(std::abs(moments[0]) < 0.016);
  BOOST_TEST(std::abs(moments[1] - 1) < 0.023);
  BOOST_TEST(std::abs(moments[2]) < 0.062);
  BOOST_TEST(std::abs(moments[3] - 3) < 0.155);
  BOOST_TEST(std::abs(neighbours) < 0.018);
}

BOOST_AUTO_TEST_CASE(the_same_for_any_number_of_workers_and_another_in_the_next_epoch) {
  const auto pipeline =
      shuffled(plain_images(500, {6, 6, 1}))
          .map(data::flip_horizontal("x"))
          .convert<float, float>("x", {5, 5, 1}, data::random_crop("x", {5, 5}, 1))
          .map(data::cutout("x", {2, 2}, 0.5))
          .map(data::gaussian_noise("x", 0.1));
  const auto reference = delivered_rows(pipeline, 3);
  for (const int workers : {2, 5})
    BOOST_TEST(delivered_rows(pipeline.workers(workers), 3) == reference);
  BOOST_TEST(delivered_rows(pipeline.batch(7).prefetch(2), 3) == reference);
  std::size_t equal = 0;
  const auto next = delivered_rows(pipeline, 4);
  for (std::size_t i = 0; i < next.size(); ++i) equal += next[i] == reference[i] ? 1U : 0U;
  BOOST_TEST(equal == 0U);
}

BOOST_AUTO_TEST_CASE(two_of_a_kind_differ_unless_told) {
  std::vector<float> pixels(4000);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i % 2);
  const auto data = data::Dataset().add("x", {1, 2, 1}, pixels).add("mask", {1, 2, 1}, pixels);
  const auto agreements = [&](data::RandomUse a, data::RandomUse b) {
    const auto pipeline = shuffled(data)
                              .map(data::flip_horizontal("x", 0.5, a))
                              .map(data::flip_horizontal("mask", 0.5, b));
    const auto x = delivered_rows(pipeline, 0, 0);
    const auto mask = delivered_rows(pipeline, 0, 1);
    int agree = 0;
    for (std::size_t i = 0; i < x.size(); ++i) agree += x[i] == mask[i] ? 1 : 0;
    return agree;
  };
  BOOST_TEST(agreements(7, 7) == 2000);
  BOOST_TEST(std::abs(agreements({}, {}) - 1000) < 112);  // five deviations
  BOOST_TEST(std::abs(agreements(1, 2) - 1000) < 112);
  BOOST_TEST(std::abs(agreements({}, 0) - 1000) < 112);
  const auto both = shuffled(data).map(data::flip_horizontal("x")).map(data::flip_vertical("x"));
  BOOST_TEST(delivered_rows(both) ==
             delivered_rows(shuffled(data).map(data::flip_horizontal("x"))));
}

BOOST_AUTO_TEST_CASE(wrong_use_is_named) {
  expect<UsageError>([] { (void)data::flip_horizontal("x", 1.5); },
                     {"flip_horizontal", "'x'", "1.5"});
  expect<UsageError>([] { (void)data::flip_vertical("x", std::nan("")); }, {"probability"});
  expect<UsageError>([] { (void)data::gaussian_noise("x", -1); }, {"gaussian_noise", "-1"});
  expect<UsageError>([] { (void)data::cutout("x", {0, 2}); }, {"0 x 2", "one pixel"});
  expect<UsageError>([] { (void)data::random_crop("x", {2, 2}, -1); }, {"padding is -1"});
  expect<UsageError>([] { (void)data::normalise("x", {1, 2}, {1}); }, {"2 means and 1 dev"});
  expect<UsageError>([] { (void)data::normalise("x", {1}, {0}); }, {"entry 0"});
  const auto data =
      data::from(plain_images(4, {3, 3, 2}).add("n", {}, std::vector<std::int32_t>(4)));
  const auto fails = [&](const data::Pipeline& pipeline, std::initializer_list<const char*> parts) {
    expect<UsageError>([&] { (void)delivered_rows(pipeline); }, parts);
  };
  fails(data.map(data::flip_horizontal("z")), {"'z'", "not part of the batch"});
  fails(data.map(data::flip_horizontal("n")), {"'n'", "0 dimensions", "{height, width, channels}"});
  fails(data.map(data::gaussian_noise("n", 1)), {"'n'", "i32", "f32 or f64"});
  fails(data.map(data::normalise("x", {1, 2, 3}, {1, 2, 3})),
        {"3 channels", "last dimension is 2"});
  // A number that would be infinite in the field's type.
  expect<UsageError>(
      [] {
        (void)data::cutout("x", {1, 1}, 1, std::nan(""));
      },
      {"value is nan", "finite"});
  expect<UsageError>(
      [] {
        (void)data::cutout("x", {1, 1}, 1, HUGE_VAL);
      },
      {"value is inf", "finite"});
  fails(data.map(data::cutout("x", {1, 1}, 1, 1e300)), {"cutout", "'x'", "1e+300", "range of f32"});
  fails(data.map(data::gaussian_noise("x", 1e39)), {"gaussian_noise", "1e+39", "range of f32"});
  fails(data.map(data::normalise("x", {1e40}, {1})), {"normalise", "1e+40", "range of f32"});
  fails(data.map(data::normalise("x", {0}, {1e-40})), {"normalise", "range of f32"});
  fails(data.convert<float, float>("x", {4, 4, 2}, data::centre_crop("x", {4, 4})),
        {"4 x 4 does not fit", "3 x 3"});
  fails(data.convert<float, float>("x", {2, 2, 1}, data::random_crop("x", {2, 2})),
        {"row shape {2, 2, 2}"});
  fails(data.map(data::flip_horizontal("x")).cache(), {"before cache()"});
}

BOOST_AUTO_TEST_SUITE_END()
