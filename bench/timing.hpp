#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

/// Timing of two alternated measurements, whose medians are compared.
namespace timing {

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

}  // namespace timing
