#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/files/descriptor.hpp>
#include <foregraph/runtime/files/mapped_file.hpp>
#include <utility>

namespace foregraph {

MappedFile::MappedFile(const std::filesystem::path& path) {
  // O_NONBLOCK: a pipe without a writer is refused below instead of waited for.
  const Descriptor file = open_descriptor(path, O_RDONLY | O_NONBLOCK);
  if (!file) throw_file_error("read", path, errno, "check the path and its permissions");
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) throw_file_error("read", path, errno);
  if (!S_ISREG(status.st_mode))
    throw FileError("cannot read '" + path.string() + "': it is no regular file; check the path",
                    0);
  if (status.st_size == 0) return;  // a map must not be empty
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (address == MAP_FAILED) throw_file_error("map", path, errno);
  bytes_ = {static_cast<const std::byte*>(address), size};
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace foregraph
