#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/export.hpp>

/// Numbers and tables as text, independent of the locale.
namespace foregraph {

/// Returns `number` with commas: "10,000".
[[nodiscard]] FOREGRAPH_EXPORT std::string with_separators(std::int64_t number);

/// Returns rows as lines with cells aligned in columns, two blanks apart, without trailing blanks.
/// `alignment` has 'l' (left) or 'r' (right) for each column; the last one also applies to all
/// further columns.
[[nodiscard]] FOREGRAPH_EXPORT std::string aligned_columns(
    const std::vector<std::vector<std::string>>& rows, std::string_view alignment);

namespace text {

/// Returns `value` with at most `digits` significant digits, like printf's %g: "0.0125", "1.2e+07".
[[nodiscard]] FOREGRAPH_EXPORT std::string significant(double value, int digits);
/// Returns `value` with `decimals` digits after the point, like printf's %f: "12.50".
[[nodiscard]] FOREGRAPH_EXPORT std::string fixed(double value, int decimals);
/// A number of three digits and the power of a base that it is multiplied by.
struct Scaled {
  std::string digits;
  std::size_t power = 0;
};
/// Returns `value` as three digits and a power of `base`: {"8.17", 3} for 8.17e9 and base 1000.
[[nodiscard]] FOREGRAPH_EXPORT Scaled scaled(double value, double base, std::size_t most_power);
/// Returns a fraction of 1 as a percentage: "12.5 %".
[[nodiscard]] FOREGRAPH_EXPORT std::string percent(double share, int decimals = 1);
/// Returns at least `digits` hexadecimal digits, in lower case: "00ff".
[[nodiscard]] FOREGRAPH_EXPORT std::string hexadecimal(std::uint64_t value, std::size_t digits);
/// Returns a whole number with commas, any other with four significant digits.
[[nodiscard]] FOREGRAPH_EXPORT std::string number(double value);
/// Returns a count with its noun: "1 sample", "1,200 samples", "3 batches".
[[nodiscard]] FOREGRAPH_EXPORT std::string counted(std::int64_t count, const std::string& noun);

}  // namespace text
}  // namespace foregraph
