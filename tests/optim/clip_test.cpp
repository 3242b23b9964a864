#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/optim/adamw.hpp>
#include <foregraph/detail/optim/clip.hpp>
#include <foregraph/detail/optim/lion.hpp>
#include <foregraph/detail/optim/sgd.hpp>

#include "support/optimizer_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(clip_optimizer)

BOOST_AUTO_TEST_CASE(clip_by_value_bounds_each_element) {
  using namespace optimizer_check;
  check_optimizer(
      optim::clip_by_value(optim::sgd_momentum(0.1, 0.5), 0.75),
      [](const Element& e) {
        e.a = 0.5 * e.a + e.g;
        return e.p - 0.1 * e.a;
      },
      [](Values& g) {
        for (auto& each : g)
          for (double& x : each) x = std::min(std::max(x, -0.75), 0.75);
      });
}

BOOST_AUTO_TEST_CASE(clip_by_global_norm_keeps_the_direction) {
  using namespace optimizer_check;
  for (const double most : {1.5, 3.5, 100.0})  // always, from some step on, never
    check_optimizer(
        optim::clip_by_global_norm(optim::sgd(0.1), most),
        [](const Element& e) { return e.p - 0.1 * e.g; },
        [&](Values& g) {
          double squares = 0;
          for (auto& each : g)
            for (const double x : each) squares += x * x;
          const double norm = std::sqrt(squares);
          for (auto& each : g)
            for (double& x : each) x *= norm > most ? most / norm : 1;
        });
}

BOOST_AUTO_TEST_CASE(settings_are_shared_between_parameters) {
  using namespace optimizer_check;
  Graph g;
  const Model model = two_parameters(g, f64);
  const Graph step = training_graph(
      g, model, optim::clip_by_global_norm(optim::clip_by_value(optim::sgd_weight_decay(), 1), 1));
  const std::vector<std::string> expected{"f64 clip_max_norm", "f64 clip_limit",
                                          "f64 learning_rate", "f64 weight_decay"};
  BOOST_TEST(setting_names(step) == expected, boost::test_tools::per_element());
}

static_assert(optimizer_check::nodes_of(optim::ClipByGlobalNorm<optim::AdamW>{}) ==
              optimizer_check::nodes_of(optim::clip_by_global_norm(optim::AdamW{.weight_decay = 0},
                                                                   5)));
static_assert(optimizer_check::nodes_of(optim::ClipByValue<optim::Lion>{}) ==
              optimizer_check::nodes_of(optim::clip_by_value(optim::lion(1, 0.5), 0)));

BOOST_AUTO_TEST_SUITE_END()
