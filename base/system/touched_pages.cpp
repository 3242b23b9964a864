#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/touched_pages.hpp>
#include <string>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#endif

namespace foregraph {
namespace {

[[noreturn]] void refuse_counting(const std::string& reason) {
  throw UsageError("cannot count the pages of memory that a step touches: " + reason +
                   "; profile without ProfileOptions::memory");
}

#if defined(__linux__)

constexpr std::int64_t pages_at_once = 16'384;

/// Returns true if memory gets huge pages without a request.
bool huge_pages_are_usual() {
  std::ifstream policy("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string line;
  return std::getline(policy, line) && line.find("[always]") != std::string::npos;
}

#endif

}  // namespace

#if defined(__linux__)

TouchedPages::TouchedPages(std::byte* memory, std::int64_t size_bytes)
    : page_bytes_(std::max<std::int64_t>(::sysconf(_SC_PAGESIZE), 1)) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const auto page = static_cast<std::uintptr_t>(page_bytes_);
  const std::uintptr_t first = (address + page - 1) / page * page;
  const std::uintptr_t last = (address + static_cast<std::uintptr_t>(size_bytes)) / page * page;
  if (first >= last) return;
  begin_ = memory + (first - address);
  size_bytes_ = static_cast<std::int64_t>(last - first);
  is_resident_.resize(static_cast<std::size_t>(std::min(size_bytes_ / page_bytes_, pages_at_once)));
  const auto size = static_cast<std::size_t>(size_bytes_);
  (void)::madvise(begin_, size, MADV_NOHUGEPAGE);  // fails where there are no huge pages at all
  if (::madvise(begin_, size, MADV_DONTNEED) != 0)
    refuse_counting(std::string("the system does not take them back (") + std::strerror(errno) +
                    ")");
  if (resident_bytes() != 0)
    refuse_counting("the system reports pages as touched that it has just taken back");
}

TouchedPages::~TouchedPages() {
  if (size_bytes_ > 0 && huge_pages_are_usual())
    (void)::madvise(begin_, static_cast<std::size_t>(size_bytes_), MADV_HUGEPAGE);
}

std::int64_t TouchedPages::resident_bytes() {
  std::int64_t pages = 0;
  const std::int64_t bytes_at_once = pages_at_once * page_bytes_;
  for (std::int64_t at = 0; at < size_bytes_; at += bytes_at_once) {
    const std::int64_t bytes = std::min(bytes_at_once, size_bytes_ - at);
    if (::mincore(begin_ + at, static_cast<std::size_t>(bytes), is_resident_.data()) != 0)
      refuse_counting(std::string("the system does not report them (") + std::strerror(errno) +
                      ")");
    pages += std::count_if(is_resident_.begin(), is_resident_.begin() + bytes / page_bytes_,
                           [](unsigned char page) { return (page & 1) != 0; });
  }
  return pages * page_bytes_;
}

std::int64_t TouchedPages::bytes() {
  most_bytes_ = std::max(most_bytes_, resident_bytes());
  return most_bytes_;
}

#else

TouchedPages::TouchedPages(std::byte*, std::int64_t) {
  refuse_counting("only Linux reports them");
}
TouchedPages::~TouchedPages() = default;
std::int64_t TouchedPages::resident_bytes() {
  return 0;
}
std::int64_t TouchedPages::bytes() {
  return most_bytes_;
}

#endif

}  // namespace foregraph
