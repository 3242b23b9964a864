#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// Throws BudgetError because the system refuses `size_bytes` of memory.
[[noreturn]] FOREGRAPH_EXPORT void refuse_memory(std::size_t size_bytes);

/// One block of zeroed memory, aligned like the plan's offsets. Allocated once, never in a step.
/// The constructor throws BudgetError if the system refuses the memory.
class Arena {
 public:
  Arena() = default;
  /// Allocates `size_bytes` bytes, aligned to 64. Throws BudgetError if the system refuses them.
  explicit Arena(std::size_t size_bytes)
      : memory_(static_cast<std::byte*>(::operator new(size_bytes, alignment, std::nothrow))),
        size_bytes_(size_bytes) {
    if (!memory_) refuse_memory(size_bytes);
    std::memset(memory_.get(), 0, size_bytes);  // also maps the pages before the first step
  }
  /// Returns the first byte.
  [[nodiscard]] std::byte* data() const { return memory_.get(); }
  /// Returns the size that was asked for.
  [[nodiscard]] std::size_t size_bytes() const { return size_bytes_; }

 private:
  static constexpr std::align_val_t alignment{static_cast<std::size_t>(alignment_bytes)};
  struct Free {
    void operator()(std::byte* memory) const { ::operator delete(memory, alignment); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t size_bytes_ = 0;
};

}  // namespace foregraph
