#pragma once

#include <cstdint>

namespace foregraph::data {

/// Height and width in pixels.
struct ImageSize {
  std::int64_t height = 0;  ///< in pixels
  std::int64_t width = 0;   ///< in pixels
  friend bool operator==(const ImageSize&, const ImageSize&) = default;
};

}  // namespace foregraph::data
