#pragma once

#include <cstddef>
#include <cstdint>
#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/base/export.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace foregraph::data {

/// Element types that a file can hold. Those without an equal dtype are converted on request.
enum class StoredType : std::uint8_t {
  uint8,
  int8,
  uint16,
  int16,
  int32,
  int64,
  float32,
  float64,
  bool8
};

/// Returns the bytes of one stored element.
[[nodiscard]] FOREGRAPH_EXPORT std::int64_t bytes_per_element(StoredType type);
/// Returns a name such as "uint8".
[[nodiscard]] FOREGRAPH_EXPORT std::string_view name_of(StoredType type);
/// Returns the stored type that has the layout of `dtype`.
[[nodiscard]] FOREGRAPH_EXPORT StoredType stored_as(DType dtype);
/// Returns the dtype with the same values, or none.
[[nodiscard]] FOREGRAPH_EXPORT std::optional<DType> same_dtype(StoredType type);

/// Order of the bytes of a stored number.
enum class ByteOrder : bool { little, big };

/// Converts `elements` values from `from` (of any alignment) to `to`. Returns the index of the
/// first value that does not fit, or -1 on success; after a failure the output is unusable.
using RowConversion = std::int64_t (*)(const std::byte* from, std::byte* to, std::int64_t elements);

/// Returns the conversion between two types, or null if there is none:
/// - to floating point from any type, rounded to nearest; a finite number may not become infinite;
/// - to integers from integers and booleans, if the value is in range;
/// - to booleans from booleans and u8, if the byte is 0 or 1.
[[nodiscard]] FOREGRAPH_EXPORT RowConversion conversion(StoredType from, DType to, ByteOrder order);

/// Returns the value at `at` as text, for messages.
[[nodiscard]] FOREGRAPH_EXPORT std::string value_text(StoredType type, ByteOrder order,
                                                      const std::byte* at);

}  // namespace foregraph::data
