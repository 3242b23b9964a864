// What takes a graph and tensors, or a graph and a model, refuses those of another graph.
#include <boost/test/unit_test.hpp>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/compile/micro_batches.hpp>
#include <foregraph/plan.hpp>

#include "graph/checks.hpp"

namespace fg = foregraph;

namespace {

/// With `extra` nodes between input and output.
fg::Model chain_of(fg::Graph& g, int extra) {
  const auto x = g.input("x", {fg::batch, 4});
  const auto y = g.input("y", {fg::batch, 1});
  fg::Tensor h = x;
  for (int i = 0; i < extra; ++i) h = fg::relu(h);
  const auto p = fg::nn::dense(h, 1, "out");
  return {.loss = fg::nn::mean_squared_error(p, y), .outputs = {p}};
}

constexpr auto message = "the model's loss or one of its outputs is not a tensor of this graph";

fg::Graph* elsewhere = nullptr;
void tensor_from_elsewhere(fg::Vjp& v) {
  v.set(1, elsewhere->input("x", {3}));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(other_graph)

BOOST_AUTO_TEST_CASE(models_of_another_graph_are_refused) {
  for (const auto& [mine, others] : {std::pair(0, 400), std::pair(400, 0), std::pair(1, 1)}) {
    fg::Graph a;
    fg::Graph b;
    const fg::Model of_a = chain_of(a, mine);
    const fg::Model of_b = chain_of(b, others);
    BOOST_CHECK_EXCEPTION(
        (void)fg::training_graph(a, of_b, fg::optim::sgd()), fg::GraphError,
        says(message, "a Model whose tensors belong to this Graph", "other_graph_test.cpp"));
    BOOST_CHECK_EXCEPTION((void)fg::evaluation_graph(a, of_b), fg::GraphError, says(message));
    BOOST_CHECK_EXCEPTION((void)fg::split_training(a, of_b, fg::optim::sgd()), fg::GraphError,
                          says(message));
    const fg::Model mixed{.loss = of_a.loss, .outputs = {of_b.outputs[0]}};
    BOOST_CHECK_EXCEPTION((void)fg::training_graph(a, mixed, fg::optim::sgd()), fg::GraphError,
                          says(message));
    const fg::Model with_nothing{.loss = of_a.loss, .outputs = {fg::Tensor{}}};
    BOOST_CHECK_EXCEPTION((void)fg::evaluation_graph(a, with_nothing), fg::GraphError,
                          says(message));
    const fg::Model beyond{.loss = {&a, a.size()}};
    BOOST_CHECK_EXCEPTION((void)fg::training_graph(a, beyond, fg::optim::sgd()), fg::GraphError,
                          says(message));
    fg::Graph copy = a.clone();
    BOOST_CHECK_EXCEPTION((void)fg::training_graph(copy, of_a, fg::optim::sgd()), fg::GraphError,
                          says(message, "in a clone(), get them with tensor(id)"));
    BOOST_CHECK_NO_THROW(
        (void)fg::training_graph(copy, fg::on_clone(copy, of_a), fg::optim::sgd()));
    BOOST_CHECK_NO_THROW((void)fg::training_graph(a, of_a, fg::optim::sgd()));
  }
}

BOOST_AUTO_TEST_CASE(so_are_model_functions_that_return_them) {
  fg::Graph outside;
  const fg::Model model = chain_of(outside, 3);
  const auto function = [&](fg::Graph& g) {
    (void)chain_of(g, 0);
    return model;
  };
  BOOST_CHECK_EXCEPTION((void)fg::peak_memory(function, fg::optim::sgd(), 8), fg::GraphError,
                        says(message));
  const auto local = [](fg::Graph&) {
    fg::Graph mine;
    return chain_of(mine, 3);
  };
  BOOST_CHECK_EXCEPTION((void)fg::peak_memory(local, fg::optim::sgd(), 8), fg::GraphError,
                        says(message));
}

BOOST_AUTO_TEST_CASE(derivatives_of_and_by_foreign_tensors_are_refused) {
  fg::Graph a;
  fg::Graph b;
  const fg::Model of_a = chain_of(a, 0);
  const fg::Model of_b = chain_of(b, 400);
  const fg::Tensor w = a.tensor(a.variables[0].node);
  const fg::Tensor far = of_b.loss;
  const fg::Tensor far_w = b.tensor(b.variables[0].node);
  const auto refused = [](const auto& call) {
    BOOST_CHECK_EXCEPTION(call(), fg::GraphError, says("an operand belongs to another graph"));
  };
  refused([&] { (void)fg::gradient(a, far, {w}); });
  refused([&] { (void)fg::gradient(a, of_a.loss, {far_w}); });
  refused([&] { (void)fg::gradient(a, of_a.loss, {w, fg::Tensor{}}); });
  refused([&] { (void)fg::gradient(a, fg::Tensor{}, {w}); });
  refused([&] { (void)fg::vjp(a, far, far, {w}); });
  refused([&] { (void)fg::vjp(a, of_a.loss, far, {w}); });
  refused([&] { (void)fg::vjp(a, of_a.loss, of_a.loss, {far_w}); });
  refused([&] { (void)fg::jvp(a, far, {w}, {w}); });
  refused([&] { (void)fg::hessian_vector_product(a, far, {w}, {w}); });
  const auto unmatched = [](const auto& call) {
    BOOST_CHECK_EXCEPTION(call(), fg::GraphError, says("the tangents do not match the tensors"));
  };
  unmatched([&] { (void)fg::jvp(a, of_a.loss, {far_w}, {far_w}); });
  unmatched([&] { (void)fg::jvp(a, of_a.loss, {w}, {far_w}); });
  unmatched([&] { (void)fg::hessian_vector_product(a, of_a.loss, {w}, {far_w}); });
  const fg::Tensor beyond{&a, 100'000};
  refused([&] { (void)fg::gradient(a, beyond, {w}); });
  refused([&] { (void)fg::vjp(a, of_a.loss, of_a.loss, {beyond}); });
}

BOOST_AUTO_TEST_CASE(a_gradient_rule_must_not_return_them) {
  fg::Graph other;
  elsewhere = &other;
  fg::Graph g;
  const fg::Tensor p = g.parameter("p", {3});
  const fg::Tensor y = fg::custom_gradient<tensor_from_elsewhere>(fg::square(p), {p});
  BOOST_CHECK_EXCEPTION((void)fg::gradient(g, fg::sum(y), {p}), fg::GraphError,
                        says("[custom_gradient] an operand belongs to another graph"));
}

BOOST_AUTO_TEST_SUITE_END()
