// The numbers of a CSV file, read at once and lazily.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <limits>

#include "data/csv/csv_reading.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// The only value of a file of one column.
template <class T>
T number_of(const std::string& cell, data::CsvOptions options = {}) {
  options.fields = {{"x", detail::field_dtype<T>, {"x"}}};
  const CsvBothWays read("x\n" + cell + "\n", options);
  return read.value<T>("x", 0);
}

void not_a_number(DType dtype, const std::string& cell, std::initializer_list<const char*> parts,
                  data::CsvOptions options = {}) {
  options.fields = {{"x", dtype, {"x"}}};
  csv_refused("x\n" + cell + "\n", parts, options);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv_numbers)

BOOST_AUTO_TEST_CASE(too_small_is_zero_and_too_large_is_refused) {
  BOOST_TEST(number_of<float>("1e-50") == 0.0F);
  BOOST_TEST(std::signbit(number_of<float>("-1e-50")));
  BOOST_TEST(number_of<double>("1e-50") == 1e-50);
  BOOST_TEST(number_of<double>("1e-400") == 0.0);
  BOOST_TEST(number_of<double>("-0.00001e-99999999999999999999") == 0.0);
  BOOST_TEST(number_of<double>("0e99999999999999999999") == 0.0);
  BOOST_TEST(number_of<double>("0." + std::string(500, '0') + "1") == 0.0);
  // Subnormal numbers are numbers, the least of them included.
  BOOST_TEST(number_of<float>("1e-45") == std::numeric_limits<float>::denorm_min());
  BOOST_TEST(number_of<float>("1.5e-40") == 1.5e-40F);
  BOOST_TEST(number_of<double>("4.9e-324") == std::numeric_limits<double>::denorm_min());
  BOOST_TEST(number_of<double>("2.2250738585072011e-308") == 2.2250738585072011e-308);
  for (const char* cell : {"3.5e38", "-1e39", "1e400", "1e99999999999999999999"})
    not_a_number(f32, cell, {":2, column 1 ('x')", cell, "is out of the range of f32"});
  for (const std::string& cell : {std::string("1e309"), "1" + std::string(400, '0')})
    not_a_number(f64, cell, {"is out of the range of f64"});
  BOOST_TEST(number_of<double>("1" + std::string(308, '0')) == 1e308);
}

BOOST_AUTO_TEST_CASE(integers_are_exact_in_any_notation) {
  BOOST_TEST(number_of<std::int64_t>("3e9") == 3'000'000'000);
  BOOST_TEST(number_of<std::int64_t>("3000000000.0") == 3'000'000'000);
  BOOST_TEST(number_of<std::int64_t>("9007199254740993.0") == 9'007'199'254'740'993);
  BOOST_TEST(number_of<std::int64_t>("9223372036854775807.000") == INT64_MAX);
  BOOST_TEST(number_of<std::int64_t>("-9223372036854775808.0") == INT64_MIN);
  BOOST_TEST(number_of<std::int64_t>("0.9007199254740993e16") == 9'007'199'254'740'993);
  BOOST_TEST(number_of<std::int64_t>("9007199254740993000e-3") == 9'007'199'254'740'993);
  BOOST_TEST(number_of<std::int64_t>("+12E+2") == 1200);
  BOOST_TEST(number_of<std::int32_t>("-2147483648.0") == INT32_MIN);
  BOOST_TEST(number_of<std::int32_t>("2147483647") == INT32_MAX);
  BOOST_TEST(number_of<std::int32_t>("1e5") == 100'000);
  BOOST_TEST(number_of<std::int32_t>("-0.0") == 0);
  BOOST_TEST(number_of<std::int32_t>("0e-999999999999999999999") == 0);
  BOOST_TEST(number_of<std::int32_t>(" \t7. ") == 7);
  for (const char* cell : {"2147483648", "2147483648.0", "-2147483649.0", "1e10", "1e400"})
    not_a_number(i32, cell, {cell, "is out of the range of i32"});
  for (const char* cell : {"9223372036854775808", "9223372036854775808.0", "1e19", "1e99999999999"})
    not_a_number(i64, cell, {cell, "is out of the range of i64"});
  for (const char* cell : {"0.5", "1e-1", "9007199254740992.5", "1e-400"})
    not_a_number(i64, cell, {cell, "is not an integer, as i64 requires"});
}

BOOST_AUTO_TEST_CASE(what_is_no_number) {
  for (const char* cell : {"+-5", "-+5", "--5", "++5", "+", "-", ".", "1e", "1e+", "1e+-5", "e5",
                           "1.2.3", "0x10", "1e5x", "5 6", "nan(123)", "infinit", "١"}) {
    not_a_number(f32, cell, {":2, column 1 ('x')", cell, "is not a number"},
                 {.allow_non_finite = true});
    not_a_number(i64, cell, {cell, "is not an integer"});
  }
  BOOST_TEST(number_of<float>("+.5") == 0.5F);
  BOOST_TEST(number_of<float>("5.") == 5.0F);
  const data::CsvOptions any{.allow_non_finite = true};
  for (const char* cell : {"inf", "+INF", "Infinity"})
    BOOST_TEST(number_of<float>(cell, any) == std::numeric_limits<float>::infinity());
  BOOST_TEST(number_of<float>("-inf", any) == -std::numeric_limits<float>::infinity());
  BOOST_TEST(std::isnan(number_of<double>("NaN", any)));
  not_a_number(f64, "inf", {"'inf' is not a finite number"});
  not_a_number(i32, "inf", {"'inf' is not an integer"}, any);
  for (const char* cell : {"2", "1.0", "yes", "TRUE"})
    not_a_number(boolean, cell, {"not a boolean"});
}

BOOST_AUTO_TEST_CASE(advice_for_what_is_meant) {
  not_a_number(f32, "NA", {"'NA' is not a number", "leave the cell empty", "CsvOptions::missing"});
  not_a_number(i32, "null", {"'null' is not an integer", "leave the cell empty"});
  not_a_number(f32, "\"1,234.5\"", {"'1,234.5' is not a number", "no thousands separators"});
  not_a_number(f32, "-1'000", {"is not a number", "no thousands separators"});
  not_a_number(f32, "0x10", {"'0x10' is not a number", "hexadecimal"});
  not_a_number(f32, "red", {"'red' is not a number", "CsvOptions::text"});
}

BOOST_AUTO_TEST_CASE(control_characters_are_escaped_in_messages) {
  using namespace std::string_literals;
  not_a_number(f32, "1\0002"s, {"'1\\x002' is not a number"});
  not_a_number(i32, "\x1b[2J"s, {"'\\x1b[2J' is not an integer"});
  not_a_number(boolean, "\"a\nb\"", {"'a\\x0ab' is not a boolean"});
  csv_refused("a\x07,label\nx,1\n", {"column 1 ('a\\x07')"});
  csv_refused("a\x07,label\n1,1\n", {"no column 'z\\x01'", "'a\\x07', 'label'"},
              {.label = "z\x01"});
}

BOOST_AUTO_TEST_SUITE_END()
