#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace foregraph {

/// Counts the pages of a piece of memory that are touched from now on. The system tells it, so that
/// nothing is slowed down but the first access to each page.
class TouchedPages {
 public:
  /// Gives all pages that lie within the piece back to the system, which makes their bytes 0, and
  /// keeps huge pages away for the lifetime of the object. Throws UsageError if the system cannot
  /// do so, as on systems other than Linux, and for memory that is locked or shared with others.
  TouchedPages(std::byte* memory, std::int64_t size_bytes);
  TouchedPages(const TouchedPages&) = delete;
  TouchedPages& operator=(const TouchedPages&) = delete;
  ~TouchedPages();

  /// Returns the bytes of the pages touched so far. Never falls. Pages that lie only partly within
  /// the piece, at most two, are not counted.
  [[nodiscard]] std::int64_t bytes();

 private:
  [[nodiscard]] std::int64_t resident_bytes();

  std::byte* begin_ = nullptr;  ///< of the first whole page
  std::int64_t size_bytes_ = 0;
  std::int64_t page_bytes_ = 0;
  std::int64_t most_bytes_ = 0;  ///< resident so far; the system may have swapped pages out since
  std::vector<unsigned char> is_resident_;  ///< by page, for a part of the memory
};

}  // namespace foregraph
