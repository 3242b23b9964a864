#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/touched_pages.hpp>
#include <string>

#include "support/sanitized.hpp"

using namespace foregraph;

namespace {

/// Memory of whole pages, from the system itself.
class MappedPages {
 public:
  explicit MappedPages(std::int64_t pages, int flags = MAP_PRIVATE)
      : size_(static_cast<std::size_t>(pages * page())) {
    void* const at = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    BOOST_REQUIRE(at != MAP_FAILED);
    memory_ = static_cast<std::byte*>(at);
    for (std::size_t i = 0; i < size_; i += 64) memory_[i] = std::byte{7};
  }
  MappedPages(const MappedPages&) = delete;
  MappedPages& operator=(const MappedPages&) = delete;
  ~MappedPages() { ::munmap(memory_, size_); }

  static std::int64_t page() { return ::sysconf(_SC_PAGESIZE); }
  [[nodiscard]] std::byte* data() const { return memory_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
  std::byte* memory_ = nullptr;
};

std::string refusal_of(std::byte* memory, std::int64_t bytes) {
  try {
    const TouchedPages pages(memory, bytes);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(touched_pages)

BOOST_AUTO_TEST_CASE(writes_and_reads_count_once_for_each_page) {
  const std::int64_t page = MappedPages::page();
  const MappedPages memory(40);
  TouchedPages pages(memory.data(), 40 * page);
  BOOST_TEST(pages.bytes() == 0);
  memory.data()[3 * page + 5] = std::byte{1};
  BOOST_TEST(pages.bytes() == page);
  memory.data()[3 * page + 6] = std::byte{1};
  memory.data()[4 * page - 1] = std::byte{1};
  BOOST_TEST(pages.bytes() == page);
  volatile const std::byte* const other = memory.data() + 39 * page;
  BOOST_TEST((*other == std::byte{0}));
  BOOST_TEST(pages.bytes() == 2 * page);
}

BOOST_AUTO_TEST_CASE(bytes_of_pages_at_the_ends_stay_as_they_are) {
  const std::int64_t page = MappedPages::page();
  const MappedPages memory(5);
  TouchedPages pages(memory.data() + page / 2, 4 * page);  // three whole pages
  BOOST_TEST((memory.data()[page - 1 - 63] == std::byte{7}));
  BOOST_TEST((memory.data()[4 * page] == std::byte{7}));
  BOOST_TEST(pages.bytes() == 0);
  memory.data()[page / 2] = std::byte{1};
  BOOST_TEST(pages.bytes() == 0);
  for (std::int64_t i = page / 2; i < 9 * page / 2; ++i) memory.data()[i] = std::byte{2};
  BOOST_TEST(pages.bytes() == 3 * page);
}

BOOST_AUTO_TEST_CASE(more_pages_than_the_system_is_asked_for_at_once) {
  const std::int64_t page = MappedPages::page();
  const MappedPages memory(40'000);
  TouchedPages pages(memory.data(), 40'000 * page);
  for (const std::int64_t i : {0, 16'383, 16'384, 32'768, 39'999})
    memory.data()[i * page] = std::byte{1};
  BOOST_TEST(pages.bytes() == 5 * page);
}

BOOST_AUTO_TEST_CASE(pages_given_back_meanwhile_count_on) {
  const std::int64_t page = MappedPages::page();
  const MappedPages memory(8);
  TouchedPages pages(memory.data(), 8 * page);
  for (std::int64_t i = 0; i < 5; ++i) memory.data()[i * page] = std::byte{1};
  BOOST_TEST(pages.bytes() == 5 * page);
  BOOST_REQUIRE(::madvise(memory.data(), memory.size(), MADV_DONTNEED) == 0);
  BOOST_TEST(pages.bytes() == 5 * page);
}

BOOST_AUTO_TEST_CASE(less_than_a_page_has_none) {
  const MappedPages memory(1);
  TouchedPages nothing(nullptr, 0);
  BOOST_TEST(nothing.bytes() == 0);
  TouchedPages part(memory.data() + 64, 128);
  memory.data()[64] = std::byte{1};
  BOOST_TEST(part.bytes() == 0);
}

BOOST_AUTO_TEST_CASE(memory_that_stays_is_refused) {
  const MappedPages shared(4, MAP_SHARED);
  BOOST_TEST(refusal_of(shared.data(), 4 * MappedPages::page()) ==
             "cannot count the pages of memory that a step touches: the system reports pages as "
             "touched that it has just taken back; profile without ProfileOptions::memory");
  const MappedPages locked(4);
  // The sanitizers' own mlock() does nothing.
  if (test::is_sanitized || ::mlock(locked.data(), locked.size()) != 0) {
    BOOST_TEST_MESSAGE("skipped: no memory may be locked");
    return;
  }
  BOOST_TEST(refusal_of(locked.data(), 4 * MappedPages::page()) ==
             "cannot count the pages of memory that a step touches: the system does not take them "
             "back (Invalid argument); profile without ProfileOptions::memory");
  BOOST_TEST((locked.data()[0] == std::byte{7}));
}

BOOST_AUTO_TEST_SUITE_END()
