#include <charconv>
#include <cmath>
#include <cstring>
#include <foregraph/runtime/data/csv_value.hpp>
#include <type_traits>

namespace foregraph::detail {
namespace {

template <class T>
T parse(std::string_view text, const CsvOptions& options, const CsvPlace& where) {
  text = trimmed(text);
  if (text.empty()) {
    if (!options.missing.fill())
      where.fail("the value is missing; fill it in, or set CsvOptions::missing to a value");
    return static_cast<T>(*options.missing.fill());
  }
  const auto quoted = [&] { return '\'' + std::string(text.substr(0, 40)) + '\''; };
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    if (text == "0" || text == "false") return 0;
    if (text == "1" || text == "true") return 1;
    where.fail(quoted() + " is no truth value; expected 0, 1, true or false");
  } else {
    std::string_view digits = text;
    if (digits.front() == '+') digits.remove_prefix(1);
    T value{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = end == digits.data() + digits.size();
    if constexpr (std::is_floating_point_v<T>) {
      if (whole && error == std::errc::result_out_of_range)
        where.fail(quoted() + " is out of the range of " + std::string(name_of(dtype_of<T>)));
      if (error != std::errc() || !whole)
        where.fail(quoted() +
                   " is not a number; if the column is text, name it in CsvOptions::text");
      if (!std::isfinite(value) && !options.allow_non_finite)
        where.fail(quoted() +
                   " is not a finite number; remove the row, or set "
                   "CsvOptions::allow_non_finite");
    } else {
      if (whole && error == std::errc::result_out_of_range)
        where.fail(quoted() + " is out of the range of " + std::string(name_of(dtype_of<T>)));
      if (error != std::errc() || !whole) {
        double number = 0;  // 3.0 is an integer as well
        const auto [e, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (bad != std::errc() || e != digits.data() + digits.size())
          where.fail(quoted() + " is not an integer");
        if (number != std::floor(number) || std::abs(number) > 2147483647.0)
          where.fail(quoted() + " is not an integer, as " + std::string(name_of(dtype_of<T>)) +
                     " needs");
        value = static_cast<T>(number);
      }
    }
    return value;
  }
}

template <class T>
void put(std::string_view text, const CsvOptions& options, const CsvPlace& where, std::byte* to) {
  const T value = parse<T>(text, options, where);
  std::memcpy(to, &value, sizeof value);
}

}  // namespace

void parse_csv_value(std::string_view text, DType dtype, const CsvOptions& options,
                     const CsvPlace& where, std::byte* to) {
  switch (dtype) {
    case DType::f32:
      return put<float>(text, options, where, to);
    case DType::f64:
      return put<double>(text, options, where, to);
    case DType::i32:
      return put<std::int32_t>(text, options, where, to);
    case DType::i64:
      return put<std::int64_t>(text, options, where, to);
    case DType::boolean:
      return put<std::uint8_t>(text, options, where, to);
  }
}

bool is_csv_number(std::string_view text) {
  text = trimmed(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

}  // namespace foregraph::detail
