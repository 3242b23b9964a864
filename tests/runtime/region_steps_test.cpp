// Steps of a region that are two ops in one.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/foregraph.hpp>
#include <vector>

#include "support/op_check.hpp"

namespace fg = foregraph;

BOOST_AUTO_TEST_SUITE(region_steps)

BOOST_AUTO_TEST_CASE(every_pair_of_arithmetic_ops) {
  struct Arithmetic {
    fg::Tensor (*op)(fg::Tensor, fg::Tensor);
    double (*number)(double, double);
  };
  const Arithmetic ops[] = {
      {[](fg::Tensor a, fg::Tensor b) { return a + b; }, [](double a, double b) { return a + b; }},
      {[](fg::Tensor a, fg::Tensor b) { return a - b; }, [](double a, double b) { return a - b; }},
      {[](fg::Tensor a, fg::Tensor b) { return a * b; }, [](double a, double b) { return a * b; }},
      {[](fg::Tensor a, fg::Tensor) { return fg::square(a); },
       [](double a, double) { return a * a; }},
  };
  for (const Arithmetic& f : ops)
    for (const Arithmetic& g : ops)
      for (const Arithmetic& h : ops) {
        fg::test::check_elementwise(
            [&](fg::Graph&, const auto& x) { return g.op(f.op(x[0], x[1]), x[2]); },
            [&](const auto& v) { return g.number(f.number(v[0], v[1]), v[2]); }, 3);
        fg::test::check_elementwise(
            [&](fg::Graph&, const auto& x) { return g.op(x[2], f.op(x[0], x[1])); },
            [&](const auto& v) { return g.number(v[2], f.number(v[0], v[1])); }, 3);
        fg::test::check_elementwise(
            [&](fg::Graph&, const auto& x) { return h.op(f.op(x[0], x[1]), g.op(x[1], x[2])); },
            [&](const auto& v) { return h.number(f.number(v[0], v[1]), g.number(v[1], v[2])); }, 3);
      }
}

BOOST_AUTO_TEST_CASE(a_value_used_twice_is_made_once_and_kept) {
  fg::test::check_elementwise(
      [](fg::Graph&, const auto& x) {
        const fg::Tensor p = x[0] * x[1];
        return (p + x[2]) * (p - x[2]) + p;
      },
      [](const auto& v) {
        const double p = v[0] * v[1];
        return (p + v[2]) * (p - v[2]) + p;
      },
      3);
}

BOOST_AUTO_TEST_CASE(gelu_and_its_slope_at_once) {
  std::vector<double> x;
  for (int i = -3000; i <= 3000; ++i) x.push_back(static_cast<float>(i) / 200);
  const auto count = static_cast<std::int64_t>(x.size());
  for (const fg::DType dtype : {fg::f32, fg::f64}) {
    fg::Graph g;
    const fg::Tensor in = g.input("x", {fg::batch}, dtype);
    const fg::Tensor value = fg::gelu(in);
    const fg::Tensor slope = fg::gradient(g, fg::sum(value), {in})[0];
    g.outputs = {(value * 2.0 + slope).id};
    const std::vector<double> y =
        fg::test::evaluate_outputs(g, {{{fg::batch}, x, dtype}}, fg::Mode::training, count)[0];
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double cdf = 0.5 * std::erfc(-x[i] / std::sqrt(2.0));
      const double density = std::exp(-x[i] * x[i] / 2) / std::sqrt(2 * std::acos(-1.0));
      const double expected = 2 * x[i] * cdf + cdf + x[i] * density;
      worst = std::max(worst, std::abs(y[i] - expected) / (1 + std::abs(x[i])));
    }
    BOOST_TEST(worst < (dtype == fg::f32 ? 4e-7 : 1e-14));
  }
}

BOOST_AUTO_TEST_SUITE_END()
