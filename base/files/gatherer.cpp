#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <foregraph/detail/base/files/gatherer.hpp>

namespace foregraph {
namespace {

/// A thread's gatherer and its process: after fork() a child would share the kernel's memory with
/// its parent.
struct OfThread {
  std::unique_ptr<Gatherer> gatherer;
  ::pid_t process = -1;
};

/// Returns true if RLIMIT_FSIZE permits `bytes`: the limit also applies to kernel memory, and
/// exceeding it raises a signal.
bool may_write(std::int64_t bytes) {
  struct rlimit limit {};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
         (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= static_cast<rlim_t>(bytes));
}

}  // namespace

Gatherer& Gatherer::of_this_thread() {
  static thread_local OfThread own;
  if (const ::pid_t process = ::getpid(); !own.gatherer || own.process != process) {
    own.gatherer = std::make_unique<Gatherer>();
    own.process = process;
  }
  return *own.gatherer;
}

Gatherer::Gatherer() {
#if defined(__linux__)
  if (may_write(capacity)) memory_ = Descriptor(::memfd_create("foregraph-rows", MFD_CLOEXEC));
  if (memory_ && ::ftruncate(memory_.number(), capacity) == 0) {
    void* const address = ::mmap(nullptr, static_cast<std::size_t>(capacity),
                                 PROT_READ | PROT_WRITE, MAP_SHARED, memory_.number(), 0);
    if (address != MAP_FAILED) buffer_ = static_cast<std::byte*>(address);
  }
#endif
  if (buffer_ != nullptr) return;
  memory_.close();
  own_ = std::make_unique<std::byte[]>(static_cast<std::size_t>(capacity));
  buffer_ = own_.get();
}

Gatherer::~Gatherer() {
  if (!own_) ::munmap(buffer_, static_cast<std::size_t>(capacity));
}

bool Gatherer::copy_by_kernel(std::span<const FilePiece> pieces, std::int64_t bytes) {
  if (!memory_) return false;
  std::array<::iovec, most_pieces> from;
  std::size_t count = 0;
  for (const FilePiece& piece : pieces) {
    const std::byte* const pages = piece.file->pages();
    if (pages == nullptr) return false;
    const auto length = static_cast<std::size_t>(piece.bytes);
    auto* const first = const_cast<std::byte*>(pages + piece.at);
    if (count > 0 &&
        static_cast<std::byte*>(from[count - 1].iov_base) + from[count - 1].iov_len == first)
      from[count - 1].iov_len += length;
    else
      from[count++] = {first, length};
  }
  return ::pwritev(memory_.number(), from.data(), static_cast<int>(count), 0) == bytes;
}

std::span<const std::byte> Gatherer::gather(std::span<const FilePiece> pieces) {
  std::int64_t bytes = 0;
  for (const FilePiece& piece : pieces) bytes += piece.bytes;
  if (!copy_by_kernel(pieces, bytes)) {
    std::byte* to = buffer_;
    for (const FilePiece& piece : pieces) {
      piece.file->read(piece.at, {to, static_cast<std::size_t>(piece.bytes)});
      to += piece.bytes;
    }
  }
  return {buffer_, static_cast<std::size_t>(bytes)};
}

}  // namespace foregraph
