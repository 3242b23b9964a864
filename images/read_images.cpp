#include <algorithm>
#include <cctype>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/input_file.hpp>
#include <foregraph/detail/base/files/reading.hpp>
#include <foregraph/detail/images/decode.hpp>
#include <foregraph/detail/images/read_images.hpp>
#include <foregraph/detail/images/resize.hpp>
#include <memory>
#include <utility>

namespace foregraph::data {
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

/// Calls `use` with the bytes of a file, adding the file's name to exceptions.
template <class Use>
auto with_file(const fs::path& path, std::int64_t max_pixels, const Use& use) {
  return detail::reading(path, [&] {
    // Far more than any file with that many pixels takes, including metadata.
    const std::int64_t most_bytes =
        (std::int64_t{1} << 26) + 16 * std::min(max_pixels, std::int64_t{1} << 40);
    const std::vector<std::byte> bytes = read_whole_file(path, most_bytes);
    try {
      return use(bytes);
    } catch (const DataError& error) {
      throw DataError(path.string() + ": " + error.what());
    }
  });
}

/// Reads only as much of a file as its size requires; it is almost always near the beginning.
ImageSize size_of_file(const fs::path& path, std::int64_t max_pixels) {
  constexpr std::int64_t usual_bytes = 1 << 16;
  const InputFile file(path);
  if (file.size() > usual_bytes) {
    std::vector<std::byte> start(static_cast<std::size_t>(usual_bytes));
    file.read(0, start);
    try {
      return detail::image_size(start, max_pixels);
    } catch (const DataError&) {  // the size may be further into the file
    }
  }
  return with_file(path, max_pixels,
                   [&](detail::FileBytes bytes) { return detail::image_size(bytes, max_pixels); });
}

[[noreturn]] void fail(const fs::path& folder, const fs::filesystem_error& error) {
  const fs::path& path = error.path1().empty() ? folder : error.path1();
  throw FileError("cannot read the folder '" + path.string() + "': " + error.code().message() +
                      "; check the path and its permissions",
                  error.code().value());
}

/// Returns the type of an entry, following links. For names that may be a folder or an image,
/// throws DataError for a dangling link and FileError for an unreadable entry.
fs::file_type type_of(const fs::directory_entry& entry) {
  std::error_code error;
  const fs::file_type type = fs::status(entry.path(), error).type();
  const bool leads_nowhere = type == fs::file_type::not_found || type == fs::file_type::none;
  const bool may_matter = is_image(entry.path()) || !entry.path().has_extension();
  if (!leads_nowhere || !may_matter) return type;
  std::error_code no_link;
  const fs::path target = fs::read_symlink(entry.path(), no_link);
  if (no_link)
    throw FileError("cannot read '" + entry.path().string() + "': " + error.message() +
                        "; check its permissions, or remove it",
                    error.value());
  throw DataError("'" + entry.path().string() + "' is a symbolic link to '" + target.string() +
                  "', which " +
                  (error && error != std::errc::no_such_file_or_directory
                       ? "cannot be followed: " + error.message()
                       : "does not exist") +
                  "; remove it, or restore its target");
}

/// Adds the images below a folder. `above` holds its parent folders, to detect circular links.
void add_images(const fs::path& folder, std::vector<fs::path>& above,
                std::vector<fs::path>& paths) {
  above.push_back(fs::canonical(folder));
  if (std::ranges::count(above, above.back()) > 1)
    throw DataError("the folder '" + folder.string() + "' is a symbolic link to '" +
                    above.back().string() + "', a folder that contains it; remove the link");
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (is_hidden(entry.path())) continue;
    const fs::file_type type = type_of(entry);
    if (type == fs::file_type::directory) {
      add_images(entry.path(), above, paths);
    } else if (is_image(entry.path())) {
      if (type != fs::file_type::regular)
        throw DataError("'" + entry.path().string() +
                        "' is named like an image, but is not a regular file; remove it");
      paths.push_back(entry.path());
    }
  }
  above.pop_back();
}

/// Returns the images of a class, sorted.
std::vector<fs::path> images_in(const fs::path& folder) try {
  std::vector<fs::path> paths;
  std::vector<fs::path> above;
  add_images(folder, above, paths);
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
    // Decode at twice the result's size, so that the filter hides artefacts of the decoder's
    // reduction.
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
      return size_of_file(file, options_.max_pixels);
    };
    const ImageSize first = size_of(files_[0]);
    for (const std::string& file : files_)
      if (const ImageSize size = size_of(file); size != first)
        throw DataError("the images have different sizes (height x width): '" + files_[0] +
                        "' has " + text_of(first) + ", '" + file + "' has " + text_of(size) +
                        "; set ImageOptions::size to resize them all");
    return first;
  }

  void read_image(const std::string& file, float* to) const {
    with_file(file, options_.max_pixels, [&](detail::FileBytes bytes) {
      const float factor = options_.scale ? 1 / 255.0F : 1.0F;
      const detail::DecodedImage image =
          detail::decode_image(bytes, options_.channels, options_.max_pixels, enough_);
      if (image.size == size_) {
        for (const std::uint8_t value : image.values) *to++ = factor * static_cast<float>(value);
      } else if (options_.size) {
        detail::resize_image(image, options_.channels, size_, factor, to);
      } else {
        throw DataError("the file has changed: it has " + text_of(image.size) +
                        " pixels (height x width), but had " + text_of(size_) +
                        " when the folder was read; call read_images() again");
      }
    });
  }

  ImageOptions options_;
  std::vector<std::string> files_;
  std::vector<std::int32_t> labels_;
  ImageSize size_;
  std::optional<ImageSize> enough_;  ///< minimum size to decode for a good result
  std::vector<FieldSpec> fields_;
};

void check(const ImageOptions& options) {
  const auto refuse = [](const char* option, const std::string& got, const char* expected) {
    throw UsageError("ImageOptions::" + std::string(option) + " is " + got + ", expected " +
                     expected);
  };
  if (options.channels != 1 && options.channels != 3)
    refuse("channels", std::to_string(options.channels), "1 (gray) or 3 (red, green, blue)");
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
      if (type_of(entry) == fs::file_type::directory)
        names.push_back(entry.path().filename().string());
      else if (is_image(entry.path()))
        throw DataError("the image '" + entry.path().string() + "' is not in a class folder" +
                        layout);
    }
  } catch (const fs::filesystem_error& error) {
    fail(folder, error);
  }
  if (names.empty())
    throw DataError("there are no class folders in '" + folder.string() + "'" + layout);
  std::ranges::sort(names);
  return names;
}

Dataset read_images(const fs::path& folder, const ImageOptions& options) {
  check(options);
  return detail::reading(
      folder, [&] { return Dataset(std::make_shared<const ImageFolder>(folder, options)); });
}

}  // namespace foregraph::data
