// JPEG files by read_images().
#include <turbojpeg.h>

#include "images.hpp"

namespace foregraph::fuzz {
namespace {

void run_jpeg(Input& input) {
  const std::string options(input.take(3));
  Input for_reader(options);
  read_image_file(for_reader, input.rest());
}

std::string jpeg_of(int height, int width, int subsampling, int flags) {
  std::vector<unsigned char> values(static_cast<std::size_t>(3 * height * width));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<unsigned char>(i * i % 251);
  const tjhandle handle = tjInitCompress();
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  (void)tjCompress2(handle, values.data(), width, 0, height, TJPF_RGB, &buffer, &size, subsampling,
                    50, flags);
  std::string bytes(reinterpret_cast<const char*>(buffer), size);
  tjFree(buffer);
  tjDestroy(handle);
  return bytes;
}

std::vector<std::string> jpeg_seeds() {
  using namespace std::string_literals;
  return {"\0\0\0"s + jpeg_of(8, 8, TJSAMP_444, 0), "\1\0\0"s + jpeg_of(17, 9, TJSAMP_420, 0),
          "\2\0\0"s + jpeg_of(9, 17, TJSAMP_GRAY, 0),
          "\4\2\3"s + jpeg_of(40, 40, TJSAMP_422, TJFLAG_PROGRESSIVE),
          "\5\1\1"s + jpeg_of(64, 32, TJSAMP_420, TJFLAG_PROGRESSIVE)};
}

const Registered jpeg_target({"jpeg", &run_jpeg, &jpeg_seeds});

}  // namespace
}  // namespace foregraph::fuzz
