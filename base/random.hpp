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

/// A product of two numbers of 64 bits.
struct WideProduct {
  std::uint64_t high = 0;  ///< its upper 64 bits
  std::uint64_t low = 0;   ///< its lower 64 bits
};

/// Returns a * b from products of 32 bits, for processors whose compilers have no type of 128 bits.
[[nodiscard]] constexpr WideProduct wide_product_of_halves(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t a_low = a & 0xffffffff;
  const std::uint64_t a_high = a >> 32;
  const std::uint64_t b_low = b & 0xffffffff;
  const std::uint64_t b_high = b >> 32;
  const std::uint64_t low = a_low * b_low;
  const std::uint64_t first = a_high * b_low + (low >> 32);
  const std::uint64_t second = a_low * b_high + (first & 0xffffffff);
  return {a_high * b_high + (first >> 32) + (second >> 32), (second << 32) | (low & 0xffffffff)};
}

/// Returns a * b.
[[nodiscard]] constexpr WideProduct wide_product(std::uint64_t a, std::uint64_t b) {
#ifdef __SIZEOF_INT128__
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
#else
  return wide_product_of_halves(a, b);
#endif
}

/// Returns a number below `bound` from 64 random bits, as the high half of their product with
/// `bound`; the bias is at most bound / 2^64.
[[nodiscard]] constexpr std::uint64_t random_below(std::uint64_t bound, std::uint64_t bits) {
  return wide_product(bits, bound).high;
}

}  // namespace foregraph
