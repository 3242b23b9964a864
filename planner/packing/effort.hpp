#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace foregraph::packing {

/// The time and work that are left to a search. A unit of work takes a few nanoseconds:
/// it is a comparison of two buffers, or a visit of a node in a tree.
class Effort {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Effort(Clock::time_point deadline,
                  std::int64_t work = std::numeric_limits<std::int64_t>::max())
      : deadline_(deadline), work_left_(work) {}

  /// Subtracts `work` units.
  void spend(std::int64_t work) { work_left_ -= work; }
  /// Calls `search(effort)` with at most `most_work` of the effort that is left.
  template <class Search>
  void lend(std::int64_t most_work, const Search& search) {
    const std::int64_t lent = std::min(work_left_, most_work);
    Effort share(deadline_, lent);
    search(share);
    spend(lent - share.work_left_);
  }
  /// Returns true if time or work is used up. Asks for the time.
  [[nodiscard]] bool is_over() const { return work_left_ <= 0 || Clock::now() >= deadline_; }
  /// Returns true as is_over() does, but asks for the time only when enough work has been spent
  /// since the last call that it may have changed. For inner loops.
  [[nodiscard]] bool is_over_now() {
    constexpr std::int64_t work_between = 100'000;
    if (work_left_ > 0 && last_look_ - work_left_ < work_between) return is_late_;
    last_look_ = work_left_;
    is_late_ = is_over();
    return is_late_;
  }

 private:
  Clock::time_point deadline_;
  std::int64_t work_left_;
  std::int64_t last_look_ = std::numeric_limits<std::int64_t>::max();
  bool is_late_ = false;
};

}  // namespace foregraph::packing
