#include "files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <foregraph/graph/error.hpp>

namespace foregraph::cli {
namespace {

/// Writes all and closes; errno tells what went wrong.
bool write_and_close(int file, std::string_view content) {
  bool ok = true;
  while (ok && !content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    ok = written > 0;
    if (ok) content.remove_prefix(static_cast<std::size_t>(written));
  }
  const int reason = errno;
  ok = ::close(file) == 0 && ok;
  if (!ok && reason != 0) errno = reason;
  return ok;
}

}  // namespace

void write_file(const std::string& option, const std::string& path, std::string_view content) {
  const auto refuse = [&](int reason) {
    throw UsageError(option + ": cannot write '" + path + "': " + std::strerror(reason) +
                     "; give a file in a folder that exists and may be written to");
  };
  errno = 0;
  std::error_code failed;
  const std::filesystem::file_status status = std::filesystem::status(path, failed);
  if (std::filesystem::is_directory(status)) refuse(EISDIR);
  if (path.empty()) refuse(ENOENT);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    const int device = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (device < 0 || !write_and_close(device, content)) refuse(errno);
    return;
  }
  std::string target = path;
  if (std::filesystem::is_regular_file(status)) {  // perhaps through links
    target = std::filesystem::canonical(path, failed).string();
    if (failed) refuse(failed.value());
  }
  std::string temporary = target + ".XXXXXX";
  const int file = ::mkstemp(temporary.data());
  if (file < 0) refuse(errno);
  // As a file that is simply opened would have it; mkstemp() keeps it to the user.
  const ::mode_t mask = ::umask(0);
  ::umask(mask);
  const ::mode_t mode = std::filesystem::is_regular_file(status)
                            ? static_cast<::mode_t>(status.permissions()) & 0777U
                            : 0666U & ~mask;
  (void)::fchmod(file, mode);
  if (!write_and_close(file, content) || std::rename(temporary.c_str(), target.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    refuse(reason);
  }
}

}  // namespace foregraph::cli
