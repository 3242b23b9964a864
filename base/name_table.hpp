#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <foregraph/detail/base/dynamic_array.hpp>

namespace foregraph::detail {

/// Returns a hash of a name in the scope, or of the owner, with number `place`.
[[nodiscard]] constexpr std::uint64_t hash_of_name(std::int32_t place, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ static_cast<std::uint32_t>(place);  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash ^ (hash >> 32);
}

/// An index of a list's names, which the list's owner keeps beside it. Entries that were appended
/// to the list since are added at the next look-up; a list that became shorter is read again.
class NameTable {
 public:
  /// Returns the index of the entry with `hash` for which `same(index)` is true, or -1.
  /// `hash_at(index)` returns the hash of one of the `count` entries. O(1) expected.
  template <class HashAt, class Same>
  [[nodiscard]] constexpr std::int32_t find(std::size_t count, std::uint64_t hash,
                                            const HashAt& hash_at, const Same& same) {
    add_new(count, hash_at);
    if (slots_.empty()) return -1;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t slot = static_cast<std::size_t>(hash) & mask; slots_[slot] >= 0;
         slot = (slot + 1) & mask)
      if (same(slots_[slot])) return slots_[slot];
    return -1;
  }
  constexpr void swap(NameTable& other) noexcept {
    slots_.swap(other.slots_);
    std::swap(known_, other.known_);
  }

 private:
  template <class HashAt>
  constexpr void add_new(std::size_t count, const HashAt& hash_at) {
    if (count < known_) known_ = 0;
    if (known_ == 0 || 2 * count > slots_.size()) {
      std::size_t size = 64;
      while (size < 4 * count) size *= 2;
      slots_.assign(count == 0 ? 0 : size, -1);
      known_ = 0;
    }
    for (; known_ < count; ++known_) {
      std::size_t slot = static_cast<std::size_t>(hash_at(static_cast<std::int32_t>(known_))) &
                         (slots_.size() - 1);
      while (slots_[slot] >= 0) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = static_cast<std::int32_t>(known_);
    }
  }

  DynamicArray<std::int32_t> slots_{};  ///< indices of entries, or -1; a power of two
  std::size_t known_ = 0;               ///< number of entries in slots_
};

}  // namespace foregraph::detail
