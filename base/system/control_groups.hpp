#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace foregraph {

/// Calls `visit(folder, is_version_1)` for each control group that limits this process by
/// `controller` ("memory", "cpu"): the process's group, then all visible groups above it. /proc,
/// /sys and the folders are looked up below `root`. Missing or malformed entries are skipped.
/// Linux; elsewhere there are none.
void for_each_control_group(
    const std::string& root, std::string_view controller,
    const std::function<void(const std::string& folder, bool is_version_1)>& visit);

}  // namespace foregraph
