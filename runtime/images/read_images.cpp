#include <algorithm>
#include <cctype>
#include <cstring>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/files/mapped_file.hpp>
#include <foregraph/runtime/files/reading.hpp>
#include <foregraph/runtime/images/decode.hpp>
#include <foregraph/runtime/images/read_images.hpp>
#include <foregraph/runtime/images/resize.hpp>
#include <memory>
#include <utility>

namespace foregraph {
namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

bool is_image(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

std::string text_of(const ImageSize& size) {
  return std::to_string(size.height) + " x " + std::to_string(size.width);
}

/// Calls `use` with the bytes of a file, and names it in what that throws.
template <class Use>
auto with_file(const fs::path& path, const Use& use) {
  return detail::reading(path, [&] {
    const MappedFile file(path);
    try {
      return use(file.bytes());
    } catch (const DataError& error) {
      throw DataError(path.string() + ": " + error.what());
    }
  });
}

[[noreturn]] void fail(const fs::path& folder, const fs::filesystem_error& error) {
  throw FileError("cannot read the folder '" + folder.string() + "': " + error.code().message() +
                      "; check the path and its permissions",
                  error.code().value());
}

/// The images of a class, sorted.
std::vector<fs::path> images_in(const fs::path& folder) try {
  std::vector<fs::path> paths;
  for (fs::recursive_directory_iterator at(folder), end; at != end; ++at) {
    if (is_hidden(at->path())) {
      if (at->is_directory()) at.disable_recursion_pending();
    } else if (at->is_regular_file() && is_image(at->path())) {
      paths.push_back(at->path());
    }
  }
  std::ranges::sort(paths);
  if (paths.empty())
    throw DataError("the class folder '" + folder.string() +
                    "' has no image (.png, .jpg or .jpeg); put some there, or remove it");
  return paths;
} catch (const fs::filesystem_error& error) {
  fail(folder, error);
}

class ImageFolder final : public Source {
 public:
  ImageFolder(const fs::path& folder, const ImageOptions& options) : options_(options) {
    std::int32_t label = 0;
    for (const std::string& name : image_classes(folder)) {
      for (fs::path& path : images_in(folder / name)) {
        files_.push_back(path.string());
        labels_.push_back(label);
      }
      ++label;
    }
    size_ = options.size ? *options.size : common_size();
    // Twice the result: what is left to the filter hides what the decoder's reduction does.
    if (options.size) enough_ = ImageSize{2 * size_.height, 2 * size_.width};
    fields_ = {{"x", DType::f32, {size_.height, size_.width, options.channels}},
               {"label", DType::i32, {}}};
  }

  [[nodiscard]] std::span<const FieldSpec> fields() const override { return fields_; }
  [[nodiscard]] std::int64_t size() const override {
    return static_cast<std::int64_t>(files_.size());
  }
  void read(std::int64_t row, std::span<std::byte* const> to) const override {
    const auto i = static_cast<std::size_t>(row);
    if (to[0] != nullptr) read_image(files_[i], reinterpret_cast<float*>(to[0]));
    if (to[1] != nullptr) std::memcpy(to[1], &labels_[i], sizeof labels_[i]);
  }
  [[nodiscard]] RowsInMemory in_memory(std::size_t field) const override {
    if (field == 0) return {};
    return {reinterpret_cast<const std::byte*>(labels_.data()), sizeof(std::int32_t)};
  }

 private:
  [[nodiscard]] ImageSize common_size() const {
    const auto size_of = [&](const std::string& file) {
      return with_file(file, [&](detail::FileBytes bytes) {
        return detail::image_size(bytes, options_.max_pixels);
      });
    };
    const ImageSize first = size_of(files_[0]);
    for (const std::string& file : files_)
      if (const ImageSize size = size_of(file); size != first)
        throw DataError("the images have different sizes (height x width): '" + files_[0] +
                        "' has " + text_of(first) + ", '" + file + "' has " + text_of(size) +
                        "; set ImageOptions::size to give all the same");
    return first;
  }

  void read_image(const std::string& file, float* to) const {
    with_file(file, [&](detail::FileBytes bytes) {
      const float factor = options_.scale ? 1 / 255.0F : 1.0F;
      const detail::DecodedImage image =
          detail::decode_image(bytes, options_.channels, options_.max_pixels, enough_);
      if (image.size == size_) {
        for (const std::uint8_t value : image.values) *to++ = factor * static_cast<float>(value);
      } else if (options_.size) {
        detail::resize_image(image, options_.channels, size_, factor, to);
      } else {
        throw DataError("the file has changed: it has " + text_of(image.size) +
                        " pixels (height x width), and had " + text_of(size_) +
                        " when the folder was read; call read_images() again");
      }
    });
  }

  ImageOptions options_;
  std::vector<std::string> files_;
  std::vector<std::int32_t> labels_;
  ImageSize size_;
  std::optional<ImageSize> enough_;  ///< pixels to decode for a good result
  std::vector<FieldSpec> fields_;
};

void check(const ImageOptions& options) {
  const auto refuse = [](const char* option, const std::string& got, const char* expected) {
    throw UsageError("ImageOptions::" + std::string(option) + " is " + got + ", expected " +
                     expected);
  };
  if (options.channels != 1 && options.channels != 3)
    refuse("channels", std::to_string(options.channels), "1 (grey) or 3 (red, green, blue)");
  constexpr std::int64_t most = 65'535;
  if (options.size && (options.size->height < 1 || options.size->height > most ||
                       options.size->width < 1 || options.size->width > most))
    refuse("size", text_of(*options.size), "1 to 65535 pixels for height and width");
  if (options.max_pixels < 1)
    refuse("max_pixels", std::to_string(options.max_pixels), "a positive number");
}

}  // namespace

std::vector<std::string> image_classes(const fs::path& folder) {
  constexpr const char* layout =
      "; expected a sub-folder for each class, with its images: "
      "folder/class/image.png";
  std::vector<std::string> names;
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      if (is_hidden(entry.path())) continue;
      if (entry.is_directory())
        names.push_back(entry.path().filename().string());
      else if (is_image(entry.path()))
        throw DataError("the image '" + entry.path().string() + "' is in no class" + layout);
    }
  } catch (const fs::filesystem_error& error) {
    fail(folder, error);
  }
  if (names.empty()) throw DataError("there is no class in '" + folder.string() + "'" + layout);
  std::ranges::sort(names);
  return names;
}

Dataset read_images(const fs::path& folder, const ImageOptions& options) {
  check(options);
  return detail::reading(
      folder, [&] { return Dataset(std::make_shared<const ImageFolder>(folder, options)); });
}

}  // namespace foregraph
