#include <boost/test/unit_test.hpp>
#include <foregraph/detail/nn/layers/numbered.hpp>
#include <string_view>

using namespace foregraph;

BOOST_AUTO_TEST_SUITE(numbered_names)

BOOST_AUTO_TEST_CASE(names_of_layers_in_a_loop) {
  constexpr nn::numbered name("block", 107);
  static_assert(std::string_view(name) == "block107");
  BOOST_TEST(std::string_view(nn::numbered("x", 0)) == "x0");
  BOOST_TEST(std::string_view(nn::numbered("a stem of more than twenty letters", 12)) ==
             "a stem of more than 12");
}

BOOST_AUTO_TEST_SUITE_END()
