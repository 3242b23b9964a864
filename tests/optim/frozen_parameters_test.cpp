// What the loss does not depend on stays as it is: no decay, no momentum, no state.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <foregraph/foregraph.hpp>

#include "graph/checks.hpp"
#include "support/training_data.hpp"

using namespace foregraph;

namespace {

/// "frozen" is used, but no gradient goes to it; "unused" is not even that; "head" is trained.
constexpr Model with_frozen_parts(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch, 1});
  (void)g.parameter("unused", {3}, filled_with(2));
  const Tensor fixed = stop_gradient(tanh(nn::dense(x, 8, "frozen")));
  return {.loss = nn::mean_squared_error(nn::dense(fixed, 1, "head"), y)};
}
constexpr auto frozen_model = [](Graph& g) { return with_frozen_parts(g); };

bool is_head(const Graph& g, const Variable& v) {
  return full_name(g, v.node).starts_with("head/");
}

/// Calls `check` with each of the library's optimizers.
template <class Check>
void for_all_optimizers(const Check& check) {
  check(optim::sgd());
  check(optim::sgd_weight_decay(0.1, 0.5));
  check(optim::sgd_momentum());
  check(optim::nesterov());
  check(optim::adam());
  check(optim::adamw(0.1, 0.5));
  check(optim::lamb(0.1, 0.5));
  check(optim::lion(0.1, 0.5));
  check(optim::rmsprop());
  check(optim::rmsprop_centred());
  check(optim::adagrad());
  check(optim::adadelta());
  check(optim::clip_by_value(optim::adamw(0.1, 0.5), 1));
  check(optim::clip_by_global_norm(optim::lion(0.1, 0.5), 1));
}

std::vector<float> values_in(TrainerBase& training, const char* name) {
  const auto values = training.variable<float>(name);
  return {values.begin(), values.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(frozen_parameters)

BOOST_AUTO_TEST_CASE(no_optimizer_touches_them) {
  for_all_optimizers([](const auto& optimizer) {
    Graph g;
    const Model model = with_frozen_parts(g);
    const Graph step = training_graph(g, model, optimizer);
    int updated = 0;
    for (const Update& u : step.updates) {
      const Variable& v = step.variables[static_cast<std::size_t>(u.variable)];
      const bool is_shared = !v.trainable && v.owner < 0;  // a power of beta
      BOOST_TEST((is_shared || is_head(step, v)), full_name(step, v.node));
      updated += v.trainable ? 1 : 0;
    }
    BOOST_TEST(updated == 2);
    for (const Variable& v : step.variables)
      if (v.owner >= 0) BOOST_TEST(is_head(step, v), full_name(step, v.node));
    const SplitStep split = split_training(g, model, optimizer);
    BOOST_TEST_REQUIRE(split.possible());
    for (const Graph* part : {&split.part, &split.apply})
      for (const Variable& v : part->variables)
        if (v.owner >= 0) BOOST_TEST(is_head(*part, v), full_name(*part, v.node));
  });
}

BOOST_AUTO_TEST_CASE(not_one_bit_of_them_changes) {
  const auto check = [](TrainerBase& training) {
    const auto weight = values_in(training, "frozen/weight");
    const auto bias = values_in(training, "frozen/bias");
    const auto head = values_in(training, "head/weight");
    training.fit(data::from(test::two_classes(64, 4)).batch(16),
                 {.epochs = 3, .progress = false, .preflight = false});
    BOOST_TEST(values_in(training, "frozen/weight") == weight, boost::test_tools::per_element());
    BOOST_TEST(values_in(training, "frozen/bias") == bias, boost::test_tools::per_element());
    BOOST_TEST(values_in(training, "unused") == (std::vector<float>{2, 2, 2}),
               boost::test_tools::per_element());
    BOOST_TEST((values_in(training, "head/weight") != head));
  };
  Trainer<frozen_model> compiled{optim::adamw(1e-2, 0.5)};
  check(compiled);
  for_all_optimizers([&](const auto& optimizer) {
    Graph g;
    const Model model = with_frozen_parts(g);
    Trainer<> training{g, model, optimizer, {.micro_batch = 8}};
    check(training);
  });
}

BOOST_AUTO_TEST_CASE(a_model_that_is_frozen_as_a_whole_is_refused) {
  Graph g;
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = stop_gradient(nn::dense(x, 1, "out"));
  BOOST_CHECK_EXCEPTION((void)training_graph(g, Model{.loss = mean(y * y)}, optim::adamw()),
                        GraphError, says("the loss depends on no parameter"));
}

BOOST_AUTO_TEST_CASE(derivatives_by_them_are_zeros) {
  Graph g;
  const Model model = with_frozen_parts(g);
  const Tensor unused = g.tensor(g.variables[0].node);
  const std::vector<Tensor> gradients = gradient(g, model.loss, {unused});
  BOOST_TEST_REQUIRE(gradients.size() == 1U);
  BOOST_TEST((gradients[0].shape() == Shape{3}));
}

BOOST_AUTO_TEST_SUITE_END()
