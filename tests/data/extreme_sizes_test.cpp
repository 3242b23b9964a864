#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/combine.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/graph/checked_size.hpp>
#include <limits>
#include <optional>
#include <random>
#include <thread>

#include "data/some_pipelines.hpp"
#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr int most_int = std::numeric_limits<int>::max();

/// A source that claims to have any number of rows.
struct Endless {
  std::int64_t rows = most;
  std::vector<data::FieldSpec> specs{{"b", boolean, {}}};
  [[nodiscard]] std::span<const data::FieldSpec> fields() const { return specs; }
  [[nodiscard]] std::int64_t size() const { return rows; }
  void read(std::int64_t row, std::span<std::byte* const> to) const {
    if (to[0] != nullptr) *to[0] = static_cast<std::byte>(row % 2);
  }
};

/// a * b / c rounded up, with 128 bits between.
std::int64_t divided(std::int64_t a, std::int64_t b, std::int64_t c) {
  __extension__ typedef __int128 Wide;
  return static_cast<std::int64_t>((static_cast<Wide>(a) * b + c - 1) / c);
}

/// The first batches of epoch 0, unless that is refused by an error of this library's.
std::optional<std::vector<std::int64_t>> first_rows(const data::Pipeline& pipeline) try {
  data::Loader loader(pipeline);
  data::Batch batch;
  std::vector<std::int64_t> rows;
  loader.start_epoch(0);
  for (int i = 0; i < 3 && loader.next(batch); ++i)
    rows.insert(rows.end(), batch.row_indices.begin(), batch.row_indices.end());
  return rows;
} catch (const Error&) {
  return std::nullopt;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(extreme_sizes)

BOOST_AUTO_TEST_CASE(sums_and_products_say_whether_they_fit) {
  static_assert((CheckedSize(most) * 1).fits() && (CheckedSize(most) * 1).value() == most);
  static_assert(!(CheckedSize(most) + 1).fits());
  static_assert(!(CheckedSize(std::int64_t{1} << 32) * (std::int64_t{1} << 31)).fits());
  static_assert((CheckedSize(std::int64_t{1} << 31) * (std::int64_t{1} << 31)).fits());
  CheckedSize size = most;
  size += 1;
  size += -1;
  BOOST_TEST(!size.fits());  // even if it has come back
  BOOST_TEST(!(CheckedSize(2) * size).fits());
  BOOST_TEST(!(size * 0).fits());
}

BOOST_AUTO_TEST_CASE(numbers_that_no_pipeline_has_use_for_are_refused) {
  const data::Pipeline data = data::from(numbered_rows(100));
  expect<UsageError>([&] { (void)data.repeat(most); },
                     {"repeat: 9223372036854775807 times 100 samples", "FitOptions::epochs"});
  expect<UsageError>([&] { (void)data.take(1).repeat(most).take(2); }, {"times 2 samples"});
  BOOST_TEST(data.take(1).repeat(most).samples_per_epoch() == most);
  expect<UsageError>([&] { (void)data.prefetch(most_int); },
                     {"prefetch: the depth is 2147483647", "at most 1000000"});
  expect<UsageError>([&] { (void)data.workers(most_int); },
                     {"workers: 2147483647 threads", "at most 4096"});
  expect<UsageError>([&] { (void)data.skip(most); }, {"skip: 9223372036854775807 samples"});
  expect<UsageError>([&] { (void)data.skip(least); }, {"skip: -9223372036854775808 samples"});
  expect<UsageError>([&] { (void)data.take(least); }, {"take: -9223372036854775808"});
  expect<UsageError>([&] { (void)data.shard(0, most); }, {"shard: 9223372036854775807 parts"});
  expect<UsageError>([&] { (void)data.shard(most - 1, most); }, {"shard: 9223372036854775807"});
  expect<UsageError>([&] { (void)data.watchdog(std::nan("")); },
                     {"watchdog: the time is nan seconds"});
  expect<UsageError>([&] { (void)data.watchdog(-INFINITY); },
                     {"watchdog: the time is -inf seconds"});
  expect<UsageError>(
      [] {
        (void)data::Preprocessing().standardize("x").fit(numbered_rows(9), {.workers = most_int});
      },
      {"workers 2147483647", "1 to 4096"});
  expect<DataError>(
      [&] {
        (void)data.convert<float, float>("x", {most, 2}, [](auto&&...) {});
      },
      {"convert: the new field 'x'", "sizes that fit in memory"});
}

BOOST_AUTO_TEST_CASE(memory_that_cannot_be_had_is_refused_before_it_is_taken) {
  const data::Pipeline data = data::from(numbered_rows(100));
  expect<BatchError>([&] { data::Loader loader(data.batch(most / 4, data::Tail::pad)); },
                     {"batch of 2305843009213693951 samples", "does not fit in memory"});
  expect<BatchError>([&] { (void)data::all_fields_of(data.batch(most, data::Tail::pad)); },
                     {"use a smaller"});
  // 12 bytes a sample and 4 of the mask: more than any machine of today has.
  expect<BudgetError>(
      [&] { data::Loader loader(data.batch(std::int64_t{1} << 48, data::Tail::pad)); },
      {"batches of 281474976710656 samples", "use a smaller batch"});
  const data::Pipeline endless = data::from(Endless{});
  expect<BudgetError>([&] { (void)endless.shuffle(1).own_bytes(); },
                      {"an epoch has 9223372036854775807 samples", "reduce these numbers"});
  expect<BudgetError>([&] { (void)endless.cache().own_bytes(); }, {"9223372036854775807 samples"});
  expect<BudgetError>([&] { (void)endless.shuffle_buffer(most, 1).own_bytes(); },
                      {"do not fit in memory"});
  BOOST_TEST(data.shuffle_buffer(most, 1).own_bytes().count > 0);
  BOOST_TEST(data.batch(most).own_bytes().count == data.batch(100).own_bytes().count);
}

BOOST_AUTO_TEST_CASE(data_sets_that_are_too_large) {
  const data::Dataset endless(data::make_source(Endless{}));
  BOOST_TEST(endless.size() == most);
  expect<DataError>([&] { (void)data::concatenate({endless, endless}); }, {"2^63 samples or more"});
  Endless wide;
  wide.specs[0] = {"x", f64, {}};
  expect<DataError>([&] { (void)data::Dataset(data::make_source(wide)); },
                    {"9223372036854775807 rows of 8 bytes", "fewer than 2^63 bytes"});
  wide.rows = -1;
  expect<DataError>([&] { (void)data::Dataset(data::make_source(wide)); }, {"-1 rows"});
  expect<DataError>(
      [] { (void)data::Dataset().add("x", {std::int64_t{1} << 61}, std::vector<double>()); },
      {"field 'x'", "{2305843009213693952}", "fit in memory"});
  expect<DataError>(
      [] {
        (void)data::Dataset().add(data::Field{{"x", f32, {}}, 3, nullptr});
      },
      {"3 rows, but no data"});
  expect<BudgetError>(
      [] {
        const data::Dataset texts = data::Dataset().add_text("t", {"a", "b"});
        (void)data::Preprocessing().vocabulary("t", {.length = most}).fit(texts).encode(texts);
      },
      {"2 texts 't' of 9223372036854775807 words", "VocabularyOptions::length"});
}

BOOST_AUTO_TEST_CASE(epochs_that_cannot_be_numbered) {
  data::Loader loader(data::from(numbered_rows(10)).batch(4).repeat(3));
  expect<UsageError>([&] { loader.start_epoch(-5); }, {"start_epoch: epoch -5 of 3 passes"});
  expect<UsageError>([&] { loader.start_epoch(most); }, {"epoch 9223372036854775807"});
  expect<UsageError>([&] { loader.resume({.epoch = least}); }, {"Loader::resume: epoch -9223"});
  expect<UsageError>([&] { loader.resume({.batch = least}); }, {"batch -9223372036854775808"});
  expect<UsageError>([&] { (void)data::Loader::whole_epoch(loader.pipeline(), most / 2); },
                     {"whole_epoch: epoch 4611686018427387903"});
  loader.start_epoch(most / 3 - 1);
  BOOST_TEST(rest_of(loader).rows.size() == 30U);
  data::Loader end(data::from(numbered_rows(10)).batch(most));
  end.resume({.batch = 1});
  data::Batch batch;
  BOOST_TEST(!end.next(batch));
}

BOOST_AUTO_TEST_CASE(a_watchdog_of_any_patience_is_quiet_while_batches_come) {
  // 1e8 s are three years. As a rule the consumer gets tired of looking within the 5 ms and sleeps,
  // with its clock set; if not, there is no alarm either.
  for (const double seconds : {1e8, 1e9, 1e10, 1e300, double(INFINITY)}) {
    std::atomic<int> alarms = 0;
    data::Loader loader(
        data::from(numbered_rows(4))
            .map([](data::Sample&) { std::this_thread::sleep_for(std::chrono::milliseconds(5)); })
            .batch(2)
            .prefetch(1)
            .watchdog(seconds, [&](const std::string&) { ++alarms; }));
    loader.start_epoch(0);
    BOOST_TEST(rest_of(loader).rows.size() == 4U);
    BOOST_TEST(alarms == 0);
  }
}

// Whatever the numbers are, a pipeline is refused or has the samples that long division gives.
BOOST_AUTO_TEST_CASE(any_numbers_are_right_or_refused) {
  const unsigned seed = std::random_device{}();
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937_64 random(seed);
    const std::vector<std::int64_t> edges{least, -1,        0,        1,
                                          2,     3,         7,        most - 1,
                                          most,  most / 2,  100,      std::int64_t{1} << 32,
                                          99,    most / 99, most / 8, 101};
    const auto edge = [&] { return edges[random() % edges.size()]; };
    int right = 0;
    for (int round = 0; round < 3000; ++round) {
      const std::int64_t rows = random() % 2 == 0 ? 100 : most;
      data::Pipeline pipeline = data::from(Endless{rows});
      std::int64_t skipped = 0;
      std::int64_t taken = most;
      std::int64_t shard = 0;
      std::int64_t shards = 1;
      std::int64_t times = 1;
      std::int64_t batch = 32;
      for (int call = 0; call < 4; ++call) {
        const std::int64_t a = edge();
        const std::int64_t b = edge();
        try {
          switch (random() % 6) {
            case 0:
              pipeline = pipeline.skip(a);
              skipped = a;
              break;
            case 1:
              pipeline = pipeline.take(a);
              taken = a;
              break;
            case 2:
              pipeline = pipeline.shard(a, b);
              shard = a;
              shards = b;
              break;
            case 3:
              pipeline = pipeline.repeat(a);
              times = a;
              break;
            case 4:
              pipeline = pipeline.batch(a, static_cast<data::Tail>(random() % 3));
              batch = a;
              break;
            default:
              pipeline = pipeline.prefetch(static_cast<int>(random() % 3))
                             .shuffle_buffer(a < 1 ? 1 : a, 1);
          }
        } catch (const Error&) {
        }
      }
      const std::int64_t in_pass = divided(std::min(rows - skipped, taken) - shard, 1, shards);
      BOOST_REQUIRE(pipeline.samples_per_epoch() == in_pass * times);
      const std::int64_t whole = pipeline.samples_per_epoch() / batch;
      const bool has_tail =
          pipeline.tail() != data::Tail::drop && pipeline.samples_per_epoch() % batch != 0;
      BOOST_REQUIRE(pipeline.batches_per_epoch() == whole + (has_tail ? 1 : 0));
      try {
        BOOST_REQUIRE(pipeline.own_bytes().count >= 0);
      } catch (const Error&) {
        continue;
      }
      if (pipeline.largest_batch() > 1000 || pipeline.shuffled()) continue;
      if (const auto got = first_rows(pipeline)) {
        ++right;
        std::int64_t position = 0;
        for (const std::int64_t row : *got)
          BOOST_REQUIRE(row == skipped + position++ % in_pass * shards + shard);
      }
    }
    BOOST_TEST(right > 100);
  }
}

BOOST_AUTO_TEST_SUITE_END()
