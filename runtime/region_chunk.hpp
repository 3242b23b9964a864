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

}  // namespace foregraph
