#include <boost/test/unit_test.hpp>
#include <foregraph/detail/all_ops.hpp>
#include <foregraph/detail/autodiff/jacobian_products.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Two tensors in, one of another shape out: y[i] = sum_k tanh(a[i,k]) * exp(b[k]).
Tensor mixture(Tensor a, Tensor b) {
  const Tensor t = tanh(a);
  const Tensor e = exp(b);
  const Tensor products = t * e;
  return sum(products, {-1});
}

const Inputs operands{random_input({2, 3}, 1), random_input({3}, 2)};
const Inputs directions{random_input({2, 3}, 3), random_input({3}, 4)};

Inputs moved(double h) {
  Inputs result = operands;
  for (std::size_t i = 0; i < result.size(); ++i)
    for (std::size_t k = 0; k < result[i].values.size(); ++k)
      result[i].values[k] += h * directions[i].values[k];
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(products)

BOOST_AUTO_TEST_CASE(a_jacobian_vector_product_is_the_directional_derivative) {
  const auto f = [](Graph&, const auto& x) { return mixture(x[0], x[1]); };
  constexpr double h = 1e-6;
  const std::vector<double> above = evaluate(f, moved(h));
  const std::vector<double> below = evaluate(f, moved(-h));
  Inputs all = operands;
  all.insert(all.end(), directions.begin(), directions.end());
  const std::vector<double> result = evaluate(
      [](Graph& g, const auto& x) {
        const Tensor y = mixture(x[0], x[1]);
        const std::array<Tensor, 2> wrt{x[0], x[1]};
        const std::array<Tensor, 2> tangents{x[2], x[3]};
        return jvp(g, y, wrt, tangents);
      },
      all);
  BOOST_REQUIRE_EQUAL(result.size(), 2U);
  for (std::size_t i = 0; i < result.size(); ++i)
    check_close((above[i] - below[i]) / (2 * h), result[i], 1e-8, "tangent");
}

BOOST_AUTO_TEST_CASE(a_vector_jacobian_product_is_its_transpose) {
  Inputs all = operands;
  all.insert(all.end(), directions.begin(), directions.end());
  all.push_back(random_input({2}, 5));
  // <u, J v> - <J^T u, v> = 0
  const std::vector<double> difference = evaluate(
      [](Graph& g, const auto& x) {
        const Tensor y = mixture(x[0], x[1]);
        const std::array<Tensor, 2> wrt{x[0], x[1]};
        const std::array<Tensor, 2> tangents{x[2], x[3]};
        const Tensor forward = jvp(g, y, wrt, tangents);
        const Tensor left = sum(forward * x[4]);
        const std::vector<Tensor> pulled = vjp(g, y, x[4], wrt);
        const Tensor right = sum(pulled[0] * x[2]) + sum(pulled[1] * x[3]);
        return left - right;
      },
      all);
  check_close(0, difference[0], 1e-13, "difference");
}

BOOST_AUTO_TEST_CASE(a_hessian_vector_product_is_the_change_of_the_gradient) {
  const auto loss = [](Graph&, const auto& x) {
    const Tensor y = mixture(x[0], x[1]);
    return sum(y * y * y);
  };
  const auto gradient_at = [&](const Inputs& at, std::size_t which) {
    return evaluate(
        [&](Graph& g, const auto& x) {
          const Tensor total = loss(g, x);
          return foregraph::gradient(g, total, {x[which]})[0];
        },
        at);
  };
  Inputs all = operands;
  all.insert(all.end(), directions.begin(), directions.end());
  for (const std::size_t which : {std::size_t{0}, std::size_t{1}}) {
    constexpr double h = 1e-6;
    const std::vector<double> above = gradient_at(moved(h), which);
    const std::vector<double> below = gradient_at(moved(-h), which);
    const std::vector<double> result = evaluate(
        [&](Graph& g, const auto& x) {
          const Tensor total = loss(g, x);
          const std::array<Tensor, 2> wrt{x[0], x[1]};
          const std::array<Tensor, 2> tangents{x[2], x[3]};
          return hessian_vector_product(g, total, wrt, tangents)[which];
        },
        all);
    for (std::size_t i = 0; i < result.size(); ++i)
      check_close((above[i] - below[i]) / (2 * h), result[i], 1e-7, "product");
  }
}

BOOST_AUTO_TEST_CASE(third_derivatives) {
  // d^3/dx^3 of x^4 is 24 x.
  const std::vector<double> third = evaluate(
      [](Graph& g, const auto& x) {
        Tensor y = sum(x[0] * x[0] * x[0] * x[0]);
        for (int order = 0; order < 3; ++order) {
          const Tensor slope = foregraph::gradient(g, y, {x[0]})[0];
          y = order < 2 ? sum(slope) : slope;
        }
        return y;
      },
      {{{3}, {-1, 0.5, 2}, f64}});
  check_close(-24, third[0], 1e-13, "third derivative");
  check_close(12, third[1], 1e-13, "third derivative");
  check_close(48, third[2], 1e-13, "third derivative");
}

BOOST_AUTO_TEST_CASE(what_does_not_match_is_refused) {
  const auto refuses = [](const std::string& part, FunctionRef<void(Graph&, Tensor)> use) {
    check_contains(graph_error([&](Graph& g) { use(g, tanh(g.input("x", {batch, 3}))); }), part);
  };
  refuses("[tanh] shapes differ: f32[batch,3] and f32[3]",
          [](Graph& g, Tensor y) { (void)vjp(g, y, g.input("u", {3}), std::array<Tensor, 1>{y}); });
  refuses("[tanh] dtypes differ", [](Graph& g, Tensor y) {
    (void)vjp(g, y, g.input("u", {batch, 3}, f64), std::array<Tensor, 1>{y});
  });
  refuses("[tanh] the tangents do not match the tensors",
          [](Graph& g, Tensor y) { (void)jvp(g, y, std::array<Tensor, 1>{y}, {}); });
  refuses("[tanh] the tangents do not match the tensors: f32[batch,3]", [](Graph& g, Tensor y) {
    (void)jvp(g, y, std::array<Tensor, 1>{y}, std::array<Tensor, 1>{g.input("v", {1, 3})});
  });
  refuses("[sum] the tangents do not match the tensors", [](Graph& g, Tensor y) {
    (void)hessian_vector_product(g, sum(y), std::array<Tensor, 1>{y}, {});
  });
  refuses("[tanh] the loss is not a scalar",
          [](Graph& g, Tensor y) { (void)foregraph::gradient(g, y, {y}); });
  refuses("an operand belongs to another graph", [](Graph& g, Tensor y) {
    Graph other;
    (void)vjp(g, y, other.input("u", {batch, 3}), std::array<Tensor, 1>{y});
  });
}

BOOST_AUTO_TEST_SUITE_END()
