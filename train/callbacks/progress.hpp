#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

namespace foregraph {

/// Progress of an epoch.
struct ProgressState {
  std::string label;         ///< "epoch 3/10"
  std::int64_t done = 0;     ///< steps
  std::int64_t total = 0;    ///< steps; 0 or less: unknown
  std::int64_t samples = 0;  ///< in the steps done; 0: unknown
  double loss = 0;           ///< mean so far
  double seconds = 0;        ///< since the start of the epoch
};

/// Returns one line for a terminal of `columns` columns; the last column stays empty:
///
///     epoch 3/10 [===>      ] 512/1000, loss 0.1234, 12.3k samples/s, 1.2 ms/step, 0:41 left
///
/// Rate and time per step are means since the start of the epoch; the time left is the remaining
/// steps at that rate. Unknown values are left out: without a total there is no bar, and the
/// elapsed time is shown instead. If the line is too long, parts are dropped in this order:
/// milliseconds per step, rate, time, bar, loss; the rest is truncated.
[[nodiscard]] std::string progress_line(const ProgressState& state, int columns);

/// Returns a duration as "0:07", "12:34", "1:02:03" or "3d 4h"; "?" if it is negative, NaN or
/// infinite.
[[nodiscard]] std::string clock_time(double seconds);

/// Sources of the time and the width for a ProgressBar; each has a default.
struct ProgressSources {
  /// Monotonic time; unset: std::chrono::steady_clock.
  std::function<std::chrono::nanoseconds()> clock{};
  /// Columns of the terminal, queried at each drawing since windows change; unset: stderr's.
  std::function<int()> columns{};
};

/// One line that is redrawn repeatedly; see progress_line(). Writes nothing unless enabled, and at
/// most every 50 ms, so that most updates only read the clock. Time starts at construction.
class ProgressBar {
 public:
  ProgressBar(std::ostream& out, bool enabled, std::string label, std::int64_t total,
              ProgressSources sources = {});
  /// Reports that `done` of `total` steps are complete, with `samples` samples in them (0 if
  /// unknown); `loss` is the mean so far.
  void update(std::int64_t done, double loss, std::int64_t samples = 0);
  /// Replaces the bar by `line`, of any length, and ends the line.
  void finish(const std::string& line);

 private:
  std::ostream* out_;
  bool enabled_;
  ProgressState state_;
  ProgressSources sources_;
  std::chrono::nanoseconds start_{};
  std::chrono::nanoseconds next_{};
};

/// Returns whether stderr is a terminal.
[[nodiscard]] bool stderr_is_a_terminal();
/// Returns the current width of stderr's terminal; 80 if stderr is not a terminal or the width is
/// unknown.
[[nodiscard]] int stderr_columns();

}  // namespace foregraph
