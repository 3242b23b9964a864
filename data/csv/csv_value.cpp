#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstring>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/data/csv/csv_reader.hpp>
#include <foregraph/detail/data/csv/csv_value.hpp>
#include <optional>
#include <type_traits>

namespace foregraph::detail {
namespace {

/// An exact decimal number as written: `digits` times ten to the power of `exponent`.
struct Decimal {
  bool negative = false;
  std::string digits{};  ///< without leading and trailing zeros; empty for 0
  std::int64_t exponent = 0;
};

/// Any larger exponent makes a number infinite or zero, however many digits a file can hold.
constexpr std::int64_t most_exponent = std::int64_t{1} << 60;

/// Parses digits with an optional point and exponent, and nothing else.
std::optional<Decimal> decimal_in(std::string_view text) {
  Decimal number;
  std::size_t at = 0;
  if (text.starts_with('-')) {
    number.negative = true;
    ++at;
  }
  bool any = false;
  bool point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    if (point) --number.exponent;
    if (c != '0' || !number.digits.empty()) number.digits += c;
  }
  if (!any) return std::nullopt;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
    ++at;
    if (at + 1 < text.size() && text[at] == '+' && text[at + 1] != '-') ++at;
    std::int64_t exponent = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + at, last, exponent);
    if (end != last || error == std::errc::invalid_argument) return std::nullopt;
    if (error == std::errc::result_out_of_range)
      exponent = text[at] == '-' ? -most_exponent : most_exponent;
    number.exponent += std::clamp(exponent, -most_exponent, most_exponent);
  }
  while (number.digits.ends_with('0')) {
    number.digits.pop_back();
    ++number.exponent;
  }
  return number;
}

/// Returns the text without a leading plus sign.
std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+') text.remove_prefix(1);
  return text;
}

template <class T>
CsvFault parse_floating(std::string_view text, T& value) {
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  // "nan(123)" would be read as plain NaN, dropping the payload, so it is rejected as a number.
  if (end != last || error == std::errc::invalid_argument || text.ends_with(')'))
    return CsvFault::not_a_number;
  if (error != std::errc::result_out_of_range) return CsvFault::none;
  const std::optional<Decimal> number = decimal_in(text);
  if (!number) return CsvFault::not_a_number;
  const auto digits = static_cast<std::int64_t>(number->digits.size());
  if (digits > 0 && digits + number->exponent > 0) return CsvFault::out_of_range;  // overflow
  value = number->negative ? -T{0} : T{0};
  return CsvFault::none;
}

template <class T>
CsvFault parse_integer(std::string_view text, T& value) {
  const auto parse = [&](std::string_view digits) {
    const char* const last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, value);
    if (end != last || error == std::errc::invalid_argument) return CsvFault::not_an_integer;
    return error == std::errc::result_out_of_range ? CsvFault::out_of_range : CsvFault::none;
  };
  const CsvFault fault = parse(text);
  if (fault != CsvFault::not_an_integer) return fault;
  std::optional<Decimal> number = decimal_in(text);
  if (!number) return fault;
  value = 0;
  if (number->digits.empty()) return CsvFault::none;
  if (number->exponent < 0) return CsvFault::has_a_fraction;
  if (number->exponent > 20) return CsvFault::out_of_range;
  number->digits.append(static_cast<std::size_t>(number->exponent), '0');
  return parse((number->negative ? "-" : "") + number->digits);
}

CsvFault parse_truth(std::string_view text, std::uint8_t& value) {
  value = text == "1" || text == "true" ? 1 : 0;
  return value == 1 || text == "0" || text == "false" ? CsvFault::none
                                                      : CsvFault::not_a_truth_value;
}

template <class T>
CsvFault put(std::string_view text, bool allow_non_finite, std::byte* to) {
  T value{};
  CsvFault fault = CsvFault::none;
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    fault = parse_truth(text, value);
  } else if constexpr (std::is_floating_point_v<T>) {
    fault = parse_floating(without_plus(text), value);
    if (fault == CsvFault::none && !allow_non_finite && !std::isfinite(value))
      fault = CsvFault::not_finite;
  } else {
    fault = parse_integer(without_plus(text), value);
  }
  if (fault == CsvFault::none) std::memcpy(to, &value, sizeof value);
  return fault;
}

/// Returns true for words that people and programs write for unknown values.
bool means_missing(std::string_view text) {
  constexpr std::array<std::string_view, 9> words{"na",   "n/a", "null", "none",   "nil",
                                                  "#n/a", "?",   "-",    "missing"};
  std::string lower(text.substr(0, 10));
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::find(words, lower) != words.end();
}

/// Returns advice for text that is not a number.
std::string advice(std::string_view text) {
  if (means_missing(text))
    return "; if it marks a missing value, leave the cell empty and see CsvOptions::missing";
  const std::string_view number = text.substr(text.find_first_not_of("+-") == 1 ? 1 : 0);
  if (number[0] >= '0' && number[0] <= '9' &&
      number.find_first_not_of("0123456789.,' _") == std::string_view::npos)
    return "; write numbers as 1234.5, with a decimal point and no thousands separators";
  if (number.starts_with("0x") || number.starts_with("0X"))
    return "; hexadecimal numbers are not supported";
  return {};
}

}  // namespace

CsvFault parse_csv_value(std::string_view text, DType dtype, bool allow_non_finite, std::byte* to) {
  switch (dtype) {
    case DType::f32:
      return put<float>(text, allow_non_finite, to);
    case DType::f64:
      return put<double>(text, allow_non_finite, to);
    case DType::i32:
      return put<std::int32_t>(text, allow_non_finite, to);
    case DType::i64:
      return put<std::int64_t>(text, allow_non_finite, to);
    case DType::boolean:
      break;
  }
  return put<std::uint8_t>(text, allow_non_finite, to);
}

std::string csv_fault_text(CsvFault fault, std::string_view text, DType dtype) {
  const std::string quoted = in_quotes(text, 40);
  const std::string type(name_of(dtype));
  switch (fault) {
    case CsvFault::none:
      break;
    case CsvFault::not_a_number: {
      const std::string why = advice(text);
      return quoted + " is not a number" +
             (why.empty() ? "; if the column is text, list it in CsvOptions::text" : why);
    }
    case CsvFault::not_finite:
      return quoted +
             " is not a finite number; remove the row, or set CsvOptions::allow_non_finite";
    case CsvFault::out_of_range:
      return quoted + " is out of the range of " + type;
    case CsvFault::not_an_integer:
      return quoted + " is not an integer" + advice(text);
    case CsvFault::has_a_fraction:
      return quoted + " is not an integer, as " + type + " requires";
    case CsvFault::not_a_truth_value:
      return quoted + " is not a boolean, expected 0, 1, true or false";
  }
  return {};
}

bool is_csv_number(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  if (text.empty()) return false;
  const CsvFault fault = parse_floating(without_plus(text), value);
  return fault == CsvFault::none || fault == CsvFault::out_of_range;
}

}  // namespace foregraph::detail
