#pragma once

#include <cstdint>

namespace foregraph::row_norm {

/// Returns the most parts into which GammaGradient splits rows of `count` elements to sum them
/// concurrently, such that its workspace stays within a few hundred KiB.
[[nodiscard, gnu::always_inline]] constexpr std::int64_t parts_of_gamma(std::int64_t count) {
  constexpr std::int64_t elements = 8192;
  constexpr std::int64_t most = 8;
  return count <= elements / most ? most : count < elements ? elements / count : 1;
}

}  // namespace foregraph::row_norm
