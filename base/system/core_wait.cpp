#include <filesystem>
#include <foregraph/detail/base/system/core_wait.hpp>
#include <foregraph/detail/base/system/proc_files.hpp>
#include <string>
#include <string_view>
#include <system_error>

namespace foregraph {

double seconds_waited_for_cores() {
  double seconds = 0;
  std::error_code error;
  std::filesystem::directory_iterator each("/proc/self/task", error);
  for (; !error && each != std::filesystem::directory_iterator(); each.increment(error)) {
    // Nanoseconds on a core, nanoseconds waiting for one, and the number of times on a core.
    const std::string line = proc::read(each->path().string() + "/schedstat");
    std::string_view rest = line;
    std::string_view on_a_core;
    std::string_view waiting;
    if (!proc::next_word(rest, on_a_core) || !proc::next_word(rest, waiting)) continue;
    if (const auto nanoseconds = proc::number(waiting))
      seconds += static_cast<double>(*nanoseconds) * 1e-9;
  }
  return seconds;
}

}  // namespace foregraph
