#pragma once

#include <bit>
#include <cstdint>

#include <foregraph/detail/base/random.hpp>

namespace foregraph::data {

/// A pseudo-random permutation of 0 .. size-1 whose values can be computed one at a time, in any
/// order and without storage: a balanced Feistel network over the next power of four (Luby and
/// Rackoff, 1988), iterated along its cycle until the value is below `size` (Black and Rogaway,
/// Ciphers with Arbitrary Finite Domains, 2002). Both steps are bijections for every size, so no
/// value is lost or duplicated; on average fewer than four passes through the network are needed.
/// Not uniform over all permutations.
class Bijection {
 public:
  /// Creates the permutation of `size` values (1 to 2^62) determined by (seed, stream).
  constexpr Bijection(std::int64_t size, std::uint64_t seed, std::uint64_t stream)
      : size_(static_cast<std::uint64_t>(size)),
        half_bits_((static_cast<int>(std::bit_width(size_ - 1)) + 1) / 2),
        mask_((std::uint64_t{1} << half_bits_) - 1) {
    for (std::uint64_t round = 0; round < rounds; ++round)
      keys_[round] = random_bits(seed, stream, round);
  }

  [[nodiscard]] constexpr std::int64_t operator()(std::int64_t index) const {
    auto value = static_cast<std::uint64_t>(index);
    if (size_ == 1) return 0;
    do value = network(value);
    while (value >= size_);
    return static_cast<std::int64_t>(value);
  }

 private:
  static constexpr int rounds = 6;

  [[nodiscard]] constexpr std::uint64_t network(std::uint64_t value) const {
    std::uint64_t left = value >> half_bits_;
    std::uint64_t right = value & mask_;
    for (const std::uint64_t key : keys_) {
      const std::uint64_t mixed = left ^ (spread_bits(right + key) & mask_);
      left = right;
      right = mixed;
    }
    return left << half_bits_ | right;
  }

  std::uint64_t size_;
  int half_bits_;
  std::uint64_t mask_;
  std::uint64_t keys_[rounds] = {};
};

}  // namespace foregraph::data
