#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/planner/packing/placement.hpp>
#include <optional>
#include <random>

#include "data/some_pipelines.hpp"
#include "support/allocation_counter.hpp"
#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(loader_workers, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(the_same_batches_for_any_number_of_workers) {
  int number = 0;
  for (const data::Pipeline& pipeline : some_pipelines()) {
    BOOST_TEST_INFO("pipeline " << number++);
    data::Loader alone(pipeline);
    for (const std::int64_t epoch : {0, 1, 4}) {
      alone.start_epoch(epoch);
      const Epoch expected = rest_of(alone);
      for (const int workers : {1, 2, 5}) {
        const Epoch got = epoch_of(pipeline.workers(workers).prefetch(2), epoch);
        BOOST_TEST((got.rows == expected.rows));
        BOOST_TEST((got.bytes == expected.bytes));
        BOOST_TEST((got.end == expected.end));
      }
      if (!pipeline.stream())
        BOOST_TEST((expected.end.delivered == data::Loader::whole_epoch(pipeline, epoch)));
    }
    BOOST_TEST((epoch_of(pipeline, 0).bytes != epoch_of(pipeline, 1).bytes));
  }
}

// Batches so quick that the consumer makes some or all of them itself, also left in the middle.
BOOST_AUTO_TEST_CASE(quick_batches_are_the_same_whoever_makes_them) {
  const data::Pipeline pipeline = data::from(numbered_rows(8000)).shuffle(3).batch(2);
  data::Loader shared(pipeline.prefetch(3).workers(2));
  for (const std::int64_t epoch : {0, 1, 2}) {
    const Epoch expected = epoch_of(pipeline, epoch);
    shared.start_epoch(epoch);
    const Epoch got = rest_of(shared);
    BOOST_TEST((got.rows == expected.rows));
    BOOST_TEST((got.bytes == expected.bytes));
    data::Batch batch;
    shared.start_epoch(epoch);
    for (int i = 0; i < 1000; ++i) BOOST_REQUIRE(shared.next(batch));
    BOOST_TEST(batch.row_indices[0] == expected.rows[1998]);
  }
}

BOOST_AUTO_TEST_CASE(an_epoch_goes_on_exactly_where_it_was_left) {
  const unsigned seed = 5;
  std::mt19937 random(seed);
  int number = 0;
  for (const data::Pipeline& pipeline : some_pipelines()) {
    const Epoch whole = epoch_of(pipeline, 2);
    for (int attempt = 0; attempt < 6; ++attempt) {
      std::optional<data::Loader> first(pipeline.workers(2));
      first->start_epoch(2);
      const auto stop = static_cast<std::int64_t>(
          random() % static_cast<unsigned>(pipeline.batches_per_epoch() + 1));
      std::vector<std::int64_t> rows;
      data::Batch batch;
      for (std::int64_t i = 0; i < stop && first->next(batch); ++i)
        rows.insert(rows.end(), batch.row_indices.begin(), batch.row_indices.end());
      const data::LoaderPosition position = first->position();
      first.reset();  // a stream can be read by one loader at a time
      data::Loader second(pipeline.workers(3));
      second.resume(position);
      const Epoch rest = rest_of(second);
      rows.insert(rows.end(), rest.rows.begin(), rest.rows.end());
      BOOST_TEST_INFO("pipeline " << number << ", seed " << seed << ", batch " << stop);
      BOOST_TEST((rows == whole.rows));
      BOOST_TEST((rest.end == whole.end));
      BOOST_REQUIRE(rest.bytes.size() <= whole.bytes.size());
      BOOST_TEST(std::equal(rest.bytes.rbegin(), rest.bytes.rend(), whole.bytes.rbegin()));
    }
    ++number;
  }
  data::Loader loader(data::from(numbered_rows(10)).batch(5));
  expect<UsageError>([&] { loader.resume({0, 3, {}}); }, {"batch 3", "of an epoch of 2"});
}

BOOST_AUTO_TEST_CASE(conversions_change_shape_and_type) {
  const auto sum = [](data::Sample&, std::span<const float> x, std::span<std::int32_t> to) {
    to[0] = static_cast<std::int32_t>(x[0] + x[1]);
  };
  const auto spread = [](data::Sample& sample, std::span<const std::int32_t> from,
                         std::span<double> to) {
    for (double& each : to) each = from[0] + 0.5 * static_cast<double>(sample.row());
  };
  const data::Pipeline pipeline =
      data::from(numbered_rows(40))
          .batch(8)
          .convert<float, std::int32_t>("x", {}, sum)
          .map([](data::Sample& s) { s.field<std::int32_t>("x")[0] += 1; })
          .convert<std::int32_t, double>("x", {3}, spread);
  BOOST_TEST((pipeline.fields()[0] == data::FieldSpec{"x", f64, {3}}));
  data::Loader loader(pipeline.prefetch(2).workers(2));
  loader.start_epoch(0);
  data::Batch batch;
  while (loader.next(batch))
    for (std::int64_t i = 0; i < 3 * batch.size; ++i) {
      const auto row = static_cast<double>(batch.row_indices[static_cast<std::size_t>(i / 3)]);
      BOOST_TEST(reinterpret_cast<const double*>(batch.field(0))[i] == 3 * row + 1 + 0.5 * row);
    }
  using Some = std::int32_t;
  expect<DataError>(
      [&] {
        (void)pipeline.convert<float, float>(
            "x", {1}, [](data::Sample&, std::span<const float>, std::span<float>) {});
      },
      {"'x' is f64", "takes f32"});
  expect<DataError>(
      [&] {
        (void)pipeline.convert<Some, Some>(
            "z", {1}, [](data::Sample&, std::span<const Some>, std::span<Some>) {});
      },
      {"no field 'z'"});
}

BOOST_AUTO_TEST_CASE(a_filled_up_batch_has_a_mask) {
  data::Loader loader(data::from(numbered_rows(10)).batch(4, data::Tail::pad));
  loader.start_epoch(0);
  data::Batch batch;
  std::int64_t samples = 0;
  while (loader.next(batch)) {
    BOOST_TEST(batch.size == 4);
    samples += batch.samples;
    const auto* x = reinterpret_cast<const float*>(batch.field(0));
    const auto* mask = reinterpret_cast<const float*>(batch.field(2));
    for (std::int64_t i = 0; i < 4; ++i) {
      BOOST_TEST(mask[i] == (i < batch.samples ? 1.0F : 0.0F));
      BOOST_TEST(x[2 * i] == static_cast<float>(std::min<std::int64_t>(4 * batch.index + i, 9)));
    }
  }
  BOOST_TEST(samples == 10);
}

BOOST_AUTO_TEST_CASE(a_cache_reads_each_row_once) {
  std::atomic<int> reads = 0;
  std::atomic<int> changes = 0;
  Lazy source{100};
  source.reads = &reads;
  data::Loader loader(data::from(source)
                          .shuffle(1)
                          .batch(8)
                          .workers(3)
                          .map([&](data::Sample&) { ++changes; })
                          .cache());
  for (int epoch = 0; epoch < 3; ++epoch) {
    loader.start_epoch(epoch);
    (void)rest_of(loader);
  }
  BOOST_TEST(reads == 100);
  BOOST_TEST(changes == 100);
  data::Loader random(data::from(numbered_rows(8)).map(noise()).cache());
  random.start_epoch(0);
  data::Batch batch;
  expect<UsageError>([&] { random.next(batch); }, {"before cache()", "every epoch"});
}

BOOST_AUTO_TEST_CASE(selected_rows_are_the_ones_read) {
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < 50; ++i) chosen.push_back(199 - 3 * i);
  for (const data::Dataset& data :
       {numbered_rows(200), data::Dataset(data::make_source(Lazy{200}))}) {
    const Epoch epoch =
        epoch_of(data::from(data.select(chosen).slice(5, 40)).shuffle(2).batch(40), 0);
    const auto* x = reinterpret_cast<const float*>(epoch.bytes.data());
    for (std::size_t i = 0; i < 40; ++i)
      BOOST_TEST(x[2 * i] ==
                 static_cast<float>(chosen[static_cast<std::size_t>(epoch.rows[i] + 5)]));
  }
  expect<DataError>([] { (void)numbered_rows(3).select({0, 3}); }, {"row 3", "3 rows"});
  expect<DataError>([] { (void)numbered_rows(3).slice(2, 2); },
                    {"2 rows starting at row 2", "has 3"});
}

BOOST_AUTO_TEST_CASE(its_own_memory_is_what_the_pipeline_says_and_epochs_take_none) {
  if (!allocations_are_counted()) {
    BOOST_TEST_MESSAGE("skipped: allocations are not counted under ThreadSanitizer");
    return;
  }
  for (const data::Pipeline& small : some_pipelines())
    for (const int workers : {1, 3}) {
      const data::Pipeline pipeline = small.workers(workers).prefetch(2);
      std::int64_t slots = 0;
      for (const data::FieldSpec& field : pipeline.fields())
        slots += align_up(field.row_bytes() * pipeline.largest_batch());
      if (pipeline.tail() == data::Tail::pad) slots += align_up(4 * pipeline.largest_batch());
      slots *= pipeline.prefetch_depth() + 1;
      const std::int64_t before = allocated_bytes();
      data::Loader loader(pipeline);
      const std::int64_t taken = allocated_bytes() - before - slots;
      BOOST_TEST(taken >= pipeline.own_bytes().count);
      BOOST_TEST(taken < pipeline.own_bytes().count + 8000 * workers);
      data::Batch batch;
      loader.start_epoch(0);
      while (loader.next(batch)) {
      }
      const std::int64_t count = allocation_count();
      loader.start_epoch(1);
      while (loader.next(batch)) {
      }
      BOOST_TEST(allocation_count() == count);
    }
}

BOOST_AUTO_TEST_SUITE_END()
