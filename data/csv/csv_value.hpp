#pragma once

// Internal: parses the text of a CSV cell as a number.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <foregraph/detail/base/dtype.hpp>

namespace foregraph::detail {

/// What is wrong with a cell's text.
enum class CsvFault : std::uint8_t {
  none,
  not_a_number,
  not_finite,
  out_of_range,
  not_an_integer,  ///< not a number at all, in an integer column
  has_a_fraction,
  not_a_truth_value
};

/// Parses the trimmed, non-empty text and writes its value as `dtype` to `to`. Floating-point
/// numbers are rounded to nearest, underflowing to 0. Integers are exact in any notation: 3e9 and
/// 3000000000.0 are 3000000000.
[[nodiscard]] CsvFault parse_csv_value(std::string_view text, DType dtype, bool allow_non_finite,
                                       std::byte* to);

/// Returns the message for a fault: "'0.5' is not an integer, as i32 needs".
[[nodiscard]] std::string csv_fault_text(CsvFault fault, std::string_view text, DType dtype);

/// Returns true if the text is a number and nothing else.
[[nodiscard]] bool is_csv_number(std::string_view text);

}  // namespace foregraph::detail
