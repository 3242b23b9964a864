#pragma once

#include <string>
#include <string_view>

namespace foregraph::cli {

/// Makes `content` the content of the file `path`, all of it or nothing: it is written to a new
/// file beside it, which then takes the name. Links are followed; devices and pipes are written to
/// as they are. Throws UsageError that starts with `option` where the file cannot be written.
void write_file(const std::string& option, const std::string& path, std::string_view content);

}  // namespace foregraph::cli
