#pragma once

#include <cstddef>
#include <cstdint>

#include <foregraph/detail/kernels/loop_code.hpp>

namespace foregraph {

/// The size of the memory that write_loop() needs.
inline constexpr std::size_t most_loop_bytes = 4096;

/// Writes the code of one loop into `memory`, with registers of 64 bytes if `is_wide`, else of 32,
/// and returns its size in bytes; 0 if the loop needs more registers or memory than there are.
[[nodiscard]] std::size_t write_loop(const ArithmeticLoop& loop, bool is_wide,
                                     std::uint8_t* memory);

}  // namespace foregraph
