#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/base/files/named_tensor.hpp>

namespace foregraph {

inline constexpr std::uint64_t most_header_bytes = 100'000'000;
inline constexpr std::string_view metadata_name = "__metadata__";

/// A tensor as described in the JSON. Only its form has been checked.
struct HeaderEntry {
  std::string name{};
  std::string dtype{};
  std::vector<std::uint64_t> shape{};
  std::vector<std::uint64_t> offsets{};
};
struct SafetensorsHeader {
  std::vector<HeaderEntry> entries{};  ///< in file order; names may be repeated
  Metadata metadata{};
};

/// Parses the JSON of a header as a stream, without a document in memory, and rejects unexpected
/// content immediately, so that nesting and size are bounded. Throws DataError; `where` is the
/// start of its messages. O(bytes).
[[nodiscard]] SafetensorsHeader parse_safetensors_header(std::string_view json,
                                                         const std::string& where);

}  // namespace foregraph
