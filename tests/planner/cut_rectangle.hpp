#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <foregraph/detail/planner/packing/placement.hpp>

namespace foregraph::test {

/// Cuts the rectangle of `steps` and `bytes` into pieces until there are `count`: a placement
/// without a gap is possible.
inline std::vector<LiveRange> cut_rectangle(std::mt19937_64& random, std::size_t count,
                                            std::int32_t steps, std::int64_t bytes) {
  std::vector<LiveRange> pieces{{0, steps, bytes}};
  while (pieces.size() < count) {
    LiveRange& piece = pieces[random() % pieces.size()];
    const std::int32_t length = piece.last - piece.first;
    LiveRange rest = piece;
    if (random() % 2 == 0 && length >= 2) {
      const auto cut = 1 + random() % static_cast<std::uint64_t>(length - 1);
      piece.last = piece.first + static_cast<std::int32_t>(cut);
      rest.first = piece.last;
    } else if (piece.bytes >= 2) {
      const auto cut = 1 + random() % static_cast<std::uint64_t>(piece.bytes - 1);
      piece.bytes = static_cast<std::int64_t>(cut);
      rest.bytes -= piece.bytes;
    } else {
      continue;
    }
    pieces.push_back(rest);
  }
  std::shuffle(pieces.begin(), pieces.end(), random);
  return pieces;
}

}  // namespace foregraph::test
