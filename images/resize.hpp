#pragma once

// Internal: images of one size out of images of any.
//
// The largest centred part of the source with the proportions of the result is cut out (its edges
// may lie within pixels) and resampled, first along the rows, then along the columns, by a triangle
// filter. Enlarging, the filter is one source pixel wide to each side, which is bilinear
// interpolation; shrinking, it is one result pixel wide, so that every source pixel counts and fine
// patterns do not turn into coarse ones. It ends at the image's edges, where the weights are made
// to add up to 1 again.
//
// O(H w k + h w k) a channel for H source rows, a result of h x w, and k = 2 max(1, shrinking)
// source pixels under the filter.

#include <foregraph/detail/images/decode.hpp>

namespace foregraph::detail {

/// Writes height x width x channels values, `factor` times those of the image, of 1 or 3
/// channels.
void resize_image(const DecodedImage& image, std::int64_t channels, const ImageSize& size,
                  float factor, float* to);

}  // namespace foregraph::detail
