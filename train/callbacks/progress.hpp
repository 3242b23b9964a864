#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

namespace foregraph {

/// How far an epoch is.
struct ProgressState {
  std::string label;         ///< "epoch 3/10"
  std::int64_t done = 0;     ///< steps
  std::int64_t total = 0;    ///< steps; 0 or less: not known
  std::int64_t samples = 0;  ///< in the steps done; 0: not known
  double loss = 0;           ///< mean so far
  double seconds = 0;        ///< since the epoch began
};

/// One line for a terminal of `columns` columns, one of which stays empty:
///
///     epoch 3/10 [===>      ] 512/1000, loss 0.1234, 12.3k samples/s, 1.2 ms/step, 0:41 left
///
/// Rate and time per step are means since the epoch began; the time left is what the steps that are
/// left take at that rate. What is not known is left out: without a total there is no bar, and the
/// time is the one that has passed. What does not fit is left out too: milliseconds per step first,
/// then the rate, the time, the bar and the loss; the rest is cut.
[[nodiscard]] std::string progress_line(const ProgressState& state, int columns);

/// A duration as "0:07", "12:34", "1:02:03" or "3d 4h"; "?" if it is negative, NaN or infinite.
[[nodiscard]] std::string clock_time(double seconds);

/// Where a ProgressBar gets the time and the width from; each has a default.
struct ProgressSources {
  /// Monotonic time; unset: std::chrono::steady_clock.
  std::function<std::chrono::nanoseconds()> clock{};
  /// Columns of the terminal, asked for at each drawing, as windows change; unset: stderr's.
  std::function<int()> columns{};
};

/// One line that is drawn over and over; see progress_line(). Writes nothing unless enabled, and at
/// most every 50 ms, so an update costs one look at the clock. Time begins with its construction.
class ProgressBar {
 public:
  ProgressBar(std::ostream& out, bool enabled, std::string label, std::int64_t total,
              ProgressSources sources = {});
  /// `done` of `total` steps, with `samples` in them (0 if that is not known); `loss` is the mean
  /// so far.
  void update(std::int64_t done, double loss, std::int64_t samples = 0);
  /// Replaces the bar by `line`, whatever its length, and ends the line.
  void finish(const std::string& line);

 private:
  std::ostream* out_;
  bool enabled_;
  ProgressState state_;
  ProgressSources sources_;
  std::chrono::nanoseconds start_{};
  std::chrono::nanoseconds next_{};
};

/// Whether stderr is a terminal.
[[nodiscard]] bool stderr_is_a_terminal();
/// The width of the terminal that stderr is, now; 80 if it is none or does not tell.
[[nodiscard]] int stderr_columns();

}  // namespace foregraph
