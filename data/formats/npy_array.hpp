#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/data/formats/record_source.hpp>

namespace foregraph::detail {

struct NpyHeader {
  data::StoredType type = data::StoredType::float32;
  std::vector<std::int64_t> shape;
  std::int64_t first = 0;  ///< offset of the first value
};

/// Parses the header of an array in NumPy's format, versions 1 to 3, and checks that exactly its
/// values follow. `bytes` is the untrusted start of an array of `size` bytes and must include the
/// whole header if the array does. Throws DataError, with `where`, if the header is malformed or
/// the array is not supported: Fortran order, big endian, another type.
[[nodiscard]] NpyHeader parse_npy_header(const std::string& where, std::span<const std::byte> bytes,
                                         std::int64_t size);
[[nodiscard]] inline NpyHeader parse_npy_header(const std::string& where,
                                                std::span<const std::byte> bytes) {
  return parse_npy_header(where, bytes, static_cast<std::int64_t>(bytes.size()));
}

/// Returns a source of one array as the field `name`. Throws DataError as parse_npy_header() and
/// make_stored_field(), and if the array has no samples.
[[nodiscard]] std::shared_ptr<const data::Source> make_npy_source(const std::string& where,
                                                                  SharedBytes content,
                                                                  std::string name,
                                                                  std::optional<DType> as,
                                                                  std::string_view option);

}  // namespace foregraph::detail
