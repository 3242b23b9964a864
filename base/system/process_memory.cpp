#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

#include <algorithm>
#include <foregraph/detail/base/system/proc_files.hpp>
#include <foregraph/detail/base/system/process_memory.hpp>

namespace foregraph {

std::optional<ProcessMemory> process_memory(const std::string& root) {
  const std::string status = proc::read(root + "/proc/self/status");
  const auto peak = proc::bytes_of(status, "VmHWM:");
  auto resident = proc::bytes_of(status, "VmRSS:");
  auto anonymous = proc::bytes_of(status, "RssAnon:");
  const std::string rollup = proc::read(root + "/proc/self/smaps_rollup");
  const auto exact_resident = proc::bytes_of(rollup, "Rss:");
  const auto exact_anonymous = proc::bytes_of(rollup, "Anonymous:");
  if (exact_resident && exact_anonymous) {
    resident = exact_resident;
    anonymous = exact_anonymous;
  }
  if (!peak || !resident || !anonymous) return std::nullopt;
  return ProcessMemory{{std::max(*peak, *resident)},
                       {*resident},
                       {*anonymous},
                       {std::max<std::int64_t>(0, *resident - *anonymous)}};
}

void return_freed_memory() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

}  // namespace foregraph
