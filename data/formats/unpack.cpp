#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/descriptor.hpp>
#include <foregraph/detail/data/formats/unpack.hpp>

namespace foregraph::detail {

struct GzipReader::State {
  gzFile file = nullptr;
  std::int64_t unpacked = 0;  ///< bytes unpacked so far
};

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

GzipReader::GzipReader(const std::filesystem::path& path)
    : path_(path), state_(std::make_unique<State>()) {
  errno = 0;
  state_->file = ::gzopen(path.c_str(), "rb");
  if (state_->file == nullptr) throw_file_error("read", path, errno);
  ::gzbuffer(state_->file, 1U << 17);
}

GzipReader::~GzipReader() {
  if (state_->file != nullptr) ::gzclose_r(state_->file);
}

std::int64_t GzipReader::read(std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const auto wanted = static_cast<unsigned>(std::min<std::size_t>(to.size() - done, 1U << 30));
    const int got = ::gzread(state_->file, to.data() + done, wanted);
    int error = Z_OK;
    const char* const why = ::gzerror(state_->file, &error);
    if (got < 0 || (error != Z_OK && error != Z_STREAM_END))
      throw DataError(path_.string() + ": the gzip data are corrupt after " +
                      std::to_string(state_->unpacked) + " unpacked bytes" +
                      (*why == '\0' ? "" : " (" + std::string(why) + ")") +
                      "; download or copy the file again");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
    state_->unpacked += got;
  }
  return static_cast<std::int64_t>(done);
}

}  // namespace foregraph::detail
