#include <turbojpeg.h>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/images/decode.hpp>
#include <memory>
#include <string>

namespace foregraph::detail {
namespace {

struct Closer {
  void operator()(void* handle) const { tjDestroy(handle); }
};

/// Returns this thread's decompressor: creating one takes longer than decoding a small image.
std::unique_ptr<void, Closer>& own_decompressor() {
  thread_local std::unique_ptr<void, Closer> own;
  return own;
}

tjhandle decompressor() {
  auto& own = own_decompressor();
  if (own == nullptr) own.reset(tjInitDecompress());
  if (own == nullptr)
    throw DataError("cannot start the JPEG decoder: " + std::string(tjGetErrorStr2(nullptr)));
  return own.get();
}

/// Throws the last error. TurboJPEG 2.1 leaves a decompressor that failed within a header in a
/// state that breaks the next file too, so it is discarded.
[[noreturn]] void fail() {
  const std::string why = tjGetErrorStr2(own_decompressor().get());
  own_decompressor().reset();
  throw DataError("the JPEG file cannot be decoded (" + why +
                  "): it is damaged or truncated; remove it, or download it again");
}

/// Reduces the decoded size to 1/2, 1/4 or 1/8 if that is enough. JPEG stores frequencies of 8 x 8
/// blocks; leaving out the high ones gives a smoothed, smaller image in a fraction of the time.
void reduce(DecodedImage& image, const data::ImageSize& enough) {
  for (const std::int64_t divisor : {2, 4, 8}) {
    const data::ImageSize next{(image.file_size.height + divisor - 1) / divisor,
                               (image.file_size.width + divisor - 1) / divisor};
    if (next.height < enough.height || next.width < enough.width) return;
    image.size = next;
    image.reduced_by = divisor;
  }
}

const unsigned char* data_of(FileBytes file) {
  return reinterpret_cast<const unsigned char*>(file.data());
}

}  // namespace

data::ImageSize jpeg_size(FileBytes file, std::int64_t max_pixels) {
  const tjhandle handle = decompressor();
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colours = 0;
  if (tjDecompressHeader3(handle, data_of(file), file.size(), &width, &height, &subsampling,
                          &colours) != 0)
    fail();
  if (colours == TJCS_CMYK || colours == TJCS_YCCK)
    throw DataError("the JPEG file uses CMYK colors; convert it to RGB");
  const data::ImageSize size{height, width};
  check_pixels(size, max_pixels);
  return size;
}

DecodedImage decode_jpeg(FileBytes file, std::int64_t channels, std::int64_t max_pixels,
                         const std::optional<data::ImageSize>& enough) {
  DecodedImage image{jpeg_size(file, max_pixels), {}};
  if (enough) reduce(image, *enough);
  image.values.resize(static_cast<std::size_t>(image.size.height * image.size.width * channels));
  const tjhandle handle = decompressor();
  // Treat warnings as failures: a truncated file only causes a warning, and the rest turns out
  // grey. Limit scans, since thousands of tiny ones in a small file would take minutes.
  if (tjDecompress2(handle, data_of(file), file.size(), image.values.data(),
                    static_cast<int>(image.size.width), 0, static_cast<int>(image.size.height),
                    channels == 1 ? TJPF_GRAY : TJPF_RGB, TJFLAG_LIMITSCANS) != 0)
    fail();
  return image;
}

}  // namespace foregraph::detail
