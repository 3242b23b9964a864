#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/reduction/norm.hpp>

#include "support/reduce_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace norm_test {
double reference(const std::vector<Group>& in) {
  double total = 0;
  for (const double v : in[0]) total += v * v;
  return std::sqrt(total);
}
/// The gradient of sum(f(x) * c) by x, for c of the shape of f(x).
std::vector<double> pulled(const Function& f, const Input& x, const Input& c) {
  return evaluate(
      [&](Graph& g, const auto& in) { return gradient(g, sum(f(g, {in[0]}) * in[1]), {in[0]})[0]; },
      {x, c});
}
void check_all(const std::vector<double>& expected, const std::vector<double>& actual) {
  BOOST_REQUIRE_EQUAL(expected.size(), actual.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    check_close(expected[i], actual[i], 1e-6, "element " + std::to_string(i));
}
}  // namespace norm_test

BOOST_AUTO_TEST_SUITE(norms)

BOOST_AUTO_TEST_CASE(norm_over_every_set_of_axes) {
  check_reduction([](const auto& x, Axes axes) { return norm(x[0], axes); }, norm_test::reference,
                  {f32, f64});
  const auto kept = [](Graph&, const auto& x) { return norm(x[0], {1}, KeepDims::yes); };
  Graph g;
  BOOST_TEST((kept(g, std::vector{g.input("x", {batch, 3})}).shape() == Shape{batch, 1}));
  BOOST_TEST((norm(g.input("y", {batch, 3})).shape() == Shape{}));
}

// PyTorch: the gradient of a norm of zeros is 0.
BOOST_AUTO_TEST_CASE(norm_of_zeros) {
  for (const DType dtype : {f32, f64}) {
    const Input x{{3, 2}, {3, 4, 0, 0, -5, 12}, dtype};
    const auto f = [](Graph&, const auto& in) { return norm(in[0], {1}); };
    norm_test::check_all({5, 0, 13}, evaluate(f, {x}));
    norm_test::check_all({0.6, 0.8, 0, 0, -10.0 / 13, 24.0 / 13},
                         norm_test::pulled(f, x, {{3}, {1, 7, 2}, dtype}));
    const auto spoilt = norm_test::pulled(f, x, {{3}, {1, std::nan(""), 2}, dtype});
    BOOST_TEST(!std::isnan(spoilt[1]));
    BOOST_TEST(std::isnan(spoilt[2]));
    BOOST_TEST(std::isnan(spoilt[3]));
  }
}

BOOST_AUTO_TEST_CASE(second_derivatives_of_a_norm_of_zeros_are_numbers) {
  const auto result = evaluate(
      [](Graph& g, const auto& in) {
        const Tensor by = gradient(g, sum(norm(in[0], {1})), {in[0]})[0];
        return gradient(g, sum(by * by), {in[0]})[0];
      },
      {{{2, 2}, {0, 0, 3, 4}}});
  norm_test::check_all({0, 0, 0, 0}, result);  // the gradient has length 1 around (3, 4)
}

// PyTorch: normalize() divides by max(norm, 1e-12), also for zeros: so the gradient there is large.
BOOST_AUTO_TEST_CASE(normalize_rows_of_zeros) {
  for (const DType dtype : {f32, f64}) {
    const Input x{{2, 2}, {3, 4, 0, 0}, dtype};
    norm_test::check_all({0.6, 0.8, 0, 0},
                         evaluate([](Graph&, const auto& in) { return normalize(in[0]); }, {x}));
    norm_test::check_all({0.6, 1, 0.8, 0},
                         evaluate([](Graph&, const auto& in) { return normalize(in[0], {0}); },
                                  {{{2, 2}, {3, 4, 4, 0}, dtype}}));
    const auto by =
        norm_test::pulled([](Graph&, const auto& in) { return normalize(in[0], {1}, 0.5); }, x,
                          {{2, 2}, {1, 0, 1, 0}, dtype});
    norm_test::check_all({0.128, -0.096, 2, 0}, by);  // (1 - 0.36) / 5, -0.48 / 5
  }
}

// PyTorch: each vector is divided by max(norm, 1e-8).
BOOST_AUTO_TEST_CASE(cosine_similarity_of_zeros) {
  for (const DType dtype : {f32, f64}) {
    const Input a{{4, 2}, {3, 4, 0, 0, 1, 0, 0, 0}, dtype};
    const Input b{{4, 2}, {4, 3, 1, 1, 0, 2, 0, 0}, dtype};
    const auto f = [](Graph&, const auto& in) { return cosine_similarity(in[0], in[1]); };
    norm_test::check_all({0.96, 0, 0, 0}, evaluate(f, {a, b}));
    const auto gradients = evaluate(
        [](Graph& g, const auto& in) {
          const Tensor loss = sum(cosine_similarity(in[0], in[1]));
          const auto by = gradient(g, loss, {in[0], in[1]});
          return by[0] + by[1];
        },
        {a, b});
    for (const double v : gradients) BOOST_TEST(std::isfinite(v));
    // Of large and of small vectors too, whose squares are numbers.
    norm_test::check_all(
        {1}, evaluate(f, {{{1, 2}, {1e15, 1e15}, dtype}, {{1, 2}, {1e-6, 1e-6}, dtype}}));
  }
}

BOOST_AUTO_TEST_CASE(cosine_similarity_broadcasts) {
  // Each of two queries with each of three keys.
  const auto y = evaluate([](Graph&, const auto& in) { return cosine_similarity(in[0], in[1]); },
                          {{{2, 1, 2}, {1, 0, 1, 1}}, {{1, 3, 2}, {1, 0, 0, 1, -1, -1}}});
  const double half = std::sqrt(0.5);
  norm_test::check_all({1, 0, -half, half, half, -1}, y);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return norm(x[0], {-1}); },
                 {random_input({batch, 4}, 1)});
  check_gradient([](Graph&, const auto& x) { return norm(x[0]); }, {random_input({batch, 2}, 2)});
  check_gradient([](Graph&, const auto& x) { return normalize(x[0]); },
                 {random_input({batch, 4}, 3)});
  check_gradient(
      [](Graph&, const auto& x) {
        return normalize(x[0], {0, 1});
      },
      {random_input({batch, 2}, 4)});
  check_gradient([](Graph&, const auto& x) { return cosine_similarity(x[0], x[1]); },
                 {random_input({batch, 3}, 5), random_input({batch, 3}, 6)});
  check_gradient([](Graph&, const auto& x) { return cosine_similarity(x[0], x[1]); },
                 {random_input({batch, 3}, 7), random_input({3}, 8)});
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  check_reduction_faults(
      "norm", [](const auto& x, Axes axes) { return norm(x[0], axes); }, 1, true);
  check_reduction_faults(
      "normalize", [](const auto& x, Axes axes) { return normalize(x[0], axes); }, 1, true);
  check_contains(graph_error([](Graph& g) { (void)normalize(g.input("x", {3}), {-1}, 0); }),
                 "[normalize] epsilon is not positive: f32[3]; expected an epsilon above 0");
  const auto similarity = [](Shape a, Shape b, DType dtype) {
    return graph_error([&](Graph& g) {
      const Tensor x = g.input("a", a);
      (void)cosine_similarity(x, g.input("b", b, dtype));
    });
  };
  check_contains(similarity({3, 4}, {3, 5}, f32), "[cosine_similarity] shapes do not broadcast");
  check_contains(similarity({3, 4}, {3, 4}, f64), "[cosine_similarity] dtypes differ");
  check_contains(similarity({}, {}, f32), "[cosine_similarity]");
}

BOOST_AUTO_TEST_SUITE_END()
