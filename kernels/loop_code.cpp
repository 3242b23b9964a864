#include <foregraph/detail/kernels/loop_code.hpp>

#include <cstdlib>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/cpu.hpp>
#include <string>
#include <string_view>

#if defined(FOREGRAPH_HAS_XBYAK)
#include <sys/mman.h>

#include <bit>
#include <cstring>
#include <foregraph/detail/kernels/loop_writer.hpp>
#endif

namespace foregraph {

bool LoopCode::is_wanted(const char* request) {
  const std::string_view wanted = request == nullptr ? "" : request;
  if (wanted.empty() || wanted == "compiled") return true;
  if (wanted == "interpreted") return false;
  throw UsageError("FOREGRAPH_LOOPS is '" + std::string(wanted) +
                   "', expected 'compiled' or 'interpreted'; unset it to compile the loops of "
                   "fused regions where possible");
}

#if !defined(FOREGRAPH_HAS_XBYAK)

LoopCode::~LoopCode() = default;
bool LoopCode::is_available() {
  static const bool wanted = is_wanted(std::getenv("FOREGRAPH_LOOPS"));
  return wanted && false;
}
std::int32_t LoopCode::add(const ArithmeticLoop&) {
  return -1;
}
bool LoopCode::seal() {
  return false;
}
LoopCode::Fn LoopCode::at(std::int32_t) const {
  return nullptr;
}

#else

namespace {

/// Returns the vector instructions of the active kernels (see region_kernels()).
Isa kernels_isa() {
#if defined(FOREGRAPH_HAS_AVX512)
  if (active_isa() == Isa::avx512) return Isa::avx512;
#endif
#if defined(FOREGRAPH_HAS_AVX2)
  if (active_isa() >= Isa::avx2) return Isa::avx2;
#endif
  return Isa::baseline;
}

/// Copies code into memory that is executable and no longer writable; null if the system refuses.
void* make_executable(const void* code, std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  std::memcpy(memory, code, bytes);
  if (mprotect(memory, bytes, PROT_READ | PROT_EXEC) == 0) return memory;
  munmap(memory, bytes);
  return nullptr;
}

}  // namespace

LoopCode::~LoopCode() {
  if (memory_ != nullptr) munmap(memory_, memory_bytes_);
}

bool LoopCode::is_available() {
  static const bool available = [] {
    if (!is_wanted(std::getenv("FOREGRAPH_LOOPS")) || kernels_isa() == Isa::baseline) return false;
    const std::uint8_t ret = 0xc3;
    void* memory = make_executable(&ret, 1);
    if (memory == nullptr) return false;
    munmap(memory, 1);
    return true;
  }();
  return available;
}

std::int32_t LoopCode::add(const ArithmeticLoop& loop) {
  for (std::size_t i = 0; i < known_.size(); ++i)
    if (known_[i].loop == loop) return static_cast<std::int32_t>(i);
  alignas(64) std::array<std::uint8_t, most_loop_bytes> code;
  const std::size_t size = write_loop(loop, kernels_isa() == Isa::avx512, code.data());
  if (size == 0) return -1;
  const std::size_t offset = (bytes_.size() + 63) / 64 * 64;
  bytes_.resize(offset);
  bytes_.insert(bytes_.end(), code.begin(), code.begin() + static_cast<std::ptrdiff_t>(size));
  known_.push_back({loop, offset});
  return static_cast<std::int32_t>(known_.size()) - 1;
}

bool LoopCode::seal() {
  if (bytes_.empty()) return true;
  memory_bytes_ = bytes_.size();
  memory_ = make_executable(bytes_.data(), memory_bytes_);
  bytes_ = {};
  return memory_ != nullptr;
}

LoopCode::Fn LoopCode::at(std::int32_t loop) const {
  return std::bit_cast<Fn>(static_cast<std::uint8_t*>(memory_) +
                           known_[static_cast<std::size_t>(loop)].offset);
}

#endif

}  // namespace foregraph
