#include "images.hpp"

namespace foregraph::fuzz {
namespace {

/// A folder of one class, with one image that is a link to a file in memory.
struct ImageFolderInMemory {
  ImageFolderInMemory() {
    std::filesystem::create_directories(folder / "class");
    std::filesystem::create_symlink(file.path(), folder / "class" / "image.png");
  }
  MemoryFile file;
  std::filesystem::path folder = scratch_folder() / "images";
};

}  // namespace

void read_image_file(Input& input, std::string_view content) {
  static ImageFolderInMemory images;
  const std::uint8_t bits = input.byte();
  data::ImageOptions options;
  options.channels = (bits & 1) != 0 ? 1 : 3;
  options.scale = (bits & 2) != 0;
  if ((bits & 4) != 0)
    options.size = data::ImageSize{1 + static_cast<std::int64_t>(input.below(32)),
                                   1 + static_cast<std::int64_t>(input.below(32))};
  options.max_pixels = 1 << 20;
  images.file.with(content);
  (void)read_rows(data::read_images(images.folder, options));
}

}  // namespace foregraph::fuzz
