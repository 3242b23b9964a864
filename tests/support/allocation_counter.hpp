#pragma once

#include <cstdint>

namespace foregraph::test {

/// Allocations of the whole program so far; allocation_counter.cpp replaces operator new.
[[nodiscard]] std::int64_t allocation_count();
/// Bytes they asked for, freed or not.
[[nodiscard]] std::int64_t allocated_bytes();
/// Not under ThreadSanitizer, which brings its own.
[[nodiscard]] bool allocations_are_counted();

}  // namespace foregraph::test
