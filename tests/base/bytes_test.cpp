#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/plan.hpp>
#include <limits>

#include "graph/checks.hpp"

namespace fg = foregraph;
using fg::Bytes;
using namespace fg::literals;

BOOST_AUTO_TEST_SUITE(bytes)

BOOST_AUTO_TEST_CASE(literals_are_binary_units) {
  HOLDS_IN_BOTH_MOMENTS((1_KiB).count == 1024 && (3_MiB).count == 3 * 1024 * 1024);
  HOLDS_IN_BOTH_MOMENTS(1_GiB == Bytes{1 << 30} && 5_B + 3_B == 8_B && 1_KiB - 1_B == 1023_B);
  HOLDS_IN_BOTH_MOMENTS(1_KiB < 1_MiB && 1024_MiB >= 1_GiB);
}

BOOST_AUTO_TEST_CASE(small_sizes_print_exactly_and_large_ones_with_three_digits) {
  BOOST_TEST(fg::to_string(Bytes{0}) == "0 B");
  BOOST_TEST(fg::to_string(Bytes{64}) == "64 B");
  BOOST_TEST(fg::to_string(Bytes{1792}) == "1,792 B");
  BOOST_TEST(fg::to_string(Bytes{9999}) == "9,999 B");
  BOOST_TEST(fg::to_string(Bytes{10'000}) == "9.77 KiB");
  BOOST_TEST(fg::to_string(Bytes{12'800}) == "12.5 KiB");
  BOOST_TEST(fg::to_string(512_KiB) == "512 KiB");
  BOOST_TEST(fg::to_string(1_MiB) == "1.00 MiB");
  BOOST_TEST(fg::to_string(1536_MiB) == "1.50 GiB");
  BOOST_TEST(fg::to_string(2048_GiB) == "2.00 TiB");
}

BOOST_AUTO_TEST_CASE(rounding_moves_to_the_next_unit) {
  BOOST_TEST(fg::to_string(Bytes{1024 * 1024 - 1}) == "1.00 MiB");
  BOOST_TEST(fg::to_string(Bytes{10 * 1024 - 1}) == "10.0 KiB");
  BOOST_TEST(fg::to_string(Bytes{100 * 1024 - 1}) == "100 KiB");
}

BOOST_AUTO_TEST_CASE(sizes_that_round_alike_print_exactly_beside_each_other) {
  BOOST_TEST(fg::to_string_beside(32_MiB + 64_B, 32_MiB) == "32.0 MiB (33,554,496 B)");
  BOOST_TEST(fg::to_string_beside(32_MiB, 32_MiB + 64_B) == "32.0 MiB (33,554,432 B)");
  BOOST_TEST(fg::to_string_beside(32_MiB, 32_MiB) == "32.0 MiB");
  BOOST_TEST(fg::to_string_beside(33_MiB, 32_MiB) == "33.0 MiB");
  BOOST_TEST(fg::to_string_beside(9999_B, 9998_B) == "9,999 B");
}

BOOST_AUTO_TEST_CASE(differences_may_be_negative) {
  BOOST_TEST(fg::to_string(1_KiB - 3_KiB) == "-2,048 B");
  BOOST_TEST(fg::to_string(Bytes{std::numeric_limits<std::int64_t>::min()}) == "-8.00 EiB");
}

BOOST_AUTO_TEST_SUITE_END()
