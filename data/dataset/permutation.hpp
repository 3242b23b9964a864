#pragma once

#include <cstdint>
#include <span>

namespace foregraph {

/// Fills `rows` with a uniform permutation of 0 .. size-1 that depends on (seed, epoch) only:
/// Fisher and Yates' shuffle in Durstenfeld's form, with bounded numbers by Lemire's method
/// (Fast Random Integer Generation in an Interval, 2019), which is unbiased. O(size). Both forms
/// give the same permutation.
void permute(std::span<std::int64_t> rows, std::uint64_t seed, std::uint64_t epoch);
/// For less than 2^32 rows.
void permute(std::span<std::uint32_t> rows, std::uint64_t seed, std::uint64_t epoch);

}  // namespace foregraph
