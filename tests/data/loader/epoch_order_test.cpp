#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/bijection.hpp>
#include <foregraph/detail/data/loader/epoch_order.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <map>
#include <random>
#include <set>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

data::Pipeline labelled(std::int64_t rows, int classes = 3) {
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < rows; ++i)
    labels.push_back(static_cast<std::int32_t>(i * classes / rows));
  return data::from(data::Dataset().add("label", {}, std::move(labels)));
}

std::vector<std::int64_t> row_order(const data::Pipeline& pipeline, std::int64_t epoch) {
  data::EpochOrder order(pipeline);
  order.start(epoch);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(order.size()));
  order.next(rows);
  return rows;
}

void check_each_once(std::vector<std::int64_t> rows, std::int64_t count) {
  BOOST_REQUIRE_EQUAL(static_cast<std::int64_t>(rows.size()), count);
  std::sort(rows.begin(), rows.end());
  for (std::int64_t i = 0; i < count; ++i)
    BOOST_REQUIRE_EQUAL(rows[static_cast<std::size_t>(i)], i);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(epoch_order)

BOOST_AUTO_TEST_CASE(a_bijection_has_every_value_once_for_every_size) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t n = 1; n <= 300; ++n) sizes.push_back(n);
  for (int k = 9; k <= 17; ++k)
    for (const int more : {-1, 0, 1}) sizes.push_back((std::int64_t{1} << k) + more);
  for (const std::int64_t size : sizes)
    for (const std::uint64_t seed : {0U, 1U, 77U}) {
      const data::Bijection of(size, seed, 5);
      std::vector<char> seen(static_cast<std::size_t>(size), 0);
      for (std::int64_t i = 0; i < size; ++i) {
        const std::int64_t value = of(i);
        BOOST_REQUIRE(value >= 0 && value < size);
        BOOST_REQUIRE(seen[static_cast<std::size_t>(value)]++ == 0);
      }
    }
}

BOOST_AUTO_TEST_CASE(a_bijection_of_billions_needs_no_memory) {
  for (const std::int64_t size : {(std::int64_t{1} << 33) + 1, std::int64_t{1} << 62}) {
    const data::Bijection of(size, 3, 0);
    std::set<std::int64_t> seen;
    for (std::int64_t i = 0; i < 20'000; ++i) {
      BOOST_REQUIRE(of(i) < size);
      BOOST_REQUIRE(seen.insert(of(i)).second);
    }
    BOOST_TEST(*seen.rbegin() > size / 1000 * 999);  // they are spread over all of them
    BOOST_TEST(*seen.begin() < size / 1000);
  }
}

BOOST_AUTO_TEST_CASE(a_bijection_mixes_as_a_permutation_does) {
  // Among 100 values, how often each follows from each index: chi-square with about 9,801 degrees
  // of freedom, standard deviation 140; and how many stay where they are: one on average.
  constexpr int n = 100, tries = 20'000;
  std::vector<double> counts(n * n, 0);
  double fixed = 0;
  for (std::uint64_t seed = 0; seed < tries; ++seed) {
    const data::Bijection of(n, seed, 0);
    for (int i = 0; i < n; ++i) {
      const auto value = of(i);
      ++counts[static_cast<std::size_t>(i * n + value)];
      fixed += value == i ? 1 : 0;
    }
  }
  double statistic = 0;
  constexpr double expected = static_cast<double>(tries) / n;
  for (const double count : counts) statistic += (count - expected) * (count - expected) / expected;
  BOOST_TEST(statistic < 9'801 + 6 * 140);
  BOOST_TEST(statistic > 9'801 - 6 * 140);
  BOOST_TEST(fixed / tries == 1.0, boost::test_tools::tolerance(0.05));
}

BOOST_AUTO_TEST_CASE(every_order_of_the_whole_has_each_row_once) {
  for (const std::int64_t n : {1, 2, 3, 5, 64, 65, 1003}) {
    const data::Pipeline data = labelled(n);
    for (const data::Pipeline& pipeline :
         {data, data.shuffle(4), data.shuffle(4, data::Permutation::computed),
          data.shuffle_buffer(1, 4), data.shuffle_buffer(10, 4), data.shuffle_buffer(5000, 4)})
      for (const std::int64_t epoch : {0, 1, 7}) check_each_once(row_order(pipeline, epoch), n);
  }
}

BOOST_AUTO_TEST_CASE(orders_change_with_seed_and_epoch_only) {
  const data::Pipeline data = labelled(500);
  const auto shuffled = {
      +[](const data::Pipeline& p, std::uint64_t seed) { return p.shuffle(seed); },
      +[](const data::Pipeline& p, std::uint64_t seed) {
        return p.shuffle(seed, data::Permutation::computed);
      },
      +[](const data::Pipeline& p, std::uint64_t seed) { return p.shuffle_buffer(100, seed); },
      +[](const data::Pipeline& p, std::uint64_t seed) { return p.class_balanced("label", seed); }};
  for (const auto& shuffle : shuffled) {
    const auto rows = row_order(shuffle(data, 1), 0);
    BOOST_TEST((rows == row_order(shuffle(data, 1), 0)));
    BOOST_TEST((rows != row_order(shuffle(data, 2), 0)));
    BOOST_TEST((rows != row_order(shuffle(data, 1), 1)));
  }
}

BOOST_AUTO_TEST_CASE(a_buffer_moves_rows_no_further_forward_than_it_is_long) {
  const auto rows = row_order(labelled(2000).shuffle_buffer(50, 9), 0);
  std::int64_t furthest = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    furthest = std::max(furthest, rows[i] - static_cast<std::int64_t>(i));
  BOOST_TEST(furthest < 50);
  BOOST_TEST(furthest > 25);
}

BOOST_AUTO_TEST_CASE(skip_take_and_repeat) {
  const data::Pipeline data = labelled(100).shuffle(3);
  const auto all = row_order(data, 2);
  const auto part = row_order(data.skip(10).take(20), 2);
  BOOST_TEST((part == std::vector<std::int64_t>(all.begin() + 10, all.begin() + 30)));
  const auto thrice = row_order(data.repeat(3), 0);
  for (int pass = 0; pass < 3; ++pass) {
    const std::vector<std::int64_t> rows(thrice.begin() + 100 * pass,
                                         thrice.begin() + 100 * (pass + 1));
    check_each_once(rows, 100);
    BOOST_TEST((rows == row_order(data, pass)));
  }
  BOOST_TEST(data.repeat(3).batch(64).batches_per_epoch() == 5);
  expect<UsageError>([&] { (void)data.skip(100); }, {"skip: 100 samples", "100"});
  expect<UsageError>([&] { (void)data.take(0); }, {"take: 0"});
  expect<UsageError>([&] { (void)data.repeat(0); }, {"repeat: 0"});
}

BOOST_AUTO_TEST_CASE(shards_are_disjoint_and_complete_in_every_epoch) {
  for (const std::int64_t n : {7, 64, 100})
    for (const std::int64_t count : {1, 2, 3, 7}) {
      std::vector<std::int64_t> together;
      for (std::int64_t s = 0; s < count; ++s) {
        const auto rows = row_order(labelled(n).shuffle(5).shard(s, count), 4);
        BOOST_TEST(static_cast<std::int64_t>(rows.size()) >= n / count);
        BOOST_TEST(static_cast<std::int64_t>(rows.size()) <= (n + count - 1) / count);
        together.insert(together.end(), rows.begin(), rows.end());
      }
      check_each_once(together, n);
    }
  expect<UsageError>([] { (void)labelled(10).shard(2, 2); }, {"part 2 of 2", "minus 1"});
  expect<UsageError>([] { (void)labelled(10).shard(0, 11); }, {"11 parts", "empty"});
}

BOOST_AUTO_TEST_CASE(balanced_classes_come_equally_often_and_their_rows_in_turn) {
  // 90 of class 0, 9 of class 1, one of class 2.
  std::vector<std::int32_t> labels(100, 0);
  for (int i = 0; i < 9; ++i) labels[static_cast<std::size_t>(10 * i + 5)] = 1;
  labels[77] = 2;
  const data::Pipeline data =
      data::from(data::Dataset().add("label", {}, labels)).class_balanced("label", 8);
  const auto rows = row_order(data, 3);
  BOOST_TEST(rows.size() == 100U);
  std::map<std::int32_t, int> classes;
  std::map<std::int64_t, int> times;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ++classes[labels[static_cast<std::size_t>(rows[i])]];
    ++times[rows[i]];
    if (i % 3 == 2)
      for (const auto& [label, count] : classes)
        BOOST_REQUIRE(count == static_cast<int>(i / 3) + 1);
  }
  for (const auto& [row, count] : times) {
    const int label = labels[static_cast<std::size_t>(row)];
    if (label == 0) BOOST_TEST(count == 1);                  // 33 or 34 of 90
    if (label == 1) BOOST_TEST((count == 3 || count == 4));  // each in turn
  }
  expect<DataError>([&] { (void)data.class_balanced("class", 1); }, {"no field 'class'"});
  const auto values =
      data::from(data::Dataset().add("y", {}, std::vector<float>{1, 2, 3, 4, 5, 6}));
  expect<DataError>([&] { (void)values.class_balanced("y", 1); },
                    {"6 different values", "probably not classes"});
}

BOOST_AUTO_TEST_CASE(an_order_can_be_begun_anywhere) {
  const data::Pipeline data = labelled(300);
  for (const data::Pipeline& pipeline :
       {data, data.shuffle(4), data.shuffle(4, data::Permutation::computed),
        data.shuffle_buffer(40, 4), data.class_balanced("label", 4),
        data.shuffle(4).repeat(2).skip(3).shard(1, 2)}) {
    const auto all = row_order(pipeline, 1);
    data::EpochOrder order(pipeline);
    const unsigned seed = 11;
    std::mt19937 random(seed);
    for (int i = 0; i < 20; ++i) {
      const std::size_t position = random() % all.size();
      order.start(1, static_cast<std::int64_t>(position));
      std::vector<std::int64_t> rest(all.size() - position);
      order.next(rest);
      BOOST_TEST_INFO("seed " << seed << ", position " << position);
      BOOST_TEST((rest == std::vector<std::int64_t>(
                              all.begin() + static_cast<std::ptrdiff_t>(position), all.end())));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_delivery_knows_a_lost_and_a_doubled_row) {
  data::Delivery whole, shuffled, lost, doubled;
  const std::vector<std::int64_t> rows{0, 1, 2, 3, 4};
  whole.add(rows);
  shuffled.add(std::vector<std::int64_t>{3, 1});
  shuffled.add(std::vector<std::int64_t>{4, 0, 2});
  lost.add(std::vector<std::int64_t>{0, 1, 2, 3});
  doubled.add(std::vector<std::int64_t>{0, 1, 2, 3, 3});
  BOOST_TEST((whole == shuffled));
  BOOST_TEST((whole != lost));
  BOOST_TEST((whole != doubled));
  BOOST_TEST((data::Loader::whole_epoch(labelled(5).shuffle(1), 9) == whole));
}

BOOST_AUTO_TEST_SUITE_END()
