#pragma once

#include <foregraph/detail/base/error.hpp>
#include <string>
#include <string_view>

namespace foregraph::cli {

/// A file that is given rightly, but for which the system has no room.
class OutputError : public UsageError {
 public:
  using UsageError::UsageError;
};

/// True for the values of errno that say that a disk, a quota or a device has no room or is broken.
[[nodiscard]] bool is_lack_of_room(int error_number);

/// Makes `content` the content of the file `path`, all of it or nothing: it is written to a new
/// file beside it, which then takes the name. Links are followed; devices and pipes are written to
/// as they are. Throws UsageError that starts with `option` where the file cannot be written, and
/// OutputError where there is no room for it.
void write_file(const std::string& option, const std::string& path, std::string_view content);

}  // namespace foregraph::cli
