#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace foregraph {

/// Calls `visit(folder, is_version_1)` for each control group that limits this process by
/// `controller` ("memory", "cpu"): its own, then all above it, as far as they are in sight. The
/// folder is seen from `root`, below which /proc and /sys are looked for. What is missing or odd is
/// passed over. Linux; elsewhere there are none.
void for_each_control_group(
    const std::string& root, std::string_view controller,
    const std::function<void(const std::string& folder, bool is_version_1)>& visit);

}  // namespace foregraph
