// How far the library's own vector functions are from the exact values, in units in the last place.
#include <algorithm>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <foregraph/detail/ops/activation/tanh.hpp>
#include <foregraph/detail/ops/math/erf.hpp>
#include <foregraph/detail/ops/sequence/lstm.hpp>
#include <limits>
#include <vector>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Every 60,013th float between 1e-30 and 100, of both signs.
std::vector<double> floats() {
  std::vector<double> values;
  const auto last = std::bit_cast<std::uint32_t>(100.0F);
  for (auto bits = std::bit_cast<std::uint32_t>(1e-30F); bits < last; bits += 60'013) {
    values.push_back(std::bit_cast<float>(bits));
    values.push_back(-std::bit_cast<float>(bits));
  }
  return values;
}

double largest_error(const Function& f, double (*reference)(double)) {
  const std::vector<double> x = floats();
  const std::vector<double> y = evaluate(f, {{{static_cast<std::int64_t>(x.size())}, x, f32}});
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact = reference(x[i]);
    const auto size = static_cast<float>(std::abs(exact));
    const double unit = static_cast<double>(std::nextafter(size, 2.0F)) - size;
    largest = std::max(largest, std::abs(y[i] - exact) / unit);
    BOOST_REQUIRE_LE(std::abs(y[i]), 1);
  }
  return largest;
}

void check_special(const Function& f) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> y = evaluate(f, {{{5}, {infinity, -infinity, nan, 0, -0.0}, f32}});
  BOOST_TEST(y[0] == 1);
  BOOST_TEST(y[1] == -1);
  BOOST_TEST(std::isnan(y[2]));
  BOOST_TEST((y[3] == 0 && !std::signbit(y[3])));
  BOOST_TEST((y[4] == 0 && std::signbit(y[4])));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vector_math)

BOOST_AUTO_TEST_CASE(tanh_is_within_3_units) {
  const auto f = [](Graph&, const auto& x) { return tanh(x[0]); };
  BOOST_TEST(largest_error(f, [](double x) { return std::tanh(x); }) < 3);
  check_special(f);
}

BOOST_AUTO_TEST_CASE(logistic_is_within_4_units) {
  // The input gate of an LSTM of one unit and one step.
  const auto f = [](Graph& g, const auto& x) {
    const Dim count = x[0].shape()[0];
    const Tensor each = reshape(x[0], {count, Dim{1}, Dim{1}});
    const Tensor gates = broadcast_to(each, {count, Dim{1}, Dim{4}});
    const Tensor weights = broadcast_to(g.constant(0, f32), {1, 4});
    return slice(g.append(lstm_op, {gates, weights}, {}, Location::current()), 2, 0, 1);
  };
  BOOST_TEST(largest_error(f, [](double x) { return 1 / (1 + std::exp(-std::max(x, -87.0))); }) <
             4);
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> y = evaluate(f, {{{4}, {infinity, -infinity, nan, 0}, f32}});
  BOOST_TEST(y[0] == 1);
  BOOST_TEST(y[1] < 1e-37);
  BOOST_TEST(std::isnan(y[2]));
  BOOST_TEST(y[3] == 0.5);
}

BOOST_AUTO_TEST_CASE(erf_is_within_4_units) {
  const auto f = [](Graph&, const auto& x) { return erf(x[0]); };
  BOOST_TEST(largest_error(f, [](double x) { return std::erf(x); }) < 4);
  check_special(f);
}

BOOST_AUTO_TEST_SUITE_END()
