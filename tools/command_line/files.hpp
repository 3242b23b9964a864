#pragma once

#include <foregraph/detail/base/error.hpp>
#include <string>
#include <string_view>

namespace foregraph::cli {

/// A valid file that cannot be written because the system has no room for it.
class OutputError : public UsageError {
 public:
  using UsageError::UsageError;
};

/// Returns true for errno values that mean a disk, quota or device is full or broken.
[[nodiscard]] bool is_lack_of_room(int error_number);

/// Replaces the content of the file `path` with `content`, atomically: it is written to a new file
/// beside it, which is then renamed. Links are followed; devices and pipes are written directly.
/// Throws UsageError, prefixed with `option`, if the file cannot be written, and OutputError if
/// there is no room for it.
void write_file(const std::string& option, const std::string& path, std::string_view content);

}  // namespace foregraph::cli
