#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace foregraph {

/// One line that is drawn over and over: "epoch 3/10 [=====>    ] 512/1000, loss 0.1234".
/// Writes nothing unless enabled, and at most every 50 ms.
class ProgressBar {
 public:
  ProgressBar(std::ostream& out, bool enabled, std::string label, std::int64_t total);
  /// `done` of `total` steps; `loss` is the mean so far.
  void update(std::int64_t done, double loss);
  /// Replaces the bar by `line` and ends the line.
  void finish(const std::string& line);

 private:
  std::ostream* out_;
  bool enabled_;
  std::string label_;
  std::int64_t total_;
  std::chrono::steady_clock::time_point next_;
};

/// Whether stderr is a terminal.
[[nodiscard]] bool stderr_is_a_terminal();

}  // namespace foregraph
