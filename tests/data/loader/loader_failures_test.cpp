#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <foregraph/detail/base/error.hpp>
#include <random>
#include <stdexcept>
#include <thread>

#include "data/some_pipelines.hpp"
#include "support/expect.hpp"
#include "support/sanitized.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(loader_failures, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(errors_arrive_at_their_batch_and_the_loader_goes_on) {
  Lazy source{100};
  source.broken_row = 61;
  const data::Pipeline throwing_stage =
      data::from(numbered_rows(100)).batch(10).map([](data::Sample& s) {
        if (s.row() == 61) throw DataError("row 61 cannot be read");
      });
  for (const data::Pipeline& pipeline : {data::from(source).batch(10), throwing_stage})
    for (const int workers : {1, 2, 4}) {
      data::Loader loader(pipeline.prefetch(3).workers(workers));
      for (int repeat = 0; repeat < 20; ++repeat) {
        loader.start_epoch(repeat);
        data::Batch batch;
        for (int i = 0; i < 6; ++i) BOOST_REQUIRE(loader.next(batch));
        expect<DataError>([&] { loader.next(batch); }, {"row 61"});
        expect<UsageError>([&] { loader.next(batch); }, {"start_epoch()"});
      }
    }
}

BOOST_AUTO_TEST_CASE(a_stream_that_ends_early_is_an_error) {
  for (const int workers : {1, 3}) {
    data::Loader loader(
        data::from(std::make_shared<Numbers>(55), 60).batch(10).workers(workers).prefetch(2));
    for (int epoch = 0; epoch < 2; ++epoch) {
      loader.start_epoch(epoch);
      data::Batch batch;
      for (int i = 0; i < 5; ++i) BOOST_REQUIRE(loader.next(batch));
      expect<DataError>([&] { loader.next(batch); }, {"after 55 samples", "60"});
    }
  }
  const auto stream = std::make_shared<Numbers>(10);
  expect<UsageError>([&] { (void)data::from(stream, 10).shuffle(1); },
                     {"stream", "shuffle_buffer"});
  expect<UsageError>([&] { (void)data::from(stream, 10).cache(); }, {"stream"});
  expect<UsageError>([&] { (void)data::from(stream, 0); }, {"0 samples per epoch"});
}

BOOST_AUTO_TEST_CASE(thousands_of_loaders_come_and_go) {
  const data::Dataset data = numbered_rows(64);
  const unsigned seed = 3;
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::mt19937 random(seed);
  constexpr int loaders = foregraph::test::is_sanitized ? 2'000 : 20'000;
  for (int i = 0; i < loaders; ++i) {
    data::Loader loader(
        data::from(data).shuffle(1).batch(8).prefetch(1 + i % 3).workers(1 + i % 2));
    data::Batch batch;
    if (i % 4 == 0) continue;
    loader.start_epoch(i);
    const auto taken = random() % 9;
    for (unsigned k = 0; k < taken && loader.next(batch); ++k) {
    }
    if (i % 4 == 2) loader.start_epoch(0);
  }
}

BOOST_AUTO_TEST_CASE(a_slow_consumer_finds_every_batch_whole) {
  std::atomic<std::int64_t> samples = 0;
  data::Loader loader(data::from(std::make_shared<Numbers>(200), 200)
                          .batch(4)
                          .workers(3)
                          .prefetch(4)
                          .map(noise())
                          .map([&](data::Sample&) { ++samples; }));
  loader.start_epoch(0);
  data::Batch batch;
  std::int64_t next = 0;
  while (loader.next(batch)) {
    // The workers fill all other slots. Of a stream the consumer never makes batches itself.
    while (samples < std::min<std::int64_t>(200, next + 4 + 4 * 4)) std::this_thread::yield();
    for (std::int64_t i = 0; i < batch.size; ++i)
      BOOST_REQUIRE(reinterpret_cast<const float*>(batch.field(0))[2 * i] ==
                    static_cast<float>(next++));
  }
  BOOST_TEST(next == 200);
}

BOOST_AUTO_TEST_CASE(a_pipeline_may_feed_another) {
  /// The samples of a pipeline's batches, one after another.
  class Inner final : public data::Stream {
   public:
    explicit Inner(const data::Pipeline& pipeline) : loader_(pipeline) {}
    [[nodiscard]] std::span<const data::FieldSpec> fields() const override {
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
    data::Loader loader_;
    data::Batch batch_{};
    std::int64_t row_ = 0;
  };
  const data::Pipeline inner =
      data::from(numbered_rows(100)).shuffle(1).batch(7).prefetch(2).workers(2);
  for (int stop = 0; stop < 20; ++stop) {
    data::Loader outer(data::from(std::make_shared<Inner>(inner), 100)
                           .shuffle_buffer(20, 5)
                           .batch(9)
                           .prefetch(2)
                           .workers(2));
    outer.start_epoch(stop);
    data::Batch batch;
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
  std::atomic<bool> reached = false;
  int reports_since = 0;
  std::string report;
  data::Loader loader(data::from(numbered_rows(40))
                          .batch(4)
                          .prefetch(2)
                          .map(
                              [&](data::Sample& sample) {
                                if (sample.row() == 9) reached = true;
                                while (sample.row() == 9 && !release) std::this_thread::yield();
                              },
                              "augment")
                          .watchdog(0.01, [&](const std::string& stages) {
                            // A slow machine is late with other batches too. The second report
                            // after row 9 was reached is made while it is held there.
                            if (!reached || ++reports_since < 2) return;
                            report = stages;
                            release = true;
                          }));
  loader.start_epoch(3);
  BOOST_TEST(rest_of(loader).rows.size() == 40U);
  for (const char* part : {"batch 2 of epoch 3", "'augment' on row 9", "0 of 2 batches"})
    BOOST_CHECK_MESSAGE(report.find(part) != std::string::npos, report << " lacks " << part);

  // A handler may end the wait.
  release = false;
  data::Loader given_up(data::from(numbered_rows(40))
                            .batch(4)
                            .workers(2)
                            .map([&](data::Sample& sample) {
                              while (sample.row() == 9 && !release) std::this_thread::yield();
                            })
                            .watchdog(0.01, [&](const std::string& stages) {
                              if (stages.find("batch 2 of epoch 0") == std::string::npos) return;
                              release = true;
                              throw std::runtime_error(stages);
                            }));
  given_up.start_epoch(0);
  expect<std::runtime_error>([&] { (void)rest_of(given_up); }, {"batch 2", "worker 1"});
  expect<UsageError>([] { (void)data::from(numbered_rows(1)).watchdog(0); }, {"more than 0"});
}

// Times are compared with times taken around the calls, whatever the speed of the machine.
BOOST_AUTO_TEST_CASE(statistics_are_the_times_of_both_sides) {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  constexpr double rounding = 1e-9;
  for (const bool slow_consumer : {false, true}) {
    const auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(1)); };
    std::atomic<std::int64_t> samples = 0;
    const auto stage = [&](data::Sample&) {
      if (!slow_consumer) pause();
      ++samples;
    };
    const Clock::time_point made = Clock::now();
    data::Loader loader(
        data::from(std::make_shared<Numbers>(24), 24).batch(4).prefetch(2).map(stage, "stage"));
    const Clock::time_point before_start = Clock::now();
    loader.start_epoch(0);
    const Clock::time_point started = Clock::now();
    double in_next = 0;
    double between = 0;
    double until_last = 0;
    data::Batch batch;
    for (int i = 0; i < 6; ++i) {
      const Clock::time_point call = Clock::now();
      until_last = seconds_since(started);
      BOOST_REQUIRE(loader.next(batch));
      in_next += seconds_since(call);
      const Clock::time_point work = Clock::now();
      if (slow_consumer) {
        // One worker: with the last sample of the batch after the next, the next is ready.
        while (samples < std::min(24, 4 * (i + 3))) std::this_thread::yield();
        pause();
      }
      if (i < 5) between += seconds_since(work);
    }
    const double all = seconds_since(before_start);
    const data::LoaderStatistics told = loader.statistics();
    BOOST_TEST(told.batches == 6);
    BOOST_TEST(told.consumer_wait_seconds <= in_next + rounding);
    BOOST_TEST(told.consumer_work_seconds >= between - rounding);
    const double both = told.consumer_wait_seconds + told.consumer_work_seconds;
    BOOST_TEST(both >= until_last - rounding);
    BOOST_TEST(both <= all + rounding);
    BOOST_TEST(told.stall_fraction() == told.consumer_wait_seconds / both);
    BOOST_REQUIRE(told.stages.size() == 2U);
    BOOST_TEST(told.stages[1].name == "stage");
    if (!slow_consumer) BOOST_TEST(told.stages[1].seconds >= 0.024 - rounding);  // 24 pauses
    BOOST_TEST(told.stages[1].seconds <= seconds_since(made) + rounding);
    BOOST_TEST(told.workers_wait_seconds > 0);
    BOOST_TEST(told.workers_wait_seconds <= seconds_since(made) + rounding);
    if (slow_consumer) BOOST_TEST(told.mean_batches_ready > 0.5);
    BOOST_TEST(told.mean_batches_ready <= 2);
  }
}

BOOST_AUTO_TEST_SUITE_END()
