#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/base/random.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/random/random_normal.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace random_checks {

std::vector<double> at_step(double step, std::int64_t seed, std::size_t count, DType dtype = f32) {
  return evaluate([&](Graph&, const auto& x) { return random_uniform_at_step(x[0], seed, x[1]); },
                  {{{static_cast<std::int64_t>(count)}, std::vector<double>(count, 1.0), dtype},
                   {{}, {step}, i64}});
}

/// The mean of f over the values.
template <class F>
double mean_of(const std::vector<double>& values, const F& f) {
  double total = 0;
  for (const double v : values) total += f(v);
  return total / static_cast<double>(values.size());
}

}  // namespace random_checks

BOOST_AUTO_TEST_SUITE(random_ops)

using namespace random_checks;

BOOST_AUTO_TEST_CASE(uniform_numbers_have_the_moments_of_their_distribution) {
  constexpr std::size_t n = 200000;
  for (const DType dtype : {f32, f64}) {
    const auto u = at_step(2, 5, n, dtype);
    for (const double v : u) BOOST_REQUIRE(v >= 0 && v < 1);
    // 4.5 deviations of each mean.
    const double room = 4.5 / std::sqrt(static_cast<double>(n));
    BOOST_TEST(std::abs(mean_of(u, [](double v) { return v; }) - 0.5) < room * std::sqrt(1.0 / 12));
    BOOST_TEST(std::abs(mean_of(u, [](double v) { return v * v; }) - 1.0 / 3) <
               room * std::sqrt(4.0 / 45));
    std::vector<double> products;
    for (std::size_t i = 1; i < n; ++i) products.push_back((u[i] - 0.5) * (u[i - 1] - 0.5));
    BOOST_TEST(std::abs(mean_of(products, [](double v) { return v; })) < room / 12);
  }
}

BOOST_AUTO_TEST_CASE(normal_numbers_have_the_moments_of_their_distribution) {
  constexpr std::int64_t n = 200000;
  for (const DType dtype : {f32, f64}) {
    const auto z = evaluate([](Graph&, const auto& x) { return random_normal(x[0]); },
                            {{{n}, std::vector<double>(n, 0.0), dtype}});
    const double room = 4.5 / std::sqrt(static_cast<double>(n));
    const auto moment = [&](int k) { return mean_of(z, [&](double v) { return std::pow(v, k); }); };
    BOOST_TEST(std::abs(moment(1)) < room);
    BOOST_TEST(std::abs(moment(2) - 1) < room * std::sqrt(2.0));
    BOOST_TEST(std::abs(moment(3)) < room * std::sqrt(15.0));
    BOOST_TEST(std::abs(moment(4) - 3) < room * std::sqrt(96.0));
    BOOST_TEST(std::abs(mean_of(z, [](double v) { return v > 1.96 ? 1.0 : 0.0; }) - 0.025) <
               room * std::sqrt(0.025 * 0.975));
  }
}

BOOST_AUTO_TEST_CASE(a_number_follows_from_seed_step_and_index_alone) {
  const auto u = at_step(3, 11, 1000, f64);
  BOOST_TEST(u == at_step(3, 11, 1000, f64));
  BOOST_TEST(u != at_step(4, 11, 1000, f64));
  BOOST_TEST(u != at_step(3, 12, 1000, f64));
  const auto single = at_step(3, 11, 1000);
  for (std::size_t i = 0; i < u.size(); ++i) {
    const std::uint64_t bits = random_bits(11 ^ seed_of_uniform, 3, i);
    BOOST_TEST(u[i] == std::ldexp(static_cast<double>(bits >> 11U), -53));
    BOOST_TEST(single[i] == std::ldexp(static_cast<double>(bits >> 40U), -24));
  }
}

BOOST_AUTO_TEST_CASE(a_part_of_a_batch_has_the_numbers_of_the_whole) {
  // Axes of 2, the samples, and 3; samples 2 to 4 of 7.
  const auto whole = evaluate(
      [](Graph& g, const auto& x) { return random_uniform_at_step(x[0], 9, g.constant(1, i64)); },
      {{{2, batch, 3}, std::vector<double>(42, 0.0), f32}}, 7);
  const auto part = evaluate(
      [](Graph& g, const auto& x) {
        const Tensor step = g.constant(1, i64);
        const Tensor first = g.constant(2, i64);
        const Tensor samples = g.constant(7, i64);
        return random_uniform_of_part(x[0], step, first, samples, 9);
      },
      {{{2, batch, 3}, std::vector<double>(18, 0.0), f32}}, 3);
  for (std::size_t run = 0; run < 2; ++run)
    for (std::size_t i = 0; i < 9; ++i) BOOST_TEST(part[run * 9 + i] == whole[run * 21 + 6 + i]);
}

BOOST_AUTO_TEST_CASE(every_call_has_its_own_numbers) {
  const auto y = evaluate(
      [](Graph&, const auto& x) {
        const Tensor a = random_normal(x[0]);
        const Tensor b = random_normal(x[0]);
        return a - b;
      },
      {{{1000}, std::vector<double>(1000, 1.0), f32}});
  BOOST_TEST(std::abs(mean_of(y, [](double v) { return v * v; }) - 2) < 0.5);
}

BOOST_AUTO_TEST_CASE(no_gradient_flows_through_the_numbers) {
  const auto y = evaluate(
      [](Graph& g, const auto& x) {
        const Tensor noise = random_normal(x[0]);
        const Tensor scaled = multiply(noise, x[0]);
        return gradient(g, sum(scaled), {x[0]})[0] - noise;
      },
      {{{100}, std::vector<double>(100, 3.0), f64}});
  for (const double v : y) BOOST_TEST(v == 0);
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)random_normal(g.input("x", {batch}, i32)); }),
                 "[random_uniform]");
  check_contains(graph_error([](Graph& g) {
                   (void)random_uniform_at_step(g.input("x", {3}), 1, g.input("n", {2}, i64));
                 }),
                 "rank");
}

BOOST_AUTO_TEST_SUITE_END()
