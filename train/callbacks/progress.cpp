#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/train/callbacks/progress.hpp>
#include <ostream>
#include <utility>

namespace foregraph {
namespace {

constexpr std::chrono::milliseconds interval{50};

std::string two_digits(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

/// Formats a number with three digits: 999, 12.3k, 4.56M.
std::string short_number(double value) {
  constexpr std::array<const char*, 4> suffixes{"", "k", "M", "G"};
  const text::Scaled scaled = text::scaled(value, 1000, suffixes.size() - 1);
  return scaled.digits + suffixes[scaled.power];
}

std::string bar(std::int64_t done, std::int64_t total, std::int64_t width) {
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const auto filled = static_cast<std::int64_t>(static_cast<double>(width) * share);
  std::string text(static_cast<std::size_t>(filled), '=');
  if (filled < width) text += '>' + std::string(static_cast<std::size_t>(width - filled - 1), ' ');
  return " [" + text + "]";
}

/// Counts one column per code point, which holds for the scripts expected here.
std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}
void cut(std::string& text, std::size_t columns) {
  std::size_t bytes = 0;
  for (std::size_t seen = 0; bytes < text.size(); ++bytes)
    if ((text[bytes] & 0xC0) != 0x80 && seen++ == columns) break;
  text.resize(bytes);
}

}  // namespace

std::string clock_time(double seconds) {
  constexpr double most = 1e9;  // some thirty years
  if (!(seconds >= 0 && seconds < most)) return "?";
  const auto whole = static_cast<long long>(std::llround(seconds));
  const long long hours = whole / 3600;
  if (hours >= 100) return std::to_string(hours / 24) + "d " + std::to_string(hours % 24) + 'h';
  if (hours > 0)
    return std::to_string(hours) + ':' + two_digits(whole / 60 % 60) + ':' + two_digits(whole % 60);
  return std::to_string(whole / 60) + ':' + two_digits(whole % 60);
}

std::string progress_line(const ProgressState& state, int columns) {
  const std::int64_t done = std::max<std::int64_t>(state.done, 0);
  const bool has_total = state.total > 0;
  const bool has_time = state.seconds > 0 && std::isfinite(state.seconds) && done > 0;
  std::string count = ' ' + std::to_string(done);
  count += has_total ? '/' + std::to_string(state.total) : std::string(" steps");

  const std::string loss = ", loss " + text::significant(state.loss, 4);
  std::string rate;
  std::string per_step;
  std::string time;
  if (has_time) {
    const double step = state.seconds / static_cast<double>(done);
    if (state.samples > 0)
      rate = ", " + short_number(static_cast<double>(state.samples) / state.seconds) + " samples/s";
    per_step = ", " + text::significant(1e3 * step, 3) + " ms/step";
    if (has_total) {
      const std::int64_t left = std::max<std::int64_t>(state.total - done, 0);
      time = ", " + clock_time(step * static_cast<double>(left)) + " left";
    }
  }
  if (!has_total && state.seconds > 0) time = ", " + clock_time(state.seconds) + " so far";

  const auto room = static_cast<std::size_t>(std::max(columns, 2) - 1);
  constexpr std::int64_t widest = 30;
  constexpr std::int64_t narrowest = 10;
  const auto line = [&](std::int64_t bar_width) {
    return state.label +
           (has_total && bar_width > 0 ? bar(std::min(done, state.total), state.total, bar_width)
                                       : std::string{}) +
           count + loss + rate + per_step + time;
  };
  // The bar shrinks first, down to its smallest useful width.
  const auto fits = [&](std::int64_t bar_width) { return columns_of(line(bar_width)) <= room; };
  std::int64_t bar_width = widest;
  while (bar_width > narrowest && !fits(bar_width)) --bar_width;
  for (std::string* part : {&per_step, &rate, &time})
    if (!fits(bar_width)) part->clear();
  if (!fits(bar_width)) bar_width = 0;
  std::string text = line(bar_width);
  if (columns_of(text) > room) text = state.label + count;
  cut(text, room);
  return text;
}

ProgressBar::ProgressBar(std::ostream& out, bool enabled, std::string label, std::int64_t total,
                         ProgressSources sources)
    : out_(&out), enabled_(enabled), sources_(std::move(sources)) {
  state_.label = std::move(label);
  state_.total = total;
  if (!sources_.clock)
    sources_.clock = [] {
      return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch());
    };
  if (!sources_.columns) sources_.columns = stderr_columns;
  if (enabled_) start_ = next_ = sources_.clock();
}

void ProgressBar::update(std::int64_t done, double loss, std::int64_t samples) {
  if (!enabled_) return;
  const std::chrono::nanoseconds now = sources_.clock();
  if (now < next_) return;
  next_ = now + interval;
  state_.done = done;
  state_.loss = loss;
  state_.samples = samples;
  state_.seconds = std::chrono::duration<double>(now - start_).count();
  *out_ << "\r\033[K" << progress_line(state_, sources_.columns()) << std::flush;
}

void ProgressBar::finish(const std::string& line) {
  if (enabled_) *out_ << "\r\033[K" << line << '\n' << std::flush;
}

bool stderr_is_a_terminal() {
  return isatty(STDERR_FILENO) == 1;
}

int stderr_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace foregraph
