#pragma once

// Internal: resizes images of any size to one size.
//
// The largest centred region of the source with the result's proportions is cropped (its edges may
// lie within pixels) and resampled with a triangle filter, first along rows, then along columns.
// When enlarging, the filter extends one source pixel to each side, which is bilinear
// interpolation; when shrinking, it extends one result pixel, so that every source pixel counts and
// fine patterns do not alias into coarse ones. The filter is cut off at the image's edges and its
// weights are renormalised to sum to 1.
//
// O(H w k + h w k) per channel for H source rows, a result of h x w, and k = 2 max(1, shrink
// factor) source pixels under the filter.

#include <foregraph/detail/images/decode.hpp>

namespace foregraph::detail {

/// Writes height x width x channels values, scaled by `factor`. `channels` is 1 or 3.
void resize_image(const DecodedImage& image, std::int64_t channels, const data::ImageSize& size,
                  float factor, float* to);

}  // namespace foregraph::detail
