#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <foregraph/runtime/progress.hpp>
#include <ostream>
#include <utility>

namespace foregraph {

ProgressBar::ProgressBar(std::ostream& out, bool enabled, std::string label, std::int64_t total)
    : out_(&out), enabled_(enabled), label_(std::move(label)), total_(total) {}

void ProgressBar::update(std::int64_t done, double loss) {
  if (!enabled_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + std::chrono::milliseconds(50);
  constexpr std::int64_t width = 30;
  const std::int64_t filled = total_ > 0 ? std::min(width, width * done / total_) : 0;
  std::string bar(static_cast<std::size_t>(filled), '=');
  if (filled < width) bar += '>' + std::string(static_cast<std::size_t>(width - filled - 1), ' ');
  char loss_text[32];
  std::snprintf(loss_text, sizeof loss_text, "%.4g", loss);
  *out_ << "\r\033[K" << label_ << " [" << bar << "] " << done << '/' << total_ << ", loss "
        << loss_text << std::flush;
}

void ProgressBar::finish(const std::string& line) {
  if (enabled_) *out_ << "\r\033[K" << line << '\n' << std::flush;
}

bool stderr_is_a_terminal() {
  return isatty(STDERR_FILENO) == 1;
}

}  // namespace foregraph
