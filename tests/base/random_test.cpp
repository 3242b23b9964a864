#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/base/random.hpp>
#include <initializer_list>

namespace {

namespace fg = foregraph;

BOOST_AUTO_TEST_SUITE(random_numbers)

// For both ways of computing it: with a type of 128 bits, where there is one, and without.
template <class Product>
void check_products(const Product& product) {
  constexpr std::uint64_t most = ~std::uint64_t{0};
  const auto is = [&](std::uint64_t a, std::uint64_t b, std::uint64_t high, std::uint64_t low) {
    const fg::WideProduct result = product(a, b);
    BOOST_TEST(result.high == high, a << " * " << b << ": high half " << result.high);
    BOOST_TEST(result.low == low, a << " * " << b << ": low half " << result.low);
  };
  is(0, most, 0, 0);
  is(1, most, 0, most);
  is(most, most, most - 1, 1);
  is(std::uint64_t{1} << 32, std::uint64_t{1} << 32, 1, 0);
  is(most, 2, 1, most - 1);
  is(0xffffffff, 0xffffffff, 0, 0xfffffffe00000001);
}

BOOST_AUTO_TEST_CASE(products_of_128_bits) {
  check_products(fg::wide_product);
  check_products(fg::wide_product_of_halves);
}

BOOST_AUTO_TEST_CASE(both_products_are_equal) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t a = fg::random_bits(3, 1, i);
    const std::uint64_t b = fg::random_bits(3, 2, i) >> (i % 64);
    const fg::WideProduct one = fg::wide_product(a, b);
    const fg::WideProduct other = fg::wide_product_of_halves(a, b);
    BOOST_TEST((one.high == other.high && one.low == other.low), a << " * " << b);
  }
}

BOOST_AUTO_TEST_CASE(numbers_below_a_bound) {
  for (const std::uint64_t bound : {1ULL, 2ULL, 1000ULL, 1ULL << 40})
    for (std::uint64_t i = 0; i < 100; ++i)
      BOOST_TEST(fg::random_below(bound, fg::random_bits(7, bound, i)) < bound);
  BOOST_TEST(fg::random_below(10, ~std::uint64_t{0}) == 9U);
  BOOST_TEST(fg::random_below(10, 0) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
