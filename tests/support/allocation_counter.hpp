#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

/// Counts every allocation of the program. Replaces operator new, so include it in exactly one file
/// of a test program.
namespace foregraph::test {

inline std::atomic<std::int64_t> allocations{0};
[[nodiscard]] inline std::int64_t allocation_count() {
  return allocations.load();
}

inline void* counted(void* memory) {
  allocations.fetch_add(1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace foregraph::test

void* operator new(std::size_t size) {
  return foregraph::test::counted(std::malloc(size == 0 ? 1 : size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  return foregraph::test::counted(std::aligned_alloc(align, (size + align - 1) / align * align));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
