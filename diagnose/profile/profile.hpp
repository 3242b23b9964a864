#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <foregraph/detail/runtime/recording.hpp>

/// Where the time of a training step goes.
namespace foregraph {

class Program;

/// One instruction of a step: an op, a fused region of elementwise ops, or a copy. FLOPs and bytes
/// are what the graph says for the batch at hand: each operand read once, each result written once.
struct ProfiledInstruction {
  std::string name;  ///< of the node, as "hidden/matmul"; of a region, that of its last result
  std::string op;    ///< "matmul"; of a region its ops, as "region(add, relu)"
  std::int64_t flops = 0;  ///< in one step
  std::int64_t bytes = 0;  ///< in one step
  double seconds = 0;      ///< in one step, the median of those recorded
  double longest = 0;      ///< seconds in the slowest step
  [[nodiscard]] double share_of(double step_seconds) const {
    return step_seconds > 0 ? seconds / step_seconds : 0;
  }
};

struct Profile {
  std::string kernels;      ///< what it ran on; see kernel_report()
  std::int64_t batch = 0;   ///< samples of a step
  std::int64_t steps = 0;   ///< recorded
  double step_seconds = 0;  ///< median of the steps, first instruction to last
  double longest_step = 0;  ///< seconds
  std::vector<ProfiledInstruction> instructions{};  ///< in the order they run
  std::vector<Recording::Event> events{};           ///< all that was recorded
};

/// The most steps of a profile.
inline constexpr std::int64_t most_profiled = 100'000;

/// For FitOptions::profile.
struct ProfileOptions {
  std::int64_t steps = 20;   ///< to be recorded, 1 to most_profiled
  std::int64_t warm_up = 3;  ///< steps before, which are not
  /// The events as a file for chrome://tracing or ui.perfetto.dev; empty: none.
  std::filesystem::path trace{};
  /// Gets the profile as soon as it is complete; unset: its table goes to stderr.
  std::function<void(const Profile&)> on_profile{};
};

/// Throws UsageError if the numbers of steps are out of range.
void check_profile(const ProfileOptions& options);

/// What `recording` shows of `program`, which filled it with batches of `batch_size` samples.
[[nodiscard]] Profile make_profile(const Program& program, const Recording& recording,
                                   std::int64_t batch_size);

/// The slowest `rows` instructions, then the sums by op: time in a step, its share, GFLOP/s, GB/s.
/// Rates count what must be moved: beyond the memory's bandwidth, operands came from the cache.
[[nodiscard]] std::string to_table(const Profile& profile, std::size_t rows = 20);

/// In the format of Chrome's tracing ("Trace Event Format"): one event for each instruction of each
/// step, with FLOPs and bytes. Throws FileError; the file is replaced as a whole or not at all.
void write_chrome_trace(const std::filesystem::path& path, const Profile& profile);

/// What computes here, in one line: vector instructions, threads, matrix products.
[[nodiscard]] std::string kernel_report(int threads);

}  // namespace foregraph
