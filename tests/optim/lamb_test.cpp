#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/optim/lamb.hpp>

#include "support/optimizer_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(lamb_optimizer)

BOOST_AUTO_TEST_CASE(lamb_trusts_each_parameter_by_its_norm) {
  using namespace optimizer_check;
  const optim::Lamb options{
      .learning_rate = 0.1, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3, .weight_decay = 0.2};
  Values p{{1, 1, 1}, {0, 0}};
  Values m{{0, 0, 0}, {0, 0}};
  Values v = m;
  for (int t = 1; t <= steps; ++t)
    for (std::size_t i = 0; i < 2; ++i) {
      std::vector<double> u;
      double p_squares = 0;
      double u_squares = 0;
      for (std::size_t k = 0; k < p[i].size(); ++k) {
        const Element e{p[i][k], p[i][k] - both_targets[i][k], m[i][k], v[i][k], t};
        u.push_back(adam_direction(e, 0.8, 0.95, 1e-3) + 0.2 * e.p);
        p_squares += e.p * e.p;
        u_squares += u[k] * u[k];
      }
      const double ratio =  // the second parameter starts at zero: its ratio is 1 at first
          p_squares > 0 && u_squares > 0 ? std::sqrt(p_squares / u_squares) : 1;
      for (std::size_t k = 0; k < u.size(); ++k) p[i][k] -= 0.1 * ratio * u[k];
    }
  for (const DType dtype : {f32, f64}) {
    const Values result = descend(options, dtype);
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < p[i].size(); ++k)
        check_close(p[i][k], result[i][k], dtype == f32 ? 1e-5 : 1e-13, "lamb");
  }
}

static_assert(optimizer_check::nodes_of(optim::Lamb{}) ==
              optimizer_check::nodes_of(optim::Lamb{.weight_decay = 0}));

BOOST_AUTO_TEST_SUITE_END()
