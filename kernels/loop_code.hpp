#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <foregraph/detail/graph/kernel.hpp>
#include <foregraph/detail/kernels/region_kernels.hpp>

namespace foregraph {

/// A run of arithmetic steps of a region as one loop over whole vectors: what is made and used in
/// it stays in registers. Values have the numbers of the region's.
struct ArithmeticLoop {
  struct Step {
    Arithmetic what{};
    std::int32_t value = 0;
    std::array<std::int32_t, 4> operands{};

    bool operator==(const Step&) const = default;
  };
  DType dtype = f32;
  std::vector<Step> steps{};
  std::vector<std::int32_t> uniform{};  ///< values read, all of whose elements are the same
  std::vector<std::int32_t> kept{};     ///< values made that are needed in memory

  bool operator==(const ArithmeticLoop&) const = default;
};

/// Machine code for the loops of a program, made when it is lowered. Loops that are alike share it.
/// None is made for the baseline, for other processors than x86-64, where the system forbids memory
/// that is written and then run, or if the environment variable FOREGRAPH_LOOPS is "interpreted":
/// then regions are interpreted step by step, with the same results but for sums, which are formed
/// by tiles of another size.
class LoopCode {
 public:
  /// Runs the elements in the first `bytes` at `pointers`, by value; in whole vectors.
  using Fn = void (*)(void* const* pointers, std::size_t bytes);

  LoopCode() = default;
  ~LoopCode();
  LoopCode(const LoopCode&) = delete;
  LoopCode& operator=(const LoopCode&) = delete;

  /// Whether loops are made at all here. Throws UsageError if FOREGRAPH_LOOPS is neither empty,
  /// "compiled" nor "interpreted".
  [[nodiscard]] static bool is_available();
  /// The rule behind it: `request` is the variable's value.
  [[nodiscard]] static bool is_wanted(const char* request);

  /// The number of the loop; -1 if it holds more values than there are registers.
  std::int32_t add(const ArithmeticLoop& loop);
  /// Makes all loops callable; false if the system refuses. Nothing can be added any more.
  [[nodiscard]] bool seal();
  [[nodiscard]] Fn at(std::int32_t loop) const;

 private:
  struct Known {
    ArithmeticLoop loop;
    std::size_t offset = 0;
  };
  std::vector<Known> known_;
  std::vector<std::uint8_t> bytes_;  ///< until they are sealed
  void* memory_ = nullptr;
  std::size_t memory_bytes_ = 0;
};

}  // namespace foregraph
