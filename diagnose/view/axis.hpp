#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Axes: positions and labels of the ticks.
namespace foregraph::picture {

struct Tick {
  double value = 0;
  std::string label{};
};

/// Returns ticks from 0 to at least `most`, at round numbers of one unit: "0", "5 MiB", "10 MiB".
///
/// Steps are 1, 2 or 5 times a power of ten of the unit (Heckbert, "Nice numbers for graph labels",
/// Graphics Gems, 1990), about `wanted` of them. The last tick is at or above `most`.
[[nodiscard]] std::vector<Tick> byte_ticks(std::int64_t most, int wanted);

/// Returns powers of two in bytes around [least, most], at most about `wanted`; for logarithmic
/// axes. 1 <= least <= most.
[[nodiscard]] std::vector<Tick> byte_power_ticks(std::int64_t least, std::int64_t most, int wanted);

/// Returns round whole numbers within [0, most], with the same steps but at least 1: "0", "200",
/// "1,000".
[[nodiscard]] std::vector<Tick> count_ticks(std::int64_t most, int wanted);

/// Returns powers of two within [least, most], at most `wanted`; for logarithmic axes. 1 <= least
/// <= most.
[[nodiscard]] std::vector<Tick> count_power_ticks(std::int64_t least, std::int64_t most,
                                                  int wanted);

}  // namespace foregraph::picture
