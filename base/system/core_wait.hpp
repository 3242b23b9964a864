#pragma once

namespace foregraph {

/// Returns the seconds for which the living threads of this process were ready to run but had no
/// core, since each began: as the kernel counts them (/proc/self/task/*/schedstat). 0 where it does
/// not. Differences tell whether a wait was for cores that others use.
[[nodiscard]] double seconds_waited_for_cores();

}  // namespace foregraph
