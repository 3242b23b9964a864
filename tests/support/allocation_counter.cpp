#include "support/allocation_counter.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::int64_t> allocations{0};
std::atomic<std::int64_t> bytes{0};

[[maybe_unused]] void* counted(void* memory, std::size_t size) {
  allocations.fetch_add(1);
  bytes.fetch_add(static_cast<std::int64_t>(size));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

namespace foregraph::test {
std::int64_t allocation_count() {
  return allocations.load();
}
std::int64_t allocated_bytes() {
  return bytes.load();
}
}  // namespace foregraph::test

// ThreadSanitizer brings its own operator new.
#if defined(__SANITIZE_THREAD__)
#define FOREGRAPH_TEST_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FOREGRAPH_TEST_TSAN
#endif
#endif

#if defined(FOREGRAPH_TEST_TSAN)
bool foregraph::test::allocations_are_counted() {
  return false;
}
#else
bool foregraph::test::allocations_are_counted() {
  return true;
}

void* operator new(std::size_t size) {
  return counted(std::malloc(size == 0 ? 1 : size), size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(align, (size + align - 1) / align * align), size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1);
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  const auto align = static_cast<std::size_t>(alignment);
  allocations.fetch_add(1);
  bytes.fetch_add(static_cast<std::int64_t>(size));
  return std::aligned_alloc(align, (size + align - 1) / align * align);
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
#endif
