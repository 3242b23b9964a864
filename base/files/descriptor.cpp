#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/descriptor.hpp>
#include <string>
#include <utility>

namespace foregraph {

void throw_file_error(std::string_view what, const std::filesystem::path& path, int error_number,
                      std::string_view advice) {
  std::string message =
      "cannot " + std::string(what) + " '" + path.string() + "': " + std::strerror(error_number);
  if (!advice.empty()) message += "; " + std::string(advice);
  throw FileError(message, error_number);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

void Descriptor::close() noexcept {
  // No retry after EINTR: on Linux the descriptor is already released and may be reused.
  if (number_ >= 0) (void)::close(std::exchange(number_, -1));
}

Descriptor open_descriptor(const std::filesystem::path& path, int flags, unsigned mode) {
  while (true) {
    const int number = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (number >= 0 || errno != EINTR) return Descriptor(number);
  }
}

}  // namespace foregraph
