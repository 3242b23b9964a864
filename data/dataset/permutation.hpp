#pragma once

#include <cstdint>
#include <span>

namespace foregraph::data {

/// Fills `rows` with a uniform permutation of 0 .. size-1 that depends only on (seed, epoch). Uses
/// the Fisher-Yates shuffle in Durstenfeld's form, with unbiased bounded numbers by Lemire's method
/// (Fast Random Integer Generation in an Interval, 2019). O(size). Both overloads give the same
/// permutation.
void permute(std::span<std::int64_t> rows, std::uint64_t seed, std::uint64_t epoch);
/// Permutes fewer than 2^32 rows.
void permute(std::span<std::uint32_t> rows, std::uint64_t seed, std::uint64_t epoch);

}  // namespace foregraph::data
