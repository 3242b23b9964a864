#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

namespace foregraph {

/// Whether a value, such as a loss or a metric, is better when it is smaller or when it is larger.
enum class Better : std::uint8_t { smaller, larger };

/// Returns "smaller" or "larger".
[[nodiscard]] constexpr std::string_view name_of(Better better) {
  return better == Better::smaller ? "smaller" : "larger";
}

/// Returns whether `value` is better than `best` by more than `least`, both in the value's own
/// unit. NaN and infinities are never better.
[[nodiscard]] inline bool improves(Better better, double value, double best, double least = 0) {
  return std::isfinite(value) &&
         (better == Better::smaller ? value < best - least : value > best + least);
}

}  // namespace foregraph
