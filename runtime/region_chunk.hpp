#pragma once

#include <cstddef>
#include <cstdint>

#include <foregraph/detail/graph/access.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

namespace foregraph {

/// Returns the number of elements in a chunk of a fused region of `values` values, which one thread
/// runs at a time: about 20 microseconds of work, and a multiple of `tile`. Does not depend on the
/// number of threads.
[[nodiscard, gnu::always_inline]] inline std::int64_t region_chunk(std::size_t values,
                                                                   std::int64_t tile) {
  constexpr std::int64_t values_in_a_chunk = 128 * 1024;
  const std::int64_t elements = values_in_a_chunk / (static_cast<std::int64_t>(values) + 1);
  return (elements / tile + 1) * tile;
}

/// Capacity of a region's kernel for the sums of all its chunks.
inline constexpr std::int64_t most_chunk_sums = 4 * planning::most_sums_of_a_region;

/// Returns the size of a chunk if each chunk has `sums` sums: chunks are larger where more of them
/// would exceed most_chunk_sums.
[[nodiscard, gnu::always_inline]] inline std::int64_t region_chunk(std::size_t values,
                                                                   std::int64_t tile,
                                                                   std::int64_t elements,
                                                                   std::int64_t sums) {
  const std::int64_t most_chunks = sums > 0 ? most_chunk_sums / sums : elements;
  const std::int64_t least = (elements + most_chunks - 1) / most_chunks;
  const std::int64_t chunk = region_chunk(values, tile);
  return chunk >= least ? chunk : (least + tile - 1) / tile * tile;
}

/// Adds the `count` numbers of each of `chunks` chunks to those of the first chunk, pairwise.
template <class T>
[[gnu::always_inline]] inline void add_chunks(T* sums, std::int64_t chunks, std::int64_t count) {
  for (std::int64_t step = 1; step < chunks; step *= 2)
    for (std::int64_t k = 0; k + step < chunks; k += 2 * step) {
      T* to = sums + k * count;
      const T* from = to + step * count;
      for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
    }
}

}  // namespace foregraph
