#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/nn/layers/batch_norm.hpp>
#include <foregraph/detail/optim/sgd.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace batch_norm_checks {

struct Channels {
  std::vector<double> mean, variance;
};
Channels channels_of(const std::vector<double>& x, std::size_t c) {
  Channels result{std::vector<double>(c), std::vector<double>(c)};
  const double n = static_cast<double>(x.size() / c);
  for (std::size_t i = 0; i < x.size(); ++i) result.mean[i % c] += x[i] / n;
  for (std::size_t i = 0; i < x.size(); ++i)
    result.variance[i % c] += std::pow(x[i] - result.mean[i % c], 2) / n;
  return result;
}

const auto normalised = [](Graph&, const std::vector<Tensor>& x) {
  return batch_norm(x[0], x[1], x[2], 1e-3);
};

}  // namespace batch_norm_checks

BOOST_AUTO_TEST_SUITE(batch_norm_ops)

using namespace batch_norm_checks;

BOOST_AUTO_TEST_CASE(values_for_every_number_of_channels) {
  for (const DType dtype : {f32, f64})
    for (const std::int64_t c : {1, 3, 8, 17, 515}) {
      const auto k = static_cast<std::size_t>(c);
      const double tolerance = dtype == f32 ? 2e-5 : 1e-12;
      const Input x{{batch, 5, 7, c}, random_values(3 * 35 * k, 1, -4, 6), dtype};
      const Input gamma{{c}, random_values(k, 2), dtype};
      const Input beta{{c}, random_values(k, 3), dtype};
      const Channels expected = channels_of(x.values, k);
      const auto m = evaluate([](Graph&, const auto& in) { return moments(in[0]); }, {x});
      const auto y = evaluate(normalised, {x, gamma, beta});
      for (std::size_t i = 0; i < k; ++i) {
        check_close(expected.mean[i], m[i], tolerance, "mean");
        check_close(expected.variance[i], m[k + i], tolerance, "variance");
      }
      for (std::size_t i = 0; i < x.values.size(); i += 11)
        check_close((x.values[i] - expected.mean[i % k]) /
                            std::sqrt(expected.variance[i % k] + 1e-3) * gamma.values[i % k] +
                        beta.values[i % k],
                    y[i], tolerance, "batch_norm");
    }
}

BOOST_AUTO_TEST_CASE(a_large_mean_costs_no_digits_of_the_variance) {
  std::vector<double> x(4096);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 4096 + static_cast<double>(i / 2 % 2);
  const auto m =
      evaluate([](Graph&, const auto& in) { return moments(in[0]); }, {{{2048, 2}, x, f32}});
  check_close(4096.5, m[0], 1e-7, "mean");
  check_close(0.25, m[3], 1e-6, "variance");
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient(normalised,
                 {random_input({batch, 2, 3}, 1), random_input({3}, 2), random_input({3}, 3)});
  check_gradient([](Graph&, const auto& x) { return batch_norm(x[0], x[1], x[1]) * x[0]; },
                 {random_input({4, 2}, 4), random_input({2}, 5)});
  check_gradient([](Graph&, const auto& x) { return moments(x[0]); },
                 {random_input({batch, 2, 3}, 6)});
  check_gradient(
      [](Graph&, const auto& x) {
        return fixed_batch_norm(x[0], x[1], x[2], x[3], x[4] * x[4], 1e-3);
      },
      {random_input({batch, 3}, 1), random_input({3}, 2), random_input({3}, 3),
       random_input({3}, 4), random_input({3}, 5, 0.5, 2)});
  check_gradient(
      [](Graph& g, const auto& x) {
        Attributes attributes;
        attributes.integers[0] = 1;
        attributes.number = 0.75;
        return g.append(running_average_op, {x[0], x[1]}, attributes, {});
      },
      {random_input({3}, 1), random_input({2, 3}, 2)});
}

BOOST_AUTO_TEST_CASE(gradients_in_single_precision_and_of_many_channels) {
  const std::int64_t c = 515;
  const auto by_x = [](Graph& g, const auto& x) {
    const Tensor y = batch_norm(x[0], x[1], x[2]) * x[3];
    return gradient(g, sum(y), {x[0]})[0];
  };
  const auto by_gamma = [](Graph& g, const auto& x) {
    const Tensor y = batch_norm(x[0], x[1], x[2]) * x[3];
    return gradient(g, sum(y), {x[1]})[0];
  };
  Inputs inputs{random_input({40, c}, 1), random_input({c}, 2), random_input({c}, 3),
                random_input({40, c}, 4)};
  const auto exact_x = evaluate(by_x, inputs);
  const auto exact_gamma = evaluate(by_gamma, inputs);
  // sums of each channel of dx and of dx * x vanish: y does not change with x's place and scale
  for (std::size_t k = 0; k < static_cast<std::size_t>(c); ++k) {
    double total = 0;
    for (std::size_t r = 0; r < 40; ++r) total += exact_x[r * static_cast<std::size_t>(c) + k];
    check_close(0, total, 1e-10, "sum of dx");
  }
  for (Input& input : inputs) input.dtype = f32;
  const auto rough_x = evaluate(by_x, inputs);
  const auto rough_gamma = evaluate(by_gamma, inputs);
  for (std::size_t i = 0; i < exact_x.size(); i += 7)
    check_close(exact_x[i], rough_x[i], 1e-5, "dx");
  for (std::size_t i = 0; i < exact_gamma.size(); ++i)
    check_close(exact_gamma[i], rough_gamma[i], 1e-5, "dgamma");
}

BOOST_AUTO_TEST_CASE(few_nodes_in_a_training_step) {
  Graph g;
  const Tensor x = g.parameter("x", {8, 4}, normal(1));
  const Tensor y = nn::batch_norm(x, "bn");
  const Tensor loss = sum(y * y);
  const Graph step = training_graph(g, {.loss = loss}, optim::sgd(0.1));
  int ours = 0;
  for (NodeId id = 0; id < step.size(); ++id) {
    const std::string_view op = step.node(id).op->name;
    ours += full_name(step, id).starts_with("bn/") || op == "moments" || op == "row_of_pair" ||
                    op == "running_average" || op.starts_with("batch_norm")
                ? 1
                : 0;
  }
  BOOST_TEST(ours == 12);                      // 4 variables among them
  BOOST_TEST(step.size() <= 12 + 2 * 3 + 16);  // sgd, and what there is without batch norm
}

BOOST_AUTO_TEST_CASE(what_does_not_match_is_refused) {
  check_contains(graph_error([](Graph& g) { (void)nn::batch_norm(g.input("x", {batch}), "bn"); }),
                 "[moments]");
  check_contains(graph_error([](Graph& g) {
                   const Tensor gamma = g.input("gamma", {4});
                   (void)batch_norm(g.input("x", {batch, 3}), gamma, gamma);
                 }),
                 "the operands of batch norm do not match");
  check_contains(graph_error([](Graph& g) {
                   (void)moments(g.input("x", {batch, 3}, i32));
                 }),
                 "not defined for this dtype");
  check_contains(graph_error([](Graph& g) {
                   (void)nn::batch_norm(g.input("x", {3, batch}), "channels");
                 }),
                 "depends on the batch");
}

BOOST_AUTO_TEST_SUITE_END()
