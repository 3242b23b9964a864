#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstring>
#include <foregraph/graph/error.hpp>
#include <foregraph/planner/placement.hpp>
#include <foregraph/runtime/data/loader.hpp>
#include <foregraph/runtime/random.hpp>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>

#include "support/allocation_counter.hpp"
#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Row i holds x = {i, 2 i} and label i % 5.
Dataset numbered(std::int64_t rows) {
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < rows; ++i) {
    x.insert(x.end(), {static_cast<float>(i), static_cast<float>(2 * i)});
    labels.push_back(static_cast<std::int32_t>(i % 5));
  }
  return Dataset().add("x", {2}, std::move(x)).add("label", {}, std::move(labels));
}

/// The same rows, read one at a time.
struct Lazy {
  std::int64_t rows = 0;
  std::vector<FieldSpec> specs{{"x", f32, {2}}, {"label", i32, {}}};
  std::int64_t broken_row = -1;
  std::atomic<int>* reads = nullptr;

  [[nodiscard]] std::span<const FieldSpec> fields() const { return specs; }
  [[nodiscard]] std::int64_t size() const { return rows; }
  void read(std::int64_t row, std::span<std::byte* const> to) const {
    if (row == broken_row) throw DataError("row " + std::to_string(row) + " cannot be read");
    if (reads != nullptr) ++*reads;
    const float x[2] = {static_cast<float>(row), static_cast<float>(2 * row)};
    const auto label = static_cast<std::int32_t>(row % 5);
    if (to[0] != nullptr) std::memcpy(to[0], x, sizeof x);
    if (to[1] != nullptr) std::memcpy(to[1], &label, sizeof label);
  }
};

/// The same rows, one after another; `first` of epoch e is 1000 e.
class Numbers final : public Stream {
 public:
  explicit Numbers(std::int64_t rows) : rows_(rows) {}
  [[nodiscard]] std::span<const FieldSpec> fields() const override { return specs_; }
  void restart(std::int64_t epoch) override {
    next_ = 0;
    first_ = 1000 * epoch;
  }
  bool next(std::span<std::byte* const> to) override {
    if (next_ == rows_) return false;
    const auto value = static_cast<float>(first_ + next_++);
    const float x[2] = {value, 2 * value};
    if (to[0] != nullptr) std::memcpy(to[0], x, sizeof x);
    return true;
  }

 private:
  std::vector<FieldSpec> specs_{{"x", f32, {2}}};
  std::int64_t rows_;
  std::int64_t next_ = 0;
  std::int64_t first_ = 0;
};

struct Epoch {
  std::vector<std::byte> bytes;  ///< of all batches, one after another
  std::vector<std::int64_t> rows;
  LoaderPosition end{};
};

/// What is left of an epoch; all fields, filling included.
Epoch rest_of(Loader& loader) {
  Epoch result;
  Batch batch;
  while (loader.next(batch)) {
    result.rows.insert(result.rows.end(), batch.row_indices.begin(), batch.row_indices.end());
    for (const SlotField& field : batch.fields) {
      const std::int64_t row_bytes =
          field.field_index == mask_field
              ? 4
              : loader.pipeline().fields()[field.field_index].row_bytes();
      const std::byte* first = batch.base + field.offset_bytes;
      result.bytes.insert(result.bytes.end(), first, first + batch.size * row_bytes);
    }
  }
  result.end = loader.position();
  return result;
}

Epoch epoch_of(const Pipeline& pipeline, std::int64_t epoch) {
  Loader loader(pipeline);
  loader.start_epoch(epoch);
  return rest_of(loader);
}

Transform noise() {
  return [](Sample& sample) {
    sample.field<float>("x")[1] += static_cast<float>(sample.random_seed() >> 40) * 0x1p-24F;
  };
}

/// Pipelines with everything that may depend on the number of workers.
std::vector<Pipeline> some_pipelines() {
  const auto twice = [](Sample&, std::span<const float> from, std::span<float> to) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[i / 2];
  };
  const Dataset data = numbered(203);
  const Pipeline lazy = from(Lazy{203});
  return {
      from(data).shuffle(3).map(noise()).batch(16),
      from(data).shuffle(3, Permutation::computed).map(noise()).batch(16, Tail::drop),
      from(data).shuffle_buffer(50, 3).map(noise()).batch(16, Tail::pad),
      from(data).class_balanced("label", 3).map(noise()).batch(7),
      from(data).shuffle(3).repeat(2).take(150).map(noise()).batch(16),
      lazy.shuffle(3).convert<float, float>("x", {4}, twice).map(noise()).batch(32),
      lazy.shuffle(3)
          .map([](Sample& s) { s.field<float>("x")[0] += 1; })
          .cache()
          .map(noise())
          .batch(5),
      from(std::make_shared<Numbers>(203), 203).map(noise()).batch(16),
      from(std::make_shared<Numbers>(203), 203).shuffle_buffer(30, 2).map(noise()).batch(16),
      from(std::make_shared<Numbers>(203), 203)
          .shuffle_buffer(30, 2)
          .shard(1, 3)
          .convert<float, float>("x", {4}, twice)
          .batch(8, Tail::pad),
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(loader_workers, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(the_same_batches_for_any_number_of_workers) {
  int number = 0;
  for (const Pipeline& pipeline : some_pipelines()) {
    BOOST_TEST_INFO("pipeline " << number++);
    Loader alone(pipeline);
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
        BOOST_TEST((expected.end.delivered == Loader::whole_epoch(pipeline, epoch)));
    }
    BOOST_TEST((epoch_of(pipeline, 0).bytes != epoch_of(pipeline, 1).bytes));
  }
}

BOOST_AUTO_TEST_CASE(an_epoch_goes_on_exactly_where_it_was_left) {
  const unsigned seed = 5;
  std::mt19937 random(seed);
  int number = 0;
  for (const Pipeline& pipeline : some_pipelines()) {
    const Epoch whole = epoch_of(pipeline, 2);
    for (int attempt = 0; attempt < 6; ++attempt) {
      std::optional<Loader> first(pipeline.workers(2));
      first->start_epoch(2);
      const auto stop = static_cast<std::int64_t>(
          random() % static_cast<unsigned>(pipeline.batches_per_epoch() + 1));
      std::vector<std::int64_t> rows;
      Batch batch;
      for (std::int64_t i = 0; i < stop && first->next(batch); ++i)
        rows.insert(rows.end(), batch.row_indices.begin(), batch.row_indices.end());
      const LoaderPosition position = first->position();
      first.reset();  // a stream can be read by one loader at a time
      Loader second(pipeline.workers(3));
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
  Loader loader(from(numbered(10)).batch(5));
  expect<UsageError>([&] { loader.resume({0, 3, {}}); }, {"batch 3", "has 2"});
}

BOOST_AUTO_TEST_CASE(conversions_change_shape_and_type) {
  const auto sum = [](Sample&, std::span<const float> x, std::span<std::int32_t> to) {
    to[0] = static_cast<std::int32_t>(x[0] + x[1]);
  };
  const auto spread = [](Sample& sample, std::span<const std::int32_t> from, std::span<double> to) {
    for (double& each : to) each = from[0] + 0.5 * static_cast<double>(sample.row());
  };
  const Pipeline pipeline = from(numbered(40))
                                .batch(8)
                                .convert<float, std::int32_t>("x", {}, sum)
                                .map([](Sample& s) { s.field<std::int32_t>("x")[0] += 1; })
                                .convert<std::int32_t, double>("x", {3}, spread);
  BOOST_TEST((pipeline.fields()[0] == FieldSpec{"x", f64, {3}}));
  Loader loader(pipeline.prefetch(2).workers(2));
  loader.start_epoch(0);
  Batch batch;
  while (loader.next(batch))
    for (std::int64_t i = 0; i < 3 * batch.size; ++i) {
      const auto row = static_cast<double>(batch.row_indices[static_cast<std::size_t>(i / 3)]);
      BOOST_TEST(reinterpret_cast<const double*>(batch.field(0))[i] == 3 * row + 1 + 0.5 * row);
    }
  using Some = std::int32_t;
  expect<DataError>(
      [&] {
        (void)pipeline.convert<float, float>(
            "x", {1}, [](Sample&, std::span<const float>, std::span<float>) {});
      },
      {"'x' is f64", "takes f32"});
  expect<DataError>(
      [&] {
        (void)pipeline.convert<Some, Some>("z", {1},
                                           [](Sample&, std::span<const Some>, std::span<Some>) {});
      },
      {"no field 'z'"});
}

BOOST_AUTO_TEST_CASE(a_filled_up_batch_has_a_mask) {
  Loader loader(from(numbered(10)).batch(4, Tail::pad));
  loader.start_epoch(0);
  Batch batch;
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
  Loader loader(
      from(source).shuffle(1).batch(8).workers(3).map([&](Sample&) { ++changes; }).cache());
  for (int epoch = 0; epoch < 3; ++epoch) {
    loader.start_epoch(epoch);
    (void)rest_of(loader);
  }
  BOOST_TEST(reads == 100);
  BOOST_TEST(changes == 100);
  Loader random(from(numbered(8)).map(noise()).cache());
  random.start_epoch(0);
  Batch batch;
  expect<UsageError>([&] { random.next(batch); }, {"before cache()", "every epoch"});
}

BOOST_AUTO_TEST_CASE(selected_rows_are_the_ones_read) {
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < 50; ++i) chosen.push_back(199 - 3 * i);
  for (const Dataset& data : {numbered(200), Dataset(make_source(Lazy{200}))}) {
    const Epoch epoch = epoch_of(from(data.select(chosen).slice(5, 40)).shuffle(2).batch(40), 0);
    const auto* x = reinterpret_cast<const float*>(epoch.bytes.data());
    for (std::size_t i = 0; i < 40; ++i)
      BOOST_TEST(x[2 * i] ==
                 static_cast<float>(chosen[static_cast<std::size_t>(epoch.rows[i] + 5)]));
  }
  expect<DataError>([] { (void)numbered(3).select({0, 3}); }, {"row 3", "3 rows"});
  expect<DataError>([] { (void)numbered(3).slice(2, 2); }, {"2 rows from row 2", "has 3"});
}

BOOST_AUTO_TEST_CASE(errors_arrive_at_their_batch_and_the_loader_goes_on) {
  Lazy source{100};
  source.broken_row = 61;
  const Pipeline throwing_stage = from(numbered(100)).batch(10).map([](Sample& s) {
    if (s.row() == 61) throw DataError("row 61 cannot be read");
  });
  for (const Pipeline& pipeline : {from(source).batch(10), throwing_stage})
    for (const int workers : {1, 2, 4}) {
      Loader loader(pipeline.prefetch(3).workers(workers));
      for (int repeat = 0; repeat < 20; ++repeat) {
        loader.start_epoch(repeat);
        Batch batch;
        for (int i = 0; i < 6; ++i) BOOST_REQUIRE(loader.next(batch));
        expect<DataError>([&] { loader.next(batch); }, {"row 61"});
        expect<UsageError>([&] { loader.next(batch); }, {"start_epoch()"});
      }
    }
}

BOOST_AUTO_TEST_CASE(a_stream_that_ends_early_is_an_error) {
  for (const int workers : {1, 3}) {
    Loader loader(from(std::make_shared<Numbers>(55), 60).batch(10).workers(workers).prefetch(2));
    for (int epoch = 0; epoch < 2; ++epoch) {
      loader.start_epoch(epoch);
      Batch batch;
      for (int i = 0; i < 5; ++i) BOOST_REQUIRE(loader.next(batch));
      expect<DataError>([&] { loader.next(batch); }, {"after 55 samples", "60"});
    }
  }
  const auto stream = std::make_shared<Numbers>(10);
  expect<UsageError>([&] { (void)from(stream, 10).shuffle(1); }, {"stream", "shuffle_buffer"});
  expect<UsageError>([&] { (void)from(stream, 10).cache(); }, {"stream"});
  expect<UsageError>([&] { (void)from(stream, 0); }, {"0 samples an epoch"});
}

BOOST_AUTO_TEST_CASE(thousands_of_loaders_come_and_go) {
  const Dataset data = numbered(64);
  const unsigned seed = 3;
  std::mt19937 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    Loader loader(from(data).shuffle(1).batch(8).prefetch(1 + i % 3).workers(1 + i % 2));
    Batch batch;
    if (i % 4 == 0) continue;
    loader.start_epoch(i);
    const auto taken = random() % 9;
    for (unsigned k = 0; k < taken && loader.next(batch); ++k) {
    }
    if (i % 4 == 2) loader.start_epoch(0);
  }
}

BOOST_AUTO_TEST_CASE(a_slow_consumer_finds_every_batch_whole) {
  Loader loader(from(numbered(200)).batch(4).workers(3).prefetch(4).map(noise()));
  loader.start_epoch(0);
  Batch batch;
  std::int64_t next = 0;
  while (loader.next(batch)) {
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    for (std::int64_t i = 0; i < batch.size; ++i)
      BOOST_REQUIRE(reinterpret_cast<const float*>(batch.field(0))[2 * i] ==
                    static_cast<float>(next++));
  }
  BOOST_TEST(next == 200);
}

BOOST_AUTO_TEST_CASE(a_pipeline_may_feed_another) {
  /// The samples of a pipeline's batches, one after another.
  class Inner final : public Stream {
   public:
    explicit Inner(const Pipeline& pipeline) : loader_(pipeline) {}
    [[nodiscard]] std::span<const FieldSpec> fields() const override {
      return loader_.pipeline().fields();
    }
    void restart(std::int64_t epoch) override {
      loader_.start_epoch(epoch);
      batch_ = {};
      row_ = 0;
    }
    bool next(std::span<std::byte* const> to) override {
      if (row_ == batch_.size) {
        if (!loader_.next(batch_)) return false;
        row_ = 0;
      }
      for (std::size_t i = 0; i < to.size(); ++i) {
        const std::int64_t bytes = fields()[i].row_bytes();
        if (to[i] != nullptr)
          std::memcpy(to[i], batch_.field(i) + row_ * bytes, static_cast<std::size_t>(bytes));
      }
      ++row_;
      return true;
    }

   private:
    Loader loader_;
    Batch batch_{};
    std::int64_t row_ = 0;
  };
  const Pipeline inner = from(numbered(100)).shuffle(1).batch(7).prefetch(2).workers(2);
  for (int stop = 0; stop < 20; ++stop) {
    Loader outer(from(std::make_shared<Inner>(inner), 100)
                     .shuffle_buffer(20, 5)
                     .batch(9)
                     .prefetch(2)
                     .workers(2));
    outer.start_epoch(stop);
    Batch batch;
    for (int i = 0; i < stop % 12 && outer.next(batch); ++i) {
    }
    outer.start_epoch(0);
    std::vector<char> seen(100, 0);
    while (outer.next(batch))
      for (std::int64_t i = 0; i < batch.size; ++i) {
        const auto x =
            static_cast<std::size_t>(reinterpret_cast<const float*>(batch.field(0))[2 * i]);
        BOOST_REQUIRE(seen[x]++ == 0);
      }
  }
}

BOOST_AUTO_TEST_CASE(a_stalled_stage_is_reported_with_what_every_worker_does) {
  std::atomic<bool> release = false;
  std::string report;
  Loader loader(from(numbered(40))
                    .batch(4)
                    .prefetch(2)
                    .map(
                        [&](Sample& sample) {
                          while (sample.row() == 9 && !release) std::this_thread::yield();
                        },
                        "augment")
                    .watchdog(0.01, [&](const std::string& stages) {
                      report = stages;
                      release = true;
                    }));
  loader.start_epoch(3);
  BOOST_TEST(rest_of(loader).rows.size() == 40U);
  for (const char* part : {"batch 2 of epoch 3", "'augment' of row 9", "0 of 2 batches"})
    BOOST_CHECK_MESSAGE(report.find(part) != std::string::npos, report << " lacks " << part);

  // A handler may end the wait.
  release = false;
  Loader given_up(from(numbered(40))
                      .batch(4)
                      .workers(2)
                      .map([&](Sample& sample) {
                        while (sample.row() == 9 && !release) std::this_thread::yield();
                      })
                      .watchdog(0.01, [&](const std::string& stages) {
                        release = true;
                        throw std::runtime_error(stages);
                      }));
  given_up.start_epoch(0);
  expect<std::runtime_error>([&] { (void)rest_of(given_up); }, {"batch 2", "worker 1"});
  expect<UsageError>([] { (void)from(numbered(1)).watchdog(0); }, {"more than 0"});
}

BOOST_AUTO_TEST_CASE(statistics_tell_the_slow_side) {
  const auto slow = [](Sample&) { std::this_thread::sleep_for(std::chrono::milliseconds(1)); };
  Loader waits(from(numbered(24)).batch(4).prefetch(2).map(slow, "slow"));
  waits.start_epoch(0);
  (void)rest_of(waits);
  const LoaderStatistics of_consumer = waits.statistics();
  BOOST_TEST(of_consumer.batches == 6);
  BOOST_TEST(of_consumer.stall_fraction() > 0.5);
  BOOST_TEST(of_consumer.stages[1].name == "slow");
  BOOST_TEST(of_consumer.stages[1].seconds >= 0.024);

  Loader works(from(numbered(24)).batch(4).prefetch(2));
  works.start_epoch(0);
  Batch batch;
  while (works.next(batch)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  BOOST_TEST(works.statistics().stall_fraction() < 0.5);
  BOOST_TEST(works.statistics().workers_wait_seconds > 0.01);
  BOOST_TEST(works.statistics().mean_batches_ready > 0.5);
}

BOOST_AUTO_TEST_CASE(its_own_memory_is_what_the_pipeline_says_and_epochs_take_none) {
  if (!allocations_are_counted()) {
    BOOST_TEST_MESSAGE("skipped: allocations are not counted under ThreadSanitizer");
    return;
  }
  for (const Pipeline& small : some_pipelines())
    for (const int workers : {1, 3}) {
      const Pipeline pipeline = small.workers(workers).prefetch(2);
      std::int64_t slots = 0;
      for (const FieldSpec& field : pipeline.fields())
        slots += align_up(field.row_bytes() * pipeline.largest_batch());
      if (pipeline.tail() == Tail::pad) slots += align_up(4 * pipeline.largest_batch());
      slots *= pipeline.prefetch_depth() + 1;
      const std::int64_t before = allocated_bytes();
      Loader loader(pipeline);
      const std::int64_t taken = allocated_bytes() - before - slots;
      BOOST_TEST(taken >= pipeline.own_bytes().count);
      BOOST_TEST(taken < pipeline.own_bytes().count + 8000 * workers);
      Batch batch;
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
