#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <foregraph/detail/planner/packing/placement.hpp>

namespace training_buffers {

/// Returns about `count` buffers of a synthetic training step, with sizes in multiples of 64 bytes.
/// In the forward pass each layer has one to three activations that its backward step reads, so
/// that live ranges are nested like parentheses; results that only the next op reads; kernel
/// workspace; and occasionally a skip connection to a later layer. In the backward pass it has a
/// gradient that is passed on, more workspace, and parameter gradients, which live for a few steps
/// or, in every second model, to the end. Sizes change in stages, as in a network that halves its
/// images, with random factors.
inline std::vector<foregraph::LiveRange> made_up_step(std::uint64_t seed, int count) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  const auto layers = std::max<std::int64_t>(2, count / 8);
  const bool updates_at_end = below(2) == 0;
  const bool is_mixed = below(2) == 0;
  const auto steps_a_layer = 3;
  const auto total = static_cast<std::int32_t>(2 * layers * steps_a_layer);
  std::vector<foregraph::LiveRange> ranges;
  double stage = 4096;
  const auto size = [&](double times) {
    const double factor = is_mixed ? std::exp2(static_cast<double>(below(500)) / 100 - 2.5)
                                   : static_cast<double>(1 + below(4));
    return 64 * static_cast<std::int64_t>(1 + stage * times * factor);
  };
  const auto add = [&](std::int64_t first, std::int64_t last, std::int64_t bytes) {
    ranges.push_back({static_cast<std::int32_t>(first),
                      static_cast<std::int32_t>(std::min<std::int64_t>(last, total)), bytes});
  };
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    const std::int64_t forward = layer * steps_a_layer;
    const std::int64_t backward = total - (layer + 1) * steps_a_layer;
    if (below(layers) < 5) stage *= below(4) == 0 ? 2 : 0.5;
    for (std::int64_t i = 1 + below(3); i > 0; --i)
      add(forward + below(steps_a_layer), backward + 1 + below(steps_a_layer), size(1));
    add(forward + 1, forward + 3 + below(3), size(1));
    if (below(3) == 0) add(forward + 1, forward + 2, size(4));
    if (below(6) == 0) add(forward, forward + steps_a_layer * (2 + below(6)), size(1));
    add(backward, backward + steps_a_layer + 1, size(1));
    if (below(2) == 0) add(backward + 1, backward + 2, size(4));
    const std::int64_t gradient_end = updates_at_end ? total : backward + 2 + below(9);
    add(backward + 1, gradient_end, size(0.5));
    if (below(2) == 0) add(backward + 2, updates_at_end ? total : backward + 3, 64 + 64 * below(8));
  }
  return ranges;
}

}  // namespace training_buffers
