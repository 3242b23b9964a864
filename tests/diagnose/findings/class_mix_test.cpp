#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/diagnose/findings/class_mix.hpp>
#include <numeric>
#include <random>
#include <span>
#include <vector>

using foregraph::ClassMix;

namespace {

using Labels = std::vector<std::int64_t>;

Labels sorted_labels(const std::vector<std::int64_t>& counts) {
  Labels labels;
  for (std::size_t k = 0; k < counts.size(); ++k)
    labels.insert(labels.end(), static_cast<std::size_t>(counts[k]), static_cast<std::int64_t>(k));
  return labels;
}

/// What a shuffle buffer delivers: the buffer is filled, then one of it at random is given out and
/// replaced by the next.
Labels through_buffer(const Labels& labels, std::size_t capacity, unsigned seed) {
  std::mt19937_64 random(seed);
  Labels buffer(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(capacity));
  Labels delivered;
  for (std::size_t next = capacity; !buffer.empty(); ++next) {
    const std::size_t i = random() % buffer.size();
    delivered.push_back(buffer[i]);
    if (next < labels.size()) {
      buffer[i] = labels[next];
    } else {
      buffer[i] = buffer.back();
      buffer.pop_back();
    }
  }
  return delivered;
}

/// Adds batches until the verdict is the one asked for; returns how many, 0 if it never is.
std::int64_t alarm_after(ClassMix& mix, const Labels& labels, std::int64_t batch_size) {
  const std::span<const std::int64_t> all = labels;
  for (std::size_t first = 0; first < all.size(); first += static_cast<std::size_t>(batch_size)) {
    const std::size_t size = std::min(static_cast<std::size_t>(batch_size), all.size() - first);
    mix.add_batch(all.subspan(first, size));
    if (mix.pooled().too_uneven() || mix.pooled().too_even()) return mix.batches();
  }
  return 0;
}

std::int64_t alarm_after(const std::vector<std::int64_t>& counts, const Labels& labels,
                         std::int64_t batch_size) {
  ClassMix mix(counts, batch_size);
  return alarm_after(mix, labels, batch_size);
}

/// No alarm at any batch of any of 200 random orders.
void silent_on_random_orders(const std::vector<std::int64_t>& counts, std::int64_t batch_size,
                             unsigned seed) {
  Labels labels = sorted_labels(counts);
  std::mt19937_64 random(seed);
  for (int order = 0; order < 200; ++order) {
    std::shuffle(labels.begin(), labels.end(), random);
    BOOST_CHECK_MESSAGE(alarm_after(counts, labels, batch_size) == 0,
                        "false alarm at batch " << batch_size << " with " << counts.size()
                                                << " classes, seed " << seed << ", order "
                                                << order);
  }
}

const std::vector<std::int64_t> ten_classes(10, 6000);

}  // namespace

BOOST_AUTO_TEST_SUITE(class_mix)

BOOST_AUTO_TEST_CASE(the_figures_measured_at_batch_32) {
  const Labels sorted = sorted_labels(ten_classes);
  const auto mean_of = [&](const Labels& labels) {
    ClassMix mix(ten_classes, 32);
    for (std::size_t first = 0; first < labels.size(); first += 32)
      mix.add_batch(std::span(labels).subspan(first, 32));
    BOOST_TEST(mix.cells() == 10);
    BOOST_TEST(mix.pooled().expected_mean() == 9.0);
    return mix.pooled().mean();
  };
  BOOST_TEST_INFO_SCOPE("seed 1");
  BOOST_TEST(mean_of(sorted) == 288, boost::test_tools::tolerance(0.01));
  BOOST_TEST(mean_of(through_buffer(sorted, 1000, 1)) == 242, boost::test_tools::tolerance(0.03));
  BOOST_TEST(mean_of(through_buffer(sorted, 10000, 1)) == 65, boost::test_tools::tolerance(0.05));
  BOOST_TEST(mean_of(through_buffer(sorted, 30000, 1)) == 16.8, boost::test_tools::tolerance(0.05));
  Labels shuffled = sorted;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937_64(1));
  BOOST_TEST(mean_of(shuffled) == 9.0, boost::test_tools::tolerance(0.03));
}

BOOST_AUTO_TEST_CASE(sorted_data_alarms_within_seven_batches) {
  for (const std::int64_t batch : {16, 32, 64, 256, 1000, 10000}) {
    const std::int64_t after = alarm_after(ten_classes, sorted_labels(ten_classes), batch);
    BOOST_TEST(after > 0, "batch " << batch);
    BOOST_TEST(after <= 7, "batch " << batch << " after " << after);
  }
  // Two classes, many, and unbalanced ones.
  for (const std::int64_t batch : {16, 32, 100}) {
    const std::vector<std::int64_t> two{3000, 3000};
    const std::vector<std::int64_t> thousand(1000, 60);
    const std::vector<std::int64_t> uneven{3000, 20000, 9000, 500};
    for (const auto& counts : {two, thousand, uneven}) {
      // 16 samples expect 1.5 of the first class: too few for a cell of its own.
      if (counts == uneven && batch == 16) continue;
      const std::int64_t after = alarm_after(counts, sorted_labels(counts), batch);
      BOOST_TEST(after > 0, counts.size() << " classes, batch " << batch);
      BOOST_TEST(after <= 7, counts.size() << " classes, batch " << batch << " after " << after);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_small_shuffle_buffer_alarms_within_seven_batches) {
  for (const unsigned seed : {1U, 2U, 3U})
    for (const std::int64_t batch : {16, 32, 128, 1000}) {
      const Labels labels = through_buffer(sorted_labels(ten_classes), 1000, seed);
      const std::int64_t after = alarm_after(ten_classes, labels, batch);
      BOOST_TEST(after > 0, "seed " << seed << ", batch " << batch);
      BOOST_TEST(after <= 7, "seed " << seed << ", batch " << batch << " after " << after);
    }
}

BOOST_AUTO_TEST_CASE(random_orders_never_alarm) {
  unsigned seed = 100;
  const std::vector<std::int64_t> ten(10, 600);
  for (const std::int64_t batch : {1, 2, 16, 32, 100, 1000, 3000, 5999})
    silent_on_random_orders(ten, batch, ++seed);
}

BOOST_AUTO_TEST_CASE(random_orders_of_two_many_or_unbalanced_classes_never_alarm) {
  unsigned seed = 200;
  for (const std::int64_t batch : {1, 2, 3, 16, 32, 500, 999, 1500}) {
    silent_on_random_orders({1000, 1000}, batch, ++seed);
    silent_on_random_orders(std::vector<std::int64_t>(1000, 2), batch, ++seed);
    silent_on_random_orders({1900, 70, 20, 5, 3, 1, 1}, batch, ++seed);
    silent_on_random_orders({1, 3, 1992, 2, 2}, batch, ++seed);
    silent_on_random_orders({1980, 20}, batch, ++seed);
  }
}

BOOST_AUTO_TEST_CASE(tiny_data_sets_never_alarm) {
  unsigned seed = 300;
  for (const std::int64_t batch : {1, 2, 3, 4, 5, 8, 13, 20})
    for (const std::vector<std::int64_t>& counts :
         {std::vector<std::int64_t>{2, 2}, std::vector<std::int64_t>{1, 1, 1},
          std::vector<std::int64_t>{10, 10}, std::vector<std::int64_t>{15, 3, 3}})
      silent_on_random_orders(counts, batch, ++seed);
}

BOOST_AUTO_TEST_CASE(evenly_dealt_classes_alarm_on_the_other_side) {
  Labels dealt;
  for (std::int64_t i = 0; i < 60000; ++i) dealt.push_back(i % 10);
  ClassMix mix(ten_classes, 30);
  BOOST_TEST(alarm_after(mix, dealt, 30) > 0);
  BOOST_TEST(mix.pooled().too_even());
  BOOST_TEST(!mix.pooled().too_uneven());
}

BOOST_AUTO_TEST_CASE(without_two_classes_or_two_batches_there_is_no_verdict) {
  BOOST_TEST(!ClassMix(std::vector<std::int64_t>{100}, 10).possible());
  BOOST_TEST(!ClassMix(std::vector<std::int64_t>{100, 0, 0}, 10).possible());
  BOOST_TEST(!ClassMix(std::vector<std::int64_t>{}, 10).possible());
  BOOST_TEST(!ClassMix(std::vector<std::int64_t>{50, 50}, 100).possible());
  BOOST_TEST(!ClassMix(std::vector<std::int64_t>{50, 50}, 1000).possible());
  ClassMix whole(std::vector<std::int64_t>{50, 50}, 100);
  whole.add_batch(sorted_labels({50, 50}));
  BOOST_TEST(whole.pooled().z() == 0);
  ClassMix mix(std::vector<std::int64_t>{50, 50}, 10);
  const Labels outside{-1, 2, 1000000};
  mix.add_batch(outside);  // labels of no class do no harm
  BOOST_TEST(mix.batches() == 1);
}

BOOST_AUTO_TEST_CASE(shares_of_the_most_frequent_class) {
  ClassMix mix(std::vector<std::int64_t>{300, 100}, 4);
  mix.add_batch(Labels{0, 0, 0, 0});
  mix.add_batch(Labels{0, 0, 1, 1});
  BOOST_TEST(mix.mean_largest_share() == 0.75);
  BOOST_TEST(mix.largest_share() == 0.75);
}

BOOST_AUTO_TEST_SUITE_END()
