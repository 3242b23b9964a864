// The binary version of the CIFAR sets, described at https://www.cs.toronto.edu/~kriz/cifar.html:
// each record has the label (in CIFAR-100 the coarse label, then the fine one) and 3 planes of 32 x
// 32 bytes: red, green and blue.
#include <cmath>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/formats/cifar.hpp>
#include <foregraph/detail/data/formats/record_source.hpp>
#include <utility>

namespace foregraph::data {
namespace {

constexpr std::int64_t pixels = 32 * 32;

std::int64_t interleave_planes(const std::byte* __restrict from, std::byte* __restrict to,
                               std::int64_t) {
  constexpr auto bytes = static_cast<std::int64_t>(sizeof(float));
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
    for (std::int64_t plane = 0; plane < 3; ++plane) {
      const auto value =
          static_cast<float>(std::to_integer<std::uint8_t>(from[pixel + plane * pixels]));
      std::memcpy(to + (3 * pixel + plane) * bytes, &value, sizeof(value));
    }
  }
  return -1;
}

template <int Classes>
std::int64_t read_label(const std::byte* from, std::byte* to, std::int64_t) {
  const auto label = std::to_integer<std::int32_t>(*from);
  std::memcpy(to, &label, sizeof(label));
  return label < Classes ? -1 : 0;
}

struct Format {
  const char* name;
  std::int64_t labels;    ///< bytes before the image in each record
  std::int64_t label_at;  ///< offset of the label used
  int classes;
  RowConversion read_label;
};

Dataset read_cifar(const Format& format, const FilePaths& paths, const CifarOptions& options) {
  if (paths.all().empty())
    throw UsageError(std::string(format.name) + " got no files, expected at least one");
  if (!(options.divisor > 0) || !std::isfinite(options.divisor))
    throw UsageError("CifarOptions::divisor is " + std::to_string(options.divisor) +
                     ", expected a positive number, such as 255 or 1");
  const std::int64_t record_bytes = format.labels + 3 * pixels;
  std::vector<detail::RecordFile> files;
  for (const std::filesystem::path& path : paths.all()) {
    detail::SharedBytes content = detail::open_file(path);
    const std::int64_t size = content.size;
    if (size == 0 || size % record_bytes != 0)
      throw DataError(path.string() + ": the file has " + std::to_string(size) +
                      " bytes, expected a multiple of " + std::to_string(record_bytes) + " for " +
                      format.name +
                      "'s binary version (unpack a .tar.gz first); if it is, "
                      "download the file again");
    files.push_back({path.string(), std::move(content), 0, size / record_bytes});
  }
  std::vector<detail::StoredField> fields{
      {{options.images, f32, {32, 32, 3}},
       StoredType::uint8,
       ByteOrder::little,
       format.labels,
       &interleave_planes,
       options.divisor,
       {}},
      {{options.labels, i32, {}},
       StoredType::uint8,
       ByteOrder::little,
       format.label_at,
       format.read_label,
       1,
       "a label from 0 to " + std::to_string(format.classes - 1)}};
  const auto source = std::make_shared<const detail::RecordSource>(std::move(files),
                                                                   std::move(fields), record_bytes);
  std::int32_t label = 0;  // detect other formats now, not in the first epoch
  std::byte* const to[] = {nullptr, reinterpret_cast<std::byte*>(&label)};
  for (std::size_t file = 0; file < paths.all().size(); ++file)
    source->read(source->first_row(file), to);
  return Dataset(source);
}

}  // namespace

Dataset read_cifar10(const FilePaths& paths, const CifarOptions& options) {
  return read_cifar({"CIFAR-10", 1, 0, 10, &read_label<10>}, paths, options);
}

Dataset read_cifar100(const FilePaths& paths, const CifarOptions& options) {
  if (options.label == CifarLabel::coarse)
    return read_cifar({"CIFAR-100", 2, 0, 20, &read_label<20>}, paths, options);
  return read_cifar({"CIFAR-100", 2, 1, 100, &read_label<100>}, paths, options);
}

Pipeline cifar10(const FilePaths& paths, const CifarOptions& options) {
  return Pipeline(read_cifar10(paths, options));
}

Pipeline cifar100(const FilePaths& paths, const CifarOptions& options) {
  return Pipeline(read_cifar100(paths, options));
}

}  // namespace foregraph::data
