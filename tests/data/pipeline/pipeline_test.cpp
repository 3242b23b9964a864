#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/permutation.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <map>
#include <numeric>
#include <set>

#include "support/expect.hpp"
#include "support/training_data.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(pipeline)

BOOST_AUTO_TEST_CASE(a_permutation_has_every_row_once_and_changes_with_seed_and_epoch) {
  std::set<std::vector<std::int64_t>> seen;
  for (const std::uint64_t seed : {0, 1, 42})
    for (const std::uint64_t epoch : {0, 1, 2}) {
      std::vector<std::int64_t> rows(1000);
      data::permute(rows, seed, epoch);
      std::vector<std::int64_t> sorted = rows;
      std::sort(sorted.begin(), sorted.end());
      for (std::size_t i = 0; i < sorted.size(); ++i)
        BOOST_TEST(sorted[i] == static_cast<std::int64_t>(i));
      std::vector<std::int64_t> again(1000);
      data::permute(again, seed, epoch);
      BOOST_TEST((rows == again));
      BOOST_TEST(seen.insert(rows).second);
    }
}

BOOST_AUTO_TEST_CASE(every_permutation_is_equally_likely) {
  // 24,000 shuffles of four rows: each of the 24 orders about 1,000 times. The chi-square statistic
  // with 23 degrees of freedom exceeds 60 once in 20,000 seeds; this seed is fixed.
  std::map<std::vector<std::int64_t>, int> counts;
  std::vector<std::int64_t> rows(4);
  for (std::uint64_t epoch = 0; epoch < 24'000; ++epoch) {
    data::permute(rows, 7, epoch);
    ++counts[rows];
  }
  BOOST_TEST(counts.size() == 24U);
  double statistic = 0;
  for (const auto& [order, count] : counts) statistic += (count - 1000.0) * (count - 1000.0) / 1000;
  BOOST_TEST(statistic < 60);
}

BOOST_AUTO_TEST_CASE(counts_batches_by_tail_policy) {
  const data::Pipeline data = data::from(two_classes(100, 2));
  BOOST_TEST(data.batch(32).batches_per_epoch() == 4);
  BOOST_TEST(data.batch(32, data::Tail::drop).batches_per_epoch() == 3);
  BOOST_TEST(data.batch(50).batches_per_epoch() == 2);
  BOOST_TEST(data.batch(1000).batches_per_epoch() == 1);
  BOOST_TEST(data.batch(1000).largest_batch() == 100);
}

BOOST_AUTO_TEST_CASE(wrong_settings_are_named) {
  const data::Pipeline data = data::from(two_classes(100, 2));
  expect<BatchError>([&] { (void)data.batch(0); }, {"batch size is 0", "at least 1"});
  expect<BatchError>([&] { (void)data.batch(-5); }, {"batch size is -5", "at least 1"});
  expect<BatchError>([&] { (void)data.batch(101, data::Tail::drop); },
                     {"batch size is 101", "only 100 samples", "Tail::keep"});
  expect<UsageError>([&] { (void)data.prefetch(-1); }, {"-1", "0 or more"});
  expect<UsageError>([&] { (void)data.map({}); }, {"transform is empty"});
  expect<DataError>([] { (void)data::from(data::Dataset()); }, {"no samples"});
}

BOOST_AUTO_TEST_SUITE_END()
