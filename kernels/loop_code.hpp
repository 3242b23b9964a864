#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/kernel.hpp>
#include <foregraph/detail/kernels/region_kernels.hpp>

namespace foregraph {

/// Consecutive arithmetic steps of a region as one loop over whole vectors; intermediate values
/// stay in registers. Values have the same numbers as in the region.
struct ArithmeticLoop {
  struct Step {
    Arithmetic what{};
    std::int32_t value = 0;
    std::array<std::int32_t, 4> operands{};

    bool operator==(const Step&) const = default;
  };
  DType dtype = f32;
  std::vector<Step> steps{};
  std::vector<std::int32_t> uniform{};  ///< values it reads whose elements are all equal
  std::vector<std::int32_t> kept{};     ///< values it computes that must be stored in memory

  bool operator==(const ArithmeticLoop&) const = default;
};

/// Machine code for the loops of a program, generated when the program is lowered. Equal loops
/// share their code. No code is generated for the baseline instruction set, for processors other
/// than x86-64, if the system forbids making written memory executable, or if the environment
/// variable FOREGRAPH_LOOPS is "interpreted". Regions are then interpreted step by step, with the
/// same results except for sums, which are formed over tiles of another size.
class FOREGRAPH_EXPORT LoopCode {
 public:
  /// A compiled loop. Runs over the first `bytes` of the values at `pointers`, which is indexed by
  /// value, in whole vectors.
  using Fn = void (*)(void* const* pointers, std::size_t bytes);

  LoopCode() = default;
  ~LoopCode();
  LoopCode(const LoopCode&) = delete;
  LoopCode& operator=(const LoopCode&) = delete;

  /// Returns true if loops can be compiled here. Throws UsageError if FOREGRAPH_LOOPS is set to
  /// anything but "", "compiled" or "interpreted".
  [[nodiscard]] static bool is_available();
  /// Returns true if `request`, the value of FOREGRAPH_LOOPS or null, asks for compiled loops.
  [[nodiscard]] static bool is_wanted(const char* request);

  /// Adds a loop and returns its number; -1 if it needs too many registers or too much code.
  std::int32_t add(const ArithmeticLoop& loop);
  /// Makes all loops callable; no more can be added. Returns false if the system refuses.
  [[nodiscard]] bool seal();
  [[nodiscard]] Fn at(std::int32_t loop) const;

 private:
  struct Known {
    ArithmeticLoop loop;
    std::size_t offset = 0;
  };
  std::vector<Known> known_;
  std::vector<std::uint8_t> bytes_;  ///< the code until seal()
  void* memory_ = nullptr;
  std::size_t memory_bytes_ = 0;
};

}  // namespace foregraph
