#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/graph/initializer.hpp>
#include <string>

#include "graph/checks.hpp"

namespace fg = foregraph;
using Kind = fg::Initializer::Kind;

BOOST_AUTO_TEST_SUITE(initializer)

BOOST_AUTO_TEST_CASE(square_roots_in_the_compiler_equal_those_of_the_library) {
  for (const double x : {1e-18, 1e-12, 0.5, 1.0, 2.0, 6.0 / 1296, 1e12, 1e18})
    BOOST_TEST(fg::detail::constexpr_sqrt(x) == std::sqrt(x), boost::test_tools::tolerance(1e-15));
  HOLDS_IN_BOTH_MOMENTS(fg::detail::constexpr_sqrt(0) == 0);
  HOLDS_IN_BOTH_MOMENTS(fg::detail::constexpr_sqrt(-1) == 0);
  HOLDS_IN_BOTH_MOMENTS(fg::detail::constexpr_sqrt(9) == 3);
}

BOOST_AUTO_TEST_CASE(glorot_limit_follows_from_both_fans) {
  constexpr auto init = fg::layer_initializer(fg::LayerInit::glorot_uniform, 784, 512, 7);
  BOOST_TEST((init.kind == Kind::uniform));
  BOOST_TEST(init.scale == std::sqrt(6.0 / (784 + 512)), boost::test_tools::tolerance(1e-15));
  BOOST_TEST(init.seed == 7U);
}

BOOST_AUTO_TEST_CASE(he_deviation_follows_from_the_fan_in) {
  constexpr auto init = fg::layer_initializer(fg::LayerInit::he_normal, 784, 512, 7);
  BOOST_TEST((init.kind == Kind::normal));
  BOOST_TEST(init.scale == std::sqrt(2.0 / 784), boost::test_tools::tolerance(1e-15));
  BOOST_TEST(init.seed == 7U);
}

BOOST_AUTO_TEST_CASE(other_layer_initialisers) {
  const auto check = [](fg::LayerInit which, Kind kind, double scale) {
    const auto init = fg::layer_initializer(which, 784, 512, 7);
    BOOST_TEST((init.kind == kind));
    BOOST_TEST(init.scale == scale, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(init.seed == 7U);
  };
  check(fg::LayerInit::glorot_normal, Kind::normal, std::sqrt(2.0 / (784 + 512)));
  check(fg::LayerInit::he_uniform, Kind::uniform, std::sqrt(6.0 / 784));
  check(fg::LayerInit::lecun_uniform, Kind::uniform, std::sqrt(3.0 / 784));
  check(fg::LayerInit::lecun_normal, Kind::truncated_normal,
        std::sqrt(1.0 / 784) / 0.87962566103423978);
  check(fg::LayerInit::orthogonal, Kind::orthogonal, 1);
}

BOOST_AUTO_TEST_CASE(a_vector_cannot_be_orthogonal) {
  fg::Graph g;
  BOOST_CHECK_EXCEPTION((void)g.parameter("p", {3}, fg::orthogonal()), fg::GraphError,
                        [](const fg::GraphError& error) {
                          return std::string(error.what())
                                     .find(
                                         "an orthogonal initializer for fewer than two axes: "
                                         "f32[3]; expected a shape [rows,columns]") !=
                                 std::string::npos;
                        });
}

BOOST_AUTO_TEST_CASE(zeros_are_the_constant_0) {
  HOLDS_IN_BOTH_MOMENTS(fg::layer_initializer(fg::LayerInit::zeros, 3, 4, 7).kind ==
                        Kind::constant);
  HOLDS_IN_BOTH_MOMENTS(fg::zeros().scale == 0 && fg::filled_with(0.5).scale == 0.5);
}

BOOST_AUTO_TEST_SUITE_END()
