#pragma once

#include <cstddef>
#include <cstdint>

#include <foregraph/runtime/parallel.hpp>

namespace foregraph {

/// How many elements of a fused region of `values` values one thread takes at a time: some 20
/// microseconds of work, a multiple of `tile`. The same for any number of threads.
[[nodiscard, gnu::always_inline]] inline std::int64_t region_chunk(std::size_t values,
                                                                   std::int64_t tile) {
  constexpr std::int64_t values_in_a_chunk = 128 * 1024;
  const std::int64_t elements = values_in_a_chunk / (static_cast<std::int64_t>(values) + 1);
  return (elements / tile + 1) * tile;
}

/// How many sums of chunks, of all totals of a region together, its kernel has room for.
inline constexpr std::int64_t most_chunk_sums = 2048;

/// The same where the region forms `totals` sums: no more chunks than there is room for.
[[nodiscard, gnu::always_inline]] inline std::int64_t region_chunk(std::size_t values,
                                                                   std::int64_t tile,
                                                                   std::int64_t elements,
                                                                   std::int64_t totals) {
  const std::int64_t most_chunks = most_chunk_sums / totals;
  const std::int64_t least = (elements + most_chunks - 1) / most_chunks;
  const std::int64_t chunk = region_chunk(values, tile);
  return chunk >= least ? chunk : (least + tile - 1) / tile * tile;
}

/// The sum of `count` numbers that are `step` apart.
template <class T>
[[nodiscard]] T pairwise_sum(const T* x, std::int64_t count, std::int64_t step) {
  if (count <= 1) return count == 1 ? *x : T(0);
  const std::int64_t half = count / 2;
  return pairwise_sum(x, half, step) + pairwise_sum(x + half * step, count - half, step);
}

}  // namespace foregraph
