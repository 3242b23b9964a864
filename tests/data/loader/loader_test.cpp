#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <stdexcept>
#include <thread>

#include "support/allocation_counter.hpp"
#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Row i holds x = {i, i + 0.5, 10 i} and label i.
data::Dataset rows_numbered(std::int64_t rows) {
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto value = static_cast<float>(i);
    x.insert(x.end(), {value, value + 0.5F, 10 * value});
    labels.push_back(static_cast<std::int32_t>(i));
  }
  return data::Dataset().add("x", {3}, std::move(x)).add("label", {}, std::move(labels));
}

/// The labels of all batches of an epoch, in order; checks that x and the row indices belong.
std::vector<std::int32_t> labels_of(data::Loader& loader, std::int64_t epoch) {
  std::vector<std::int32_t> result;
  data::Batch batch;
  std::int64_t index = 0;
  loader.start_epoch(epoch);
  while (loader.next(batch)) {
    BOOST_TEST(batch.index == index++);
    const auto* x = reinterpret_cast<const float*>(batch.field(0));
    const auto* labels = reinterpret_cast<const std::int32_t*>(batch.field(1));
    for (std::int64_t i = 0; i < batch.size; ++i) {
      BOOST_REQUIRE_EQUAL(x[3 * i + 2], 10 * static_cast<float>(labels[i]));
      BOOST_REQUIRE_EQUAL(batch.row_indices[static_cast<std::size_t>(i)], labels[i]);
      result.push_back(labels[i]);
    }
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(loader, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(every_row_once_whatever_the_prefetch) {
  const data::Dataset data = rows_numbered(1003);
  std::vector<std::int32_t> reference;
  for (const int prefetch : {0, 1, 2, 7}) {
    data::Loader loader(data::from(data).shuffle(3).batch(32).prefetch(prefetch));
    std::vector<std::int32_t> first = labels_of(loader, 5);
    BOOST_TEST(first.size() == 1003U);
    if (reference.empty()) reference = first;
    BOOST_TEST((first == reference));
    BOOST_TEST((labels_of(loader, 6) != reference));
    BOOST_TEST((labels_of(loader, 5) == reference));
    std::sort(first.begin(), first.end());
    for (std::size_t i = 0; i < first.size(); ++i)
      BOOST_REQUIRE_EQUAL(first[i], static_cast<std::int32_t>(i));
  }
}

BOOST_AUTO_TEST_CASE(in_order_without_shuffle_and_without_the_dropped_tail) {
  for (const int prefetch : {0, 2}) {
    data::Loader loader(
        data::from(rows_numbered(10)).batch(4, data::Tail::drop).prefetch(prefetch));
    const std::vector<std::int32_t> expected{0, 1, 2, 3, 4, 5, 6, 7};
    BOOST_TEST(labels_of(loader, 0) == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_batch_stays_valid_until_the_next) {
  std::atomic<std::int64_t> samples = 0;
  data::Loader loader(
      data::from(rows_numbered(64)).batch(4).prefetch(2).map([&](data::Sample&) { ++samples; }));
  data::Batch batch;
  loader.start_epoch(0);
  while (loader.next(batch)) {
    // The worker has the opportunity to run ahead, which it does not always do with quick batches.
    const std::int64_t ahead = std::min<std::int64_t>(64, 4 * (batch.index + 3));
    for (int looks = 0; looks < 1000 && samples < ahead; ++looks) std::this_thread::yield();
    const auto* labels = reinterpret_cast<const std::int32_t*>(batch.field(1));
    for (std::int64_t i = 0; i < batch.size; ++i) BOOST_TEST(labels[i] == batch.index * 4 + i);
  }
}

BOOST_AUTO_TEST_CASE(only_the_fields_asked_for_in_the_callers_memory) {
  Arena memory(256);
  data::Loader loader(data::from(rows_numbered(8)).batch(4).prefetch(1), {{1, 64}},
                      {memory.data(), memory.data() + 128});
  data::Batch batch;
  loader.start_epoch(0);
  BOOST_REQUIRE(loader.next(batch));
  BOOST_TEST(batch.base == memory.data());
  BOOST_TEST(reinterpret_cast<const std::int32_t*>(memory.data() + 64)[3] == 3);
  BOOST_TEST(static_cast<int>(memory.data()[0]) == 0);
  expect<UsageError>(
      [&] {
        data::Loader bad(data::from(rows_numbered(8)), {{1, 0}}, {});
      },
      {"0 slots"});
  expect<UsageError>(
      [&] {
        data::Loader bad(data::from(rows_numbered(8)), {{2, 0}}, {memory.data()});
      },
      {"no field 2"});
}

BOOST_AUTO_TEST_CASE(transforms_change_the_batch_and_not_the_data) {
  const data::Dataset data = rows_numbered(20);
  for (const int prefetch : {0, 2}) {
    // Boost.Test's own checks belong to the main thread; transforms run in the loader's.
    std::atomic<int> wrong_labels = 0;
    data::Loader loader(data::from(data)
                            .batch(8)
                            .prefetch(prefetch)
                            .map([](data::Sample& s) { s.field<float>("x")[0] += 1; })
                            .map([&wrong_labels](data::Sample& s) {
                              s.field<float>("x")[0] *= 2;
                              if (s.field<const std::int32_t>("label")[0] != s.row())
                                ++wrong_labels;
                            }));
    data::Batch batch;
    loader.start_epoch(0);
    BOOST_REQUIRE(loader.next(batch));
    BOOST_TEST(wrong_labels == 0);
    BOOST_TEST(reinterpret_cast<const float*>(batch.field(0))[3] == 4.0F);
    BOOST_TEST(reinterpret_cast<const float*>(data.row(0, 1))[0] == 1.0F);
  }
}

BOOST_AUTO_TEST_CASE(wrong_use_in_a_transform_is_named) {
  const auto run = [](data::Transform transform) {
    return [transform] {
      data::Loader loader(data::from(rows_numbered(8)).batch(4).map(transform));
      data::Batch batch;
      loader.start_epoch(0);
      loader.next(batch);
    };
  };
  expect<UsageError>(run([](data::Sample& s) { (void)s.field<float>("z"); }), {"'z'"});
  expect<UsageError>(run([](data::Sample& s) { (void)s.field<double>("x"); }),
                     {"'x' as f64", "f32"});
}

BOOST_AUTO_TEST_CASE(what_a_transform_throws_arrives_at_its_batch) {
  for (const int prefetch : {0, 1, 3}) {
    data::Loader loader(
        data::from(rows_numbered(40)).batch(4).prefetch(prefetch).map([](data::Sample& s) {
          if (s.row() == 21) throw std::runtime_error("row 21");
        }));
    data::Batch batch;
    for (int repeat = 0; repeat < 3; ++repeat) {
      loader.start_epoch(repeat);
      for (int i = 0; i < 5; ++i) BOOST_TEST(loader.next(batch));
      expect<std::runtime_error>([&] { loader.next(batch); }, {"row 21"});
      expect<UsageError>([&] { loader.next(batch); }, {"start_epoch()"});
    }
  }
}

BOOST_AUTO_TEST_CASE(epochs_may_be_left_and_loaders_destroyed_at_any_point) {
  const data::Dataset data = rows_numbered(500);
  for (int stop = 0; stop < 60; ++stop) {
    data::Loader loader(data::from(data).shuffle(1).batch(16).prefetch(2));
    data::Batch batch;
    loader.start_epoch(0);
    for (int i = 0; i < stop % 30; ++i) loader.next(batch);
    if (stop % 2 == 0) {
      loader.start_epoch(1);
      loader.start_epoch(2);
      BOOST_TEST(loader.next(batch));
      BOOST_TEST(batch.index == 0);
    }
  }
  data::Loader never_started(data::from(data).batch(16).prefetch(2));
  data::Batch batch;
  expect<UsageError>([&] { never_started.next(batch); }, {"start_epoch()"});
}

BOOST_AUTO_TEST_CASE(a_batch_being_made_is_left_at_the_next_transform) {
  std::atomic<int> samples = 0;  // of epoch 0
  data::Loader loader(data::from(rows_numbered(10'000))
                          .batch(10'000)
                          .prefetch(1)
                          .map([&samples](data::Sample& sample) {
                            if (sample.epoch() != 0) return;
                            ++samples;
                            std::this_thread::yield();
                          }));
  // Now and then the worker is at the end before this thread is heard. If it never stopped earlier,
  // this loop would not end.
  do {
    samples = 0;
    loader.start_epoch(0);
    while (samples == 0) std::this_thread::yield();
    loader.start_epoch(1);
  } while (samples == 10'000);
  BOOST_TEST(samples < 10'000);
  data::Batch batch;
  BOOST_REQUIRE(loader.next(batch));
  BOOST_TEST(batch.size == 10'000);
}

BOOST_AUTO_TEST_CASE(an_epoch_allocates_nothing) {
  if (!allocations_are_counted()) {
    BOOST_TEST_MESSAGE("skipped: allocations are not counted under ThreadSanitizer");
    return;
  }
  for (const int prefetch : {0, 2}) {
    data::Loader loader(data::from(rows_numbered(1000)).shuffle(1).batch(16).prefetch(prefetch));
    data::Batch batch;
    loader.start_epoch(0);
    while (loader.next(batch)) {
    }
    const std::int64_t before = allocation_count();
    loader.start_epoch(1);
    while (loader.next(batch)) {
    }
    BOOST_TEST(allocation_count() - before == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
