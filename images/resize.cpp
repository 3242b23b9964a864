#include <algorithm>
#include <array>
#include <cmath>
#include <foregraph/detail/images/resize.hpp>

namespace foregraph::detail {
namespace {

/// The source pixels and weights that contribute to each result pixel along one side.
struct Filter {
  std::vector<std::int64_t> first;   ///< first source pixel of each result pixel
  std::vector<std::size_t> weights;  ///< index of each result pixel's first weight, then the end
  std::vector<float> values;
};

/// Returns the filter that resamples the middle of a side to `to` pixels of `step` source pixels
/// each. The side has `from` pixels, `length` of them exactly.
Filter triangle(std::int64_t from, double length, double step, std::int64_t to) {
  Filter filter;
  const double reach = std::max(1.0, step);
  const double begin = (length - step * static_cast<double>(to)) / 2;
  for (std::int64_t i = 0; i < to; ++i) {
    const double centre = begin + (static_cast<double>(i) + 0.5) * step;
    const auto low = static_cast<std::int64_t>(std::floor(centre - reach));
    const auto high = static_cast<std::int64_t>(std::ceil(centre + reach));
    filter.weights.push_back(filter.values.size());
    filter.first.push_back(-1);
    double sum = 0;
    for (std::int64_t s = std::max<std::int64_t>(low, 0); s < std::min(high, from); ++s) {
      const double weight = 1 - std::abs(static_cast<double>(s) + 0.5 - centre) / reach;
      if (weight <= 0) continue;
      if (filter.first.back() < 0) filter.first.back() = s;
      filter.values.push_back(static_cast<float>(weight));
      sum += weight;
    }
    for (std::size_t w = filter.weights.back(); w < filter.values.size(); ++w)
      filter.values[w] = static_cast<float>(filter.values[w] / sum);
  }
  filter.weights.push_back(filter.values.size());
  return filter;
}

/// Filters one row of source pixels to one row of result pixels.
template <std::int64_t channels>
void filter_row(const std::uint8_t* row, const Filter& filter, float* to) {
  for (std::size_t i = 0; i < filter.first.size(); ++i, to += channels) {
    const std::uint8_t* from = row + filter.first[i] * channels;
    std::array<float, channels> sum{};
    for (std::size_t w = filter.weights[i]; w < filter.weights[i + 1]; ++w, from += channels)
      for (std::size_t c = 0; c < channels; ++c)
        sum[c] += filter.values[w] * static_cast<float>(from[c]);
    std::copy(sum.begin(), sum.end(), to);
  }
}

}  // namespace

void resize_image(const DecodedImage& image, std::int64_t channels, const data::ImageSize& size,
                  float factor, float* to) {
  const auto exact = [&](std::int64_t pixels) {  // size of the file in decoded pixels
    return static_cast<double>(pixels) / static_cast<double>(image.reduced_by);
  };
  const double height = exact(image.file_size.height);
  const double width = exact(image.file_size.width);
  const double scale =
      std::min(height / static_cast<double>(size.height), width / static_cast<double>(size.width));
  const Filter across = triangle(image.size.width, width, scale, size.width);
  Filter down = triangle(image.size.height, height, scale, size.height);
  for (float& weight : down.values) weight *= factor;

  const std::int64_t row_values = size.width * channels;
  const std::int64_t top = down.first.front();  // first source row in use
  const std::int64_t rows = down.first.back() +
                            static_cast<std::int64_t>(down.values.size() - down.weights.end()[-2]) -
                            top;
  std::vector<float> narrow(static_cast<std::size_t>(rows * row_values));
  for (std::int64_t r = 0; r < rows; ++r)
    (channels == 1 ? filter_row<1>
                   : filter_row<3>)(image.values.data() + (top + r) * image.size.width * channels,
                                    across, narrow.data() + r * row_values);

  for (std::size_t i = 0; i < down.first.size(); ++i, to += row_values) {
    std::fill(to, to + row_values, 0.0F);
    const float* from = narrow.data() + (down.first[i] - top) * row_values;
    for (std::size_t w = down.weights[i]; w < down.weights[i + 1]; ++w, from += row_values)
      for (std::int64_t v = 0; v < row_values; ++v) to[v] += down.values[w] * from[v];
  }
}

}  // namespace foregraph::detail
