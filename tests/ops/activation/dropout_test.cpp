#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/base/random.hpp>
#include <foregraph/detail/ops/activation/dropout.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace dropout_checks {

std::vector<double> at_step(double step, double rate, std::int64_t seed, std::size_t count,
                            DType dtype = f32) {
  return evaluate([&](Graph&, const auto& x) { return dropout_at_step(x[0], rate, seed, x[1]); },
                  {{{static_cast<std::int64_t>(count)}, std::vector<double>(count, 1.0), dtype},
                   {{}, {step}, i64}});
}

}  // namespace dropout_checks

BOOST_AUTO_TEST_SUITE(dropout_ops)

using namespace dropout_checks;

BOOST_AUTO_TEST_CASE(keeps_the_right_part_and_the_mean) {
  constexpr std::size_t n = 100001;
  for (const double rate : {0.0, 0.1, 0.5, 0.9}) {
    const auto y = at_step(4, rate, 7, n);
    double kept = 0;
    double pairs = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (y[i] != 0) {
        ++kept;
        check_close(1 / (1 - rate), y[i], 1e-6, "kept element");
        pairs += i > 0 && y[i - 1] != 0 ? 1 : 0;
      }
    }
    const double keep = 1 - rate;
    const double deviation = std::sqrt(keep * rate / n);
    BOOST_TEST(std::abs(kept / n - keep) <= 4.5 * deviation);
    // neighbours are independent
    BOOST_TEST(std::abs(pairs / n - keep * keep) <= 9 * deviation + 1.0 / n);
  }
}

BOOST_AUTO_TEST_CASE(the_mask_follows_from_seed_step_and_index_alone) {
  const auto y = at_step(3, 0.5, 11, 1000);
  BOOST_TEST(y == at_step(3, 0.5, 11, 1000));
  BOOST_TEST(y == at_step(3, 0.5, 11, 1000, f64));
  BOOST_TEST(y != at_step(4, 0.5, 11, 1000));
  BOOST_TEST(y != at_step(3, 0.5, 12, 1000));
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::uint64_t bits = random_bits(11, 3, i / 2);
    BOOST_TEST((y[i] != 0) == ((i % 2 == 0 ? bits & 0xffffffffU : bits >> 32) >= 0x80000000U));
  }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  const auto f = [](Graph& g, const auto& x) {
    return dropout_at_step(x[0] * x[0], 0.4, 3, g.constant(5, i64));
  };
  check_gradient(f, {random_input({batch, 7}, 1)});
}

BOOST_AUTO_TEST_CASE(every_dropout_has_its_own_mask) {
  const auto y = evaluate(
      [](Graph&, const auto& x) {
        const Tensor a = dropout(x[0], 0.5);
        const Tensor b = dropout(x[0], 0.5);
        return a - b;
      },
      {{{1000}, std::vector<double>(1000, 1.0), f32}});
  int different = 0;
  for (const double d : y) different += d != 0 ? 1 : 0;
  BOOST_TEST(different > 400);
  BOOST_TEST(different < 600);
}

BOOST_AUTO_TEST_CASE(one_step_counter_for_all) {
  Graph g;
  const Tensor x = g.input("x", {batch, 3});
  (void)dropout(dropout(x, 0.1), 0.2);
  BOOST_TEST(g.variables.size() == 1U);
  BOOST_TEST(g.updates.size() == 1U);
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  for (const double rate : {-0.1, 1.0, std::nan("")})
    check_contains(graph_error([&](Graph& g) { (void)dropout(g.input("x", {batch}), rate); }),
                   "the dropout rate is not in [0, 1)");
  check_contains(graph_error([](Graph& g) { (void)dropout(g.input("x", {batch}, i32), 0.5); }),
                 "not defined for this dtype");
  check_contains(graph_error([](Graph& g) {
                   (void)dropout_at_step(g.input("x", {3}), 0.5, 1, g.input("n", {2}, i64));
                 }),
                 "rank");
}

BOOST_AUTO_TEST_SUITE_END()
