#pragma once

#include <cstddef>
#include <cstdint>

/// Attributes and alignment of the results of nn/losses/blockwise_softmax_cross_entropy.hpp, for
/// its ops and kernels.
namespace foregraph::blockwise {

/// Meaning of Attributes::integers of both ops.
enum Attribute : std::size_t {
  wide_labels,        ///< 1 if labels are i64
  weight_transposed,  ///< 1 if the weight is stored [V,K]
  block_rows,         ///< rows of logits that exist at a time
  has_bias,           ///< 1 if operand 3 is a bias
  wanted              ///< for gradients: the sum of the Wanted results
};
/// The gradients that blockwise_softmax_cross_entropy_gradients computes.
enum Wanted : std::int64_t { by_x = 1, by_weight = 2, by_bias = 4 };

/// Returns `elements` rounded up to a multiple of 64 bytes of elements of at least 4 bytes.
[[nodiscard, gnu::always_inline]] constexpr std::int64_t padded(std::int64_t elements) {
  constexpr std::int64_t unit = 16;
  return (elements + unit - 1) / unit * unit;
}

}  // namespace foregraph::blockwise
