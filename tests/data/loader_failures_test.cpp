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
  expect<UsageError>([&] { (void)from(stream, 0); }, {"0 samples per epoch"});
}

BOOST_AUTO_TEST_CASE(thousands_of_loaders_come_and_go) {
  const Dataset data = numbered(64);
  const unsigned seed = 3;
  std::mt19937 random(seed);
  constexpr int loaders = foregraph::test::is_sanitized ? 2'000 : 20'000;
  for (int i = 0; i < loaders; ++i) {
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
  for (const char* part : {"batch 2 of epoch 3", "'augment' on row 9", "0 of 2 batches"})
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

BOOST_AUTO_TEST_SUITE_END()
