#pragma once

namespace foregraph {

/// Returns the seconds that the live threads of this process have been ready to run but without a
/// core since each started, as counted by the kernel (/proc/self/task/*/schedstat), or 0 if it does
/// not count them. Differences show whether a wait was for cores used by others.
[[nodiscard]] double seconds_waited_for_cores();

}  // namespace foregraph
