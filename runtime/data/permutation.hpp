#pragma once

#include <cstdint>
#include <span>

namespace foregraph {

/// SplitMix64's output function (Steele, Lea and Flood, Fast Splittable Pseudorandom Number
/// Generators, 2014): a bijection that spreads every bit.
[[nodiscard]] constexpr std::uint64_t spread_bits(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Number `index` of the random stream that (seed, epoch) names: counter-based, so the numbers can
/// be had in any order and by any number of workers.
[[nodiscard]] constexpr std::uint64_t random_bits(std::uint64_t seed, std::uint64_t epoch,
                                                  std::uint64_t index) {
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;
  const std::uint64_t stream = spread_bits(spread_bits(seed + golden) ^ (epoch + 1) * golden);
  return spread_bits(stream + (index + 1) * golden);
}

/// Fills `rows` with a uniform permutation of 0 .. size-1 that depends on (seed, epoch) only:
/// Fisher and Yates' shuffle in Durstenfeld's form, with bounded numbers by Lemire's method
/// (Fast Random Integer Generation in an Interval, 2019), which is unbiased. O(size).
void permute(std::span<std::int64_t> rows, std::uint64_t seed, std::uint64_t epoch);

}  // namespace foregraph
