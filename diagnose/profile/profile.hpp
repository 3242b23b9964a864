#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/runtime/recording.hpp>

/// Profile of the time of a training step.
namespace foregraph {

class Program;

/// One instruction of a step: an op, a fused region of elementwise ops, or a copy. FLOPs and bytes
/// are computed from the graph for the profiled batch: each operand read once, each result written
/// once.
struct ProfiledInstruction {
  std::string name;        ///< of the node, as "hidden/matmul"; of a region's last result
  std::string op;          ///< "matmul"; for a region its ops, as "region(add, relu)"
  std::int64_t flops = 0;  ///< per step
  std::int64_t bytes = 0;  ///< per step
  double seconds = 0;      ///< per step, the median over recorded steps
  double longest = 0;      ///< seconds in the slowest step
  /// Returns the instruction's share of a step of `step_seconds`, from 0 to 1.
  [[nodiscard]] double share_of(double step_seconds) const {
    return step_seconds > 0 ? seconds / step_seconds : 0;
  }
};

/// The time of a step, by instruction.
struct Profile {
  std::string kernels;      ///< hardware and libraries in use; see kernel_report()
  std::int64_t batch = 0;   ///< samples per step
  std::int64_t steps = 0;   ///< recorded
  double step_seconds = 0;  ///< median over the steps, from first to last instruction
  double longest_step = 0;  ///< seconds
  std::vector<ProfiledInstruction> instructions{};  ///< in execution order
  std::vector<Recording::Event> events{};           ///< everything recorded
  /// By instruction, with ProfileOptions::memory: bytes of the transient part of the arena that a
  /// step has touched from its begin to the end of the instruction. Counted in whole pages, so up
  /// to two pages at the ends of that part are missing; never more than the plan's buffers cover,
  /// rounded up to pages. Variables, input batches and the workspaces of further threads are not in
  /// it. For PictureOptions::measured.
  std::vector<std::int64_t> touched_bytes{};
};

/// Upper limit on the steps of a profile.
inline constexpr std::int64_t most_profiled = 100'000;

/// For FitOptions::profile.
struct ProfileOptions {
  std::int64_t steps = 20;   ///< steps to record, 1 to most_profiled
  std::int64_t warm_up = 3;  ///< steps before recording starts
  /// If true, one more step follows, for Profile::touched_bytes. Before it, the transient part of
  /// the arena is given back to the system, and after each instruction the system reports the pages
  /// that have been touched again. Only on Linux; elsewhere, and for memory that is locked
  /// (mlockall), that step throws UsageError.
  bool memory = false;
  /// Trace file of the events for chrome://tracing or ui.perfetto.dev; empty: none.
  std::filesystem::path trace{};
  /// Receives the profile as soon as it is complete; unset: its table goes to stderr.
  std::function<void(const Profile&)> on_profile{};
};

/// Throws UsageError if the numbers of steps are out of range.
FOREGRAPH_EXPORT void check_profile(const ProfileOptions& options);

/// Returns the profile of `program` from `recording`, filled with batches of `batch_size` samples.
[[nodiscard]] FOREGRAPH_EXPORT Profile make_profile(const Program& program,
                                                    const Recording& recording,
                                                    std::int64_t batch_size);

/// Returns a table of the slowest `rows` instructions, then sums by op: time per step, its share,
/// GFLOP/s, GB/s. Rates count the bytes that must be moved: a rate above the memory bandwidth means
/// that operands came from the cache.
[[nodiscard]] FOREGRAPH_EXPORT std::string to_table(const Profile& profile, std::size_t rows = 20);

/// Writes Chrome's "Trace Event Format": one event per instruction and step, with FLOPs and bytes.
/// Replaces the file atomically. Throws FileError.
FOREGRAPH_EXPORT void write_chrome_trace(const std::filesystem::path& path, const Profile& profile);

/// Returns one line about the kernels in use: vector instructions, threads, matrix products.
[[nodiscard]] FOREGRAPH_EXPORT std::string kernel_report(int threads);

}  // namespace foregraph
