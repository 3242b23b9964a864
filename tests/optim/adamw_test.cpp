#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/optim/adamw.hpp>

#include "support/optimizer_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(adamw_optimizer)

BOOST_AUTO_TEST_CASE(adamw_decays_apart_from_the_step) {
  using namespace optimizer_check;
  const optim::AdamW options{
      .learning_rate = 0.1, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3, .weight_decay = 0.2};
  check_optimizer(options, [](const Element& e) {
    return e.p - 0.1 * 0.2 * e.p - 0.1 * adam_direction(e, 0.8, 0.95, 1e-3);
  });
}

static_assert(optimizer_check::nodes_of(optim::AdamW{}) ==
              optimizer_check::nodes_of(optim::AdamW{.weight_decay = 0}));

BOOST_AUTO_TEST_SUITE_END()
