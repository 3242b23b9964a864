#pragma once

#include <chrono>
#include <cstdint>
#include <foregraph/detail/base/compiler.hpp>
#include <span>
#include <vector>

namespace foregraph {

/// The begin and end times of each instruction of a program, for some steps, and the memory that
/// the instructions of one more step touch. Filled by Program::run() while attached to the program.
/// All memory is reserved on construction.
class Recording {
 public:
  struct Event {
    std::int32_t instruction = 0;
    std::int64_t begin_ns = 0;  ///< since construction of the recording
    std::int64_t end_ns = 0;
  };

  /// Reserves memory for `steps` steps of `instructions` instructions each, which are recorded
  /// after `warm_up` unrecorded steps. If `memory`, the touched memory of the step after them is
  /// recorded; it comes last since it slows that step down.
  Recording(std::int64_t steps, std::int64_t warm_up, std::size_t instructions, bool memory = false)
      : steps_(steps),
        warm_up_(warm_up),
        wants_memory_(memory),
        start_(std::chrono::steady_clock::now()) {
    events_.reserve(static_cast<std::size_t>(steps) * instructions);
    if (memory) touched_bytes_.reserve(instructions);
  }

  /// Returns the bytes of memory a recording takes.
  [[nodiscard]] static std::int64_t bytes(std::int64_t steps, std::int64_t instructions,
                                          bool memory = false) {
    return instructions * (steps * static_cast<std::int64_t>(sizeof(Event)) + (memory ? 8 : 0));
  }

  /// Returns true if the step that begins now should be recorded; must be called once per step. A
  /// step that ends with an exception leaves its events, but complete_steps() does not count it.
  [[nodiscard]] bool wants_step() {
    if (warm_up_ > 0) return --warm_up_, false;
    return begun_ < steps_ && ++begun_ > 0;
  }
  void add(std::int32_t instruction, std::int64_t begin_ns, std::int64_t end_ns) {
    events_.push_back({instruction, begin_ns, end_ns});
  }
  void end_step() { ++complete_; }

  /// Returns true if the touched memory of the step that begins now should be recorded.
  [[nodiscard]] bool wants_memory() const { return wants_memory_ && complete_ >= steps_; }
  /// Begins the step whose touched memory is recorded, again if it ended with an exception.
  void begin_memory() { touched_bytes_.clear(); }
  /// Adds the bytes touched since begin_memory() up to the end of the next instruction.
  void add_touched(std::int64_t bytes) { touched_bytes_.push_back(bytes); }
  void end_memory() { wants_memory_ = false; }

  [[nodiscard]] std::int64_t now() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() -
                                                                start_)
        .count();
  }

  [[nodiscard]] bool is_full() const { return complete_ >= steps_ && !wants_memory_; }
  [[nodiscard]] std::int64_t complete_steps() const { return complete_; }
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  /// Returns the transient bytes touched up to the end of each instruction; empty if the step whose
  /// memory is recorded has not ended.
  [[nodiscard]] std::span<const std::int64_t> touched_bytes() const {
    return wants_memory_ ? std::span<const std::int64_t>() : touched_bytes_;
  }

 private:
  std::int64_t steps_;
  std::int64_t warm_up_;
  std::int64_t begun_ = 0;
  std::int64_t complete_ = 0;
  bool wants_memory_ = false;  ///< until the step has been recorded
  std::chrono::steady_clock::time_point start_;
  std::vector<Event> events_;
  std::vector<std::int64_t> touched_bytes_;
};

}  // namespace foregraph
