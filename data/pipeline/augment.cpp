#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/random_numbers.hpp>
#include <foregraph/detail/data/pipeline/augment.hpp>
#include <limits>
#include <string_view>
#include <utility>

namespace foregraph::data {
namespace {

/// The kind of augmentation; different kinds draw different numbers.
enum class AugmentKind : std::uint64_t { flip_horizontal = 1, flip_vertical, noise, cutout, crop };

std::uint64_t use_of(AugmentKind kind, const std::string& field, RandomUse use) {
  std::uint64_t hash = static_cast<std::uint64_t>(kind);
  if (use) return spread_bits(spread_bits(hash) + *use);
  for (const char letter : field)
    hash = spread_bits(hash * 31 + static_cast<unsigned char>(letter));
  return ~hash;
}

[[noreturn]] void refuse(std::string_view what, const std::string& field, const std::string& why) {
  throw UsageError(std::string(what) + " of field '" + field + "': " + why);
}

void check_probability(std::string_view what, const std::string& field, double probability) {
  if (!(probability >= 0 && probability <= 1))
    refuse(what, field, "the probability is " + std::to_string(probability) + ", expected 0 to 1");
}

void check_size(std::string_view what, const std::string& field, ImageSize size) {
  if (size.height < 1 || size.width < 1)
    refuse(what, field,
           "the size is " + std::to_string(size.height) + " x " + std::to_string(size.width) +
               ", expected at least one pixel");
}

std::string text_of(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

/// The dimensions of a field that holds an image.
struct Image {
  std::int64_t height;
  std::int64_t width;
  std::int64_t channels;
};

Image image_of(std::string_view what, const std::string& field, const FieldSpec& spec) {
  const std::vector<std::int64_t>& shape = spec.row_shape;
  if (shape.size() != 2 && shape.size() != 3)
    refuse(what, field,
           "its rows have " + std::to_string(shape.size()) +
               " dimensions, expected an image of {height, width, channels} or {height, width}");
  return {shape[0], shape[1], shape.size() == 3 ? shape[2] : 1};
}

/// Returns the spec of a field, which must be in the batch.
const FieldSpec& spec_of(std::string_view what, const std::string& field, const Sample& sample) {
  const FieldSpec* spec = sample.spec(field);
  if (spec == nullptr)
    refuse(what, field,
           "it is not part of the batch; check its name, and that the model has this input");
  return *spec;
}

template <class T>
std::byte* bytes_of(Sample& sample, const std::string& field) {
  return reinterpret_cast<std::byte*>(sample.field<T>(field).data());
}

std::byte* bytes_of(Sample& sample, const std::string& field, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return bytes_of<float>(sample, field);
    case DType::f64:
      return bytes_of<double>(sample, field);
    case DType::i32:
      return bytes_of<std::int32_t>(sample, field);
    case DType::i64:
      return bytes_of<std::int64_t>(sample, field);
    case DType::boolean:
      return bytes_of<bool>(sample, field);
  }
  return nullptr;
}

/// Calls `use` with the row as floats or doubles.
template <class Use>
void with_numbers(std::string_view what, const std::string& field, Sample& sample, Use use) {
  const FieldSpec& spec = spec_of(what, field, sample);
  if (spec.dtype == DType::f32)
    use(spec, sample.field<float>(field));
  else if (spec.dtype == DType::f64)
    use(spec, sample.field<double>(field));
  else
    refuse(what, field, "it is " + std::string(name_of(spec.dtype)) + ", expected f32 or f64");
}

/// Returns the number in the field's type, refusing one that would be infinite.
template <class T>
T number_as(std::string_view what, const std::string& field, double number) {
  if (!(std::abs(number) <= static_cast<double>(std::numeric_limits<T>::max())))
    refuse(what, field,
           text_of(number) + " is out of the range of " + std::string(name_of(dtype_of<T>)));
  return static_cast<T>(number);
}

/// Returns a uniformly distributed integer in [0, count) (bias up to 2^-53).
std::int64_t choice(std::uint64_t seed, std::uint64_t index, std::int64_t count) {
  return static_cast<std::int64_t>(uniform_number(seed, 0, index) * static_cast<double>(count));
}

/// Reverses pixels of `bytes` bytes in place.
void reverse(std::byte* first, std::int64_t count, std::int64_t bytes) {
  std::byte* last = first + (count - 1) * bytes;
  for (; first < last; first += bytes, last -= bytes) std::swap_ranges(first, first + bytes, last);
}

Transform flip(AugmentKind kind, std::string_view what, std::string field, double probability,
               RandomUse use) {
  check_probability(what, field, probability);
  const std::uint64_t of = use_of(kind, field, use);
  return [=, field = std::move(field)](Sample& sample) {
    const FieldSpec& spec = spec_of(what, field, sample);
    const Image image = image_of(what, field, spec);
    if (uniform_number(sample.random_seed(of), 0, 0) >= probability) return;
    const std::int64_t pixel = image.channels * bytes_per_element(spec.dtype);
    std::byte* data = bytes_of(sample, field, spec.dtype);
    if (kind == AugmentKind::flip_vertical) return reverse(data, image.height, image.width * pixel);
    for (std::int64_t y = 0; y < image.height; ++y)
      reverse(data + y * image.width * pixel, image.width, pixel);
  };
}

}  // namespace

Transform flip_horizontal(std::string field, double probability, RandomUse use) {
  return flip(AugmentKind::flip_horizontal, "flip_horizontal", std::move(field), probability, use);
}

Transform flip_vertical(std::string field, double probability, RandomUse use) {
  return flip(AugmentKind::flip_vertical, "flip_vertical", std::move(field), probability, use);
}

Transform gaussian_noise(std::string field, double deviation, RandomUse use) {
  if (!(deviation >= 0) || !std::isfinite(deviation))
    refuse("gaussian_noise", field,
           "the deviation is " + text_of(deviation) + ", expected a number of 0 or more");
  const std::uint64_t of = use_of(AugmentKind::noise, field, use);
  return [=, field = std::move(field)](Sample& sample) {
    with_numbers("gaussian_noise", field, sample, [&](const FieldSpec&, auto row) {
      using T = typename decltype(row)::value_type;
      (void)number_as<T>("gaussian_noise", field, deviation);
      const std::uint64_t seed = sample.random_seed(of);
      for (std::size_t i = 0; i < row.size(); i += 2) {
        const NormalPair noise = normal_pair(seed, 0, i / 2);
        row[i] += static_cast<T>(deviation * noise.first);
        if (i + 1 < row.size()) row[i + 1] += static_cast<T>(deviation * noise.second);
      }
    });
  };
}

Transform cutout(std::string field, ImageSize size, double probability, double value,
                 RandomUse use) {
  check_size("cutout", field, size);
  check_probability("cutout", field, probability);
  if (!std::isfinite(value))
    refuse("cutout", field, "the value is " + text_of(value) + ", expected a finite number");
  const std::uint64_t of = use_of(AugmentKind::cutout, field, use);
  return [=, field = std::move(field)](Sample& sample) {
    with_numbers("cutout", field, sample, [&](const FieldSpec& spec, auto row) {
      using T = typename decltype(row)::value_type;
      const Image image = image_of("cutout", field, spec);
      const T filling = number_as<T>("cutout", field, value);
      const std::uint64_t seed = sample.random_seed(of);
      if (uniform_number(seed, 0, 0) >= probability) return;
      const std::int64_t top = choice(seed, 1, image.height) - size.height / 2;
      const std::int64_t left = choice(seed, 2, image.width) - size.width / 2;
      const std::int64_t begin = std::max<std::int64_t>(0, left) * image.channels;
      const std::int64_t end = std::min(left + size.width, image.width) * image.channels;
      const std::int64_t bottom = std::min(top + size.height, image.height);
      for (std::int64_t y = std::max<std::int64_t>(0, top); y < bottom; ++y) {
        T* line = row.data() + y * image.width * image.channels;
        std::fill(line + begin, line + end, filling);
      }
    });
  };
}

Transform normalise(std::string field, std::vector<double> mean, std::vector<double> deviation) {
  if (mean.empty() || mean.size() != deviation.size())
    refuse("normalise", field,
           std::to_string(mean.size()) + " means and " + std::to_string(deviation.size()) +
               " deviations, expected one of each for every channel, or one for all");
  for (std::size_t i = 0; i < mean.size(); ++i)
    if (!std::isfinite(mean[i]) || !std::isfinite(deviation[i]) || !(deviation[i] > 0))
      refuse(
          "normalise", field,
          "expected finite means and positive deviations; entry " + std::to_string(i) + " is not");
  return [=, field = std::move(field)](Sample& sample) {
    with_numbers("normalise", field, sample, [&](const FieldSpec& spec, auto row) {
      using T = typename decltype(row)::value_type;
      const std::size_t channels = mean.size();
      const std::int64_t last = spec.row_shape.empty() ? 1 : spec.row_shape.back();
      if (channels != 1 && last != static_cast<std::int64_t>(channels))
        refuse("normalise", field,
               "there are constants for " + std::to_string(channels) +
                   " channels, but its last dimension is " + std::to_string(last));
      for (std::size_t c = 0; c < channels; ++c) {
        const T from = number_as<T>("normalise", field, mean[c]);
        const T by = number_as<T>("normalise", field, 1 / deviation[c]);
        for (std::size_t i = c; i < row.size(); i += channels) row[i] = (row[i] - from) * by;
      }
    });
  };
}

Crop::Crop(std::string field, ImageSize size, std::int64_t padding, RandomUse use, bool random)
    : field_(std::move(field)),
      size_(size),
      padding_(padding),
      use_(use_of(AugmentKind::crop, field_, use)),
      random_(random) {
  check_size("crop", field_, size);
  if (padding < 0 || padding > INT32_MAX)
    refuse("crop", field_,
           "the padding is " + std::to_string(padding) + ", expected 0 or more pixels");
}

template <class T>
void Crop::cut(Sample& sample, std::span<const T> from, std::span<T> to) const {
  const Image image = image_of("crop", field_, spec_of("crop", field_, sample));
  const std::int64_t places_down = image.height + 2 * padding_ - size_.height + 1;
  const std::int64_t places_right = image.width + 2 * padding_ - size_.width + 1;
  const std::string size = std::to_string(size_.height) + " x " + std::to_string(size_.width);
  if (places_down < 1 || places_right < 1)
    refuse("crop", field_,
           "a crop of " + size + " does not fit in the image of " + std::to_string(image.height) +
               " x " + std::to_string(image.width) + " with padding " + std::to_string(padding_));
  if (static_cast<std::int64_t>(from.size()) != image.height * image.width * image.channels ||
      static_cast<std::int64_t>(to.size()) != size_.height * size_.width * image.channels)
    refuse("crop", field_,
           "convert() must get this field and the row shape {" + std::to_string(size_.height) +
               ", " + std::to_string(size_.width) + ", " + std::to_string(image.channels) + "}");
  const std::uint64_t seed = random_ ? sample.random_seed(use_) : 0;
  const std::int64_t top =
      (random_ ? choice(seed, 0, places_down) : (places_down - 1) / 2) - padding_;
  const std::int64_t left =
      (random_ ? choice(seed, 1, places_right) : (places_right - 1) / 2) - padding_;
  const std::int64_t begin = std::clamp<std::int64_t>(-left, 0, size_.width);
  const std::int64_t end = std::clamp<std::int64_t>(image.width - left, begin, size_.width);
  T* line = to.data();
  for (std::int64_t y = top; y < top + size_.height; ++y, line += size_.width * image.channels) {
    if (y < 0 || y >= image.height) {
      std::fill(line, line + size_.width * image.channels, T{0});
      continue;
    }
    std::fill(line, line + begin * image.channels, T{0});
    if (begin < end) {
      const T* source = from.data() + (y * image.width + left + begin) * image.channels;
      std::copy_n(source, (end - begin) * image.channels, line + begin * image.channels);
    }
    std::fill(line + end * image.channels, line + size_.width * image.channels, T{0});
  }
}

void Crop::operator()(Sample& sample, std::span<const float> from, std::span<float> to) const {
  cut(sample, from, to);
}
void Crop::operator()(Sample& sample, std::span<const double> from, std::span<double> to) const {
  cut(sample, from, to);
}
void Crop::operator()(Sample& sample, std::span<const std::int32_t> from,
                      std::span<std::int32_t> to) const {
  cut(sample, from, to);
}
void Crop::operator()(Sample& sample, std::span<const std::int64_t> from,
                      std::span<std::int64_t> to) const {
  cut(sample, from, to);
}

Crop random_crop(std::string field, ImageSize size, std::int64_t padding, RandomUse use) {
  return {std::move(field), size, padding, use, true};
}

Crop centre_crop(std::string field, ImageSize size) {
  return {std::move(field), size, 0, {}, false};
}

}  // namespace foregraph::data
