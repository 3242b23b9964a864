#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/train/callbacks/progress.hpp>
#include <limits>
#include <random>
#include <sstream>

using namespace foregraph;
using namespace std::chrono_literals;

namespace {

/// Time and width as a test wants them.
struct Fake {
  std::chrono::nanoseconds now = 1h;
  int columns = 120;
  int asked = 0;
  [[nodiscard]] ProgressSources sources() {
    return {.clock =
                [this] {
                  ++asked;
                  return now;
                },
            .columns = [this] { return columns; }};
  }
};

constexpr const char* clear_line = "\r\033[K";

}  // namespace

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(a_line_says_rate_and_time_left) {
  const ProgressState state{"epoch 3/10", 250, 1000, 8000, 0.12345, 2};
  BOOST_TEST(progress_line(state, 120) ==
             "epoch 3/10 [=======>                      ] 250/1000, loss 0.1235, "
             "4.00k samples/s, 8 ms/step, 0:06 left");
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_left_out_in_order) {
  const ProgressState state{"epoch 3/10", 250, 1000, 8000, 0.12345, 2};
  const auto at = [&](int columns) { return progress_line(state, columns); };
  BOOST_TEST(at(106) == at(200));
  BOOST_TEST(
      at(85) ==
      "epoch 3/10 [==>       ] 250/1000, loss 0.1235, 4.00k samples/s, 8 ms/step, 0:06 left");
  BOOST_TEST(at(80) == "epoch 3/10 [==>       ] 250/1000, loss 0.1235, 4.00k samples/s, 0:06 left");
  BOOST_TEST(at(65) == "epoch 3/10 [==>       ] 250/1000, loss 0.1235, 0:06 left");
  BOOST_TEST(at(50) == "epoch 3/10 [==>       ] 250/1000, loss 0.1235");
  BOOST_TEST(at(40) == "epoch 3/10 250/1000, loss 0.1235");
  BOOST_TEST(at(30) == "epoch 3/10 250/1000");
  BOOST_TEST(at(8) == "epoch 3");
  BOOST_TEST(at(1) == "e");
  BOOST_TEST(at(0) == "e");
  BOOST_TEST(at(-5) == "e");
}

BOOST_AUTO_TEST_CASE(no_line_is_wider_than_the_terminal) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    const auto any = [&](std::int64_t most) {
      return static_cast<std::int64_t>(random()) % most - most / 4;
    };
    const ProgressState state{
        std::string(random() % 20, 'e'), any(100000),          any(100000), any(1'000'000'000),
        std::pow(10, any(40)),           std::pow(10, any(12))};
    const int columns = static_cast<int>(random() % 150);
    const std::string line = progress_line(state, columns);
    BOOST_TEST(static_cast<int>(line.size()) <= std::max(columns - 1, 1), "seed " << seed << line);
    BOOST_TEST(line.find_first_of("\n\r") == std::string::npos, "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(letters_of_several_bytes_are_one_column) {
  const ProgressState state{"\xC3\x89poque 1", 1, 0, 0, 1, 0};  // É
  BOOST_TEST(progress_line(state, 80) == "\xC3\x89poque 1 1 steps, loss 1");
  BOOST_TEST(progress_line(state, 25) == "\xC3\x89poque 1 1 steps, loss 1");  // 25 bytes
  BOOST_TEST(progress_line(state, 24) == "\xC3\x89poque 1 1 steps");
  BOOST_TEST(progress_line(state, 2) == "\xC3\x89");
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_left_out) {
  BOOST_TEST(progress_line({"epoch 1", 7, 0, 70, 0.5, 1.75}, 120) ==
             "epoch 1 7 steps, loss 0.5, 40.0 samples/s, 250 ms/step, 0:02 so far");
  BOOST_TEST(progress_line({"epoch 1", 7, -1, 0, 0.5, 0}, 120) == "epoch 1 7 steps, loss 0.5");
  BOOST_TEST(progress_line({"epoch 1", 0, 4, 0, NAN, 3}, 60) ==
             "epoch 1 [>                             ] 0/4, loss nan");
  // More steps than were announced.
  BOOST_TEST(progress_line({"epoch 1", 9, 4, 0, 1, 9}, 120) ==
             "epoch 1 [==============================] 9/4, loss 1, 1e+03 ms/step, 0:00 left");
  constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  BOOST_TEST(progress_line({"e", huge, huge, huge, 1, 1e-9}, 200).size() < 200U);
  BOOST_TEST(progress_line({"e", 1, huge, 1, 1, 1e9}, 200).find("? left") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(times) {
  BOOST_TEST(clock_time(0) == "0:00");
  BOOST_TEST(clock_time(59.6) == "1:00");
  BOOST_TEST(clock_time(754) == "12:34");
  BOOST_TEST(clock_time(3723) == "1:02:03");
  BOOST_TEST(clock_time(100 * 3600.0) == "4d 4h");
  BOOST_TEST(clock_time(-1) == "?");
  BOOST_TEST(clock_time(NAN) == "?");
  BOOST_TEST(clock_time(INFINITY) == "?");
}

BOOST_AUTO_TEST_CASE(it_is_drawn_at_most_every_50_ms) {
  Fake fake;
  std::ostringstream out;
  ProgressBar bar(out, true, "epoch 1/1", 4, fake.sources());
  fake.now += 100ms;
  bar.update(1, 2, 32);
  BOOST_TEST(out.str() == std::string(clear_line) +
                              "epoch 1/1 [=======>                      ] 1/4, loss 2, "
                              "320 samples/s, 100 ms/step, 0:00 left");
  out.str("");
  fake.now += 49ms;
  bar.update(2, 2, 64);
  BOOST_TEST(out.str().empty());
  fake.now += 1ms;
  fake.columns = 30;  // the window was made smaller
  bar.update(3, 1, 96);
  BOOST_TEST(out.str() == std::string(clear_line) + "epoch 1/1 3/4, loss 1");
  out.str("");
  bar.finish("epoch 1/1: a summary that is longer than the line");
  BOOST_TEST(out.str() ==
             std::string(clear_line) + "epoch 1/1: a summary that is longer than the line\n");
}

BOOST_AUTO_TEST_CASE(it_is_quiet_if_it_is_not_enabled) {
  Fake fake;
  std::ostringstream out;
  ProgressBar bar(out, false, "epoch 1/1", 4, fake.sources());
  fake.now += 1s;
  bar.update(1, 2, 32);
  bar.finish("done");
  BOOST_TEST(out.str().empty());
  BOOST_TEST(fake.asked == 0);
}

BOOST_AUTO_TEST_CASE(it_has_time_and_width_of_its_own) {
  std::ostringstream out;
  ProgressBar bar(out, true, "epoch 1/1", 4);
  bar.update(1, 2);
  bar.finish("done");
  BOOST_TEST(out.str().find("epoch 1/1") != std::string::npos);
  BOOST_TEST(stderr_columns() > 0);
}

BOOST_AUTO_TEST_SUITE_END()
