#include "files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <foregraph/detail/base/files/atomic_file.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph::cli {
namespace {

/// Writes to a device; returns 0, or errno on failure.
int write_to_device(const std::string& path, std::string_view content) {
  const Descriptor file = open_descriptor(path, O_WRONLY);
  if (!file) return errno;
  while (!content.empty()) {
    const ssize_t written = ::write(file.number(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : EIO;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

bool is_lack_of_room(int error_number) {
  return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG ||
         error_number == EIO;
}

void write_file(const std::string& option, const std::string& path, std::string_view content) {
  const auto refuse = [&](int reason) {
    const std::string message =
        option + ": cannot write '" + path + "': " + std::strerror(reason) + "; ";
    if (is_lack_of_room(reason))
      throw OutputError(message + "make room for " +
                        with_separators(static_cast<std::int64_t>(content.size())) +
                        " bytes, or give a file elsewhere");
    throw UsageError(message + "give a file in a folder that exists and is writable");
  };
  if (path.empty()) refuse(ENOENT);
  std::error_code failed;
  const std::filesystem::file_status status = std::filesystem::status(path, failed);
  if (std::filesystem::is_directory(status)) refuse(EISDIR);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    if (const int reason = write_to_device(path, content); reason != 0) refuse(reason);
    return;
  }
  try {
    write_file_atomically(path, content);
  } catch (const FileError& error) {
    if (error.error_number() == 0) throw;
    refuse(error.error_number());
  }
}

}  // namespace foregraph::cli
