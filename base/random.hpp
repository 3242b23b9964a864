#pragma once

#include <cstdint>
#include <foregraph/detail/base/compiler.hpp>

namespace foregraph {

/// Returns SplitMix64's output function of x (Steele, Lea and Flood, Fast Splittable Pseudorandom
/// Number Generators, 2014): a bijection that spreads every bit.
[[nodiscard]] constexpr std::uint64_t spread_bits(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Returns number `index` of the random stream (seed, stream). Counter-based, so that numbers can
/// be computed in any order and by any number of workers.
[[nodiscard]] constexpr std::uint64_t random_bits(std::uint64_t seed, std::uint64_t stream,
                                                  std::uint64_t index) {
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;
  const std::uint64_t start = spread_bits(spread_bits(seed + golden) ^ (stream + 1) * golden);
  return spread_bits(start + (index + 1) * golden);
}

/// Returns a number below `bound` from 64 random bits, as the high half of their product with
/// `bound`; the bias is at most bound / 2^64.
[[nodiscard]] constexpr std::uint64_t random_below(std::uint64_t bound, std::uint64_t bits) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(static_cast<Wide>(bits) * bound >> 64);
}

}  // namespace foregraph
