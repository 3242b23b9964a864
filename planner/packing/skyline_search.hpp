#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include <foregraph/detail/planner/packing/effort.hpp>
#include <foregraph/detail/planner/packing/random.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>
#include <foregraph/detail/planner/packing/skyline.hpp>

namespace foregraph::packing {

/// Fills a part by Skyline again and again: in all plain orders (orders.hpp), then alternately in
/// random ones and in the best order so far, varied.
///
/// To vary an order, the buffers that end above the target are moved forward (variation.hpp).
/// Deterministic.
class SkylineSearch {
 public:
  explicit SkylineSearch(const Part& part);

  /// Fills the part once. Returns the offsets in units if they have a lower peak than all before.
  [[nodiscard]] std::vector<std::int64_t> step(std::int64_t target, Effort& effort);
  /// Returns the number of steps that try the plain orders.
  [[nodiscard]] static int plain_steps();

 private:
  std::vector<std::int64_t> try_order(int order, Skyline::Choice choice, Effort& effort);
  std::vector<std::int64_t> vary(std::int64_t target, Effort& effort);
  bool is_best(const std::vector<std::int64_t>& offsets);

  const Part& part_;
  Skyline skyline_;
  int steps_ = 0;
  std::int64_t best_ = std::numeric_limits<std::int64_t>::max();
  std::vector<Index> best_rank_{};
  Skyline::Choice best_choice_ = Skyline::Choice::by_rank;
  std::vector<Index> varied_rank_{};
  int since_best_ = 0;  ///< variations since the best was found
  Random random_{1};
};

}  // namespace foregraph::packing
