#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/descriptor.hpp>
#include <foregraph/detail/base/files/read_text.hpp>
#include <string_view>
#include <thread>

namespace foregraph {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
constexpr std::chrono::seconds longest_wait{10};

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why, int number) {
  throw FileError("cannot read '" + path.string() + "': " + why, number);
}

/// A file opened with O_NONBLOCK, so that opening a pipe does not wait for a writer.
class Input {
 public:
  Input(const std::filesystem::path& path, int file, bool is_pipe)
      : path_(path), file_(file), is_pipe_(is_pipe) {}

  /// Reads up to `count` bytes; returns 0 at the end.
  std::size_t read(char* to, std::size_t count) {
    const auto start = std::chrono::steady_clock::now();
    while (true) {
      const ssize_t got = ::read(file_, to, count);
      if (got > 0) {
        has_read_ = true;
        return static_cast<std::size_t>(got);
      }
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {  // there is a writer
        has_read_ = true;
        struct pollfd ready {};
        ready.fd = file_;
        ready.events = POLLIN;
        (void)::poll(&ready, 1, -1);
        continue;
      }
      if (got < 0) throw_file_error("read", path_, errno);
      if (!is_pipe_ || has_read_) return 0;
      if (std::chrono::steady_clock::now() - start > longest_wait)
        refuse(path_, "it is a pipe that no program writes to; start the program that does", 0);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

 private:
  const std::filesystem::path& path_;
  int file_;
  bool is_pipe_;
  bool has_read_ = false;
};

/// Returns the next size of a full text buffer: twice as large, but not beyond the file's size plus
/// one byte, so that in the end there is room for the whole file and the read that finds its end.
std::size_t next_size(std::size_t size, std::int64_t file_bytes) {
  const std::size_t next = std::max(2 * size, chunk_bytes);
  const auto whole = static_cast<std::size_t>(file_bytes) + 1;
  return size < whole ? std::min(next, whole) : next;
}

}  // namespace

std::string read_text(const std::filesystem::path& path, const TextLimits& limits) {
  const Descriptor file = open_descriptor(path, O_RDONLY | O_NONBLOCK);
  if (!file) throw_file_error("read", path, errno, "check the path and its permissions");
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) throw_file_error("read", path, errno);
  if (S_ISDIR(status.st_mode)) refuse(path, "it is a directory; give the path of a file", EISDIR);
  const bool is_pipe = S_ISFIFO(status.st_mode);
  if (!S_ISREG(status.st_mode) && !is_pipe)
    refuse(path, "it is a device, which may never end; give a file or a pipe", 0);

  Input input(path, file.number(), is_pipe);
  std::string text;
  std::size_t size = 0;
  std::size_t line = 0;  // start of the last line
  while (true) {
    if (size == text.size()) text.resize(next_size(size, is_pipe ? 0 : status.st_size));
    const std::size_t got = input.read(text.data() + size, text.size() - size);
    if (got == 0) break;
    const std::size_t end = std::string_view(text).substr(size, got).find_last_of("\n\r");
    if (end != std::string_view::npos) line = size + end + 1;
    size += got;
    if (size - line > static_cast<std::size_t>(limits.line_bytes))
      throw DataError(path.string() + ": the line starting at byte " + std::to_string(line) +
                      " is longer than " + std::to_string(limits.line_bytes) +
                      " bytes; check that it is the right file, or raise " + limits.line_option);
    if (is_pipe && size > static_cast<std::size_t>(limits.pipe_bytes))
      throw DataError(path.string() + ": the pipe delivered more than " +
                      std::to_string(limits.pipe_bytes) +
                      " bytes and may never end; write the data to a file first, or raise " +
                      limits.pipe_option);
  }
  text.resize(size);
  return text;
}

}  // namespace foregraph
