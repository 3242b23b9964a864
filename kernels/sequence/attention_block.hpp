#pragma once

#include <cstdint>

namespace foregraph::attention {

/// Rows of scores that the kernels of attention hold at a time, for one matrix of the stack. The
/// planned workspace depends on it.
inline constexpr std::int64_t block_rows = 64;

}  // namespace foregraph::attention
