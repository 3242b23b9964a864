// The optimizers' subgraphs against plain loops in double.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/ops/optimizers/adadelta.hpp>
#include <foregraph/ops/optimizers/adagrad.hpp>
#include <foregraph/ops/optimizers/adamw.hpp>
#include <foregraph/ops/optimizers/clip.hpp>
#include <foregraph/ops/optimizers/lamb.hpp>
#include <foregraph/ops/optimizers/lion.hpp>
#include <foregraph/ops/optimizers/nesterov.hpp>
#include <foregraph/ops/optimizers/rmsprop.hpp>
#include <foregraph/ops/optimizers/sgd.hpp>
#include <foregraph/ops/subtract.hpp>
#include <foregraph/planner/training.hpp>
#include <foregraph/planner/validate.hpp>
#include <foregraph/runtime/arena.hpp>
#include <foregraph/runtime/initialize.hpp>
#include <foregraph/runtime/program.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace optimizers_test {

/// Two parameters, so that what is shared between them is seen to be: p[3] of ones, q[2,1] of
/// zeros; the loss is half the squared distance from `targets`.
using Values = std::vector<std::vector<double>>;
const Values targets{{0, 1.25, -2}, {3, -0.5}};
constexpr int steps = 8;

constexpr Model two_parameters(Graph& g, DType dtype) {
  const Tensor p = g.parameter("p", {3}, filled_with(1), dtype);
  const Tensor q = g.parameter("q", {2, 1}, zeros(), dtype);
  const Tensor p_error = subtract(p, g.input("p_target", {3}, dtype));
  const Tensor q_error = subtract(q, g.input("q_target", {2, 1}, dtype));
  const Tensor p_loss = sum(multiply(p_error, p_error));
  const Tensor both = add(p_loss, sum(multiply(q_error, q_error)));
  return Model{.loss = multiply(both, 0.5)};
}

template <class Optimizer>
Values descend(const Optimizer& optimizer, DType dtype) {
  Graph g;
  const Model model = two_parameters(g, dtype);
  Graph step = training_graph(g, model, optimizer);
  Plan plan = plan_memory(step, 1);
  BOOST_REQUIRE(validate(step, plan).ok());
  Arena variables(static_cast<std::size_t>(plan.variables_bytes));
  Arena inputs(static_cast<std::size_t>(plan.inputs_bytes()));
  Arena transient(static_cast<std::size_t>(plan.transient_bytes));
  Program program(std::move(step), std::move(plan));
  program.attach(variables.data(), inputs.data(), transient.data());
  for (std::size_t v = 0; v < program.graph().variables.size(); ++v) {
    const Variable& variable = program.graph().variables[v];
    const Node& node = program.graph().node(variable.node);
    initialize(program.address_of(variable.node), node.shape, node.dtype, variable.initializer, v);
  }
  for (std::size_t i = 0; i < 2; ++i)
    store(program.address_of(program.graph().inputs[i]), dtype, targets[i]);
  for (int i = 0; i < steps; ++i) program.run();
  Values result;
  for (std::size_t i = 0; i < 2; ++i)
    result.push_back(fetch(program.address_of(program.graph().variables[i].node), dtype,
                           static_cast<std::int64_t>(targets[i].size())));
  return result;
}

/// What a reference works on for one element: parameter, gradient, two states, step from 1.
struct Element {
  double p, g;
  double& a;
  double& b;
  int t;
};

/// `rule` gives the new value of each element. `prepare` may change all gradients first.
template <class Optimizer, class Rule, class Prepare>
void check_optimizer(const Optimizer& optimizer, const Rule& rule, const Prepare& prepare) {
  Values p{{1, 1, 1}, {0, 0}};
  Values a{{0, 0, 0}, {0, 0}};
  Values b = a;
  Values g = a;
  for (int t = 1; t <= steps; ++t) {
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < p[i].size(); ++k) g[i][k] = p[i][k] - targets[i][k];
    prepare(g);
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < p[i].size(); ++k)
        p[i][k] = rule(Element{p[i][k], g[i][k], a[i][k], b[i][k], t});
  }
  for (const DType dtype : {f32, f64}) {
    const Values result = descend(optimizer, dtype);
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < p[i].size(); ++k)
        check_close(p[i][k], result[i][k], dtype == f32 ? 1e-5 : 1e-13,
                    std::string(name_of(dtype)) + " parameter " + std::to_string(i) + ", element " +
                        std::to_string(k));
  }
}
template <class Optimizer, class Rule>
void check_optimizer(const Optimizer& optimizer, const Rule& rule) {
  check_optimizer(optimizer, rule, [](Values&) {});
}

double adam_direction(const Element& e, double beta1, double beta2, double epsilon) {
  e.a = beta1 * e.a + (1 - beta1) * e.g;
  e.b = beta2 * e.b + (1 - beta2) * e.g * e.g;
  const double m = e.a / (1 - std::pow(beta1, e.t));
  const double v = e.b / (1 - std::pow(beta2, e.t));
  return m / (std::sqrt(v) + epsilon);
}

std::vector<std::string> setting_names(const Graph& g) {
  std::vector<std::string> names;
  for (const NodeId id : g.settings)
    names.push_back(std::string(name_of(g.node(id).dtype)) + " " +
                    std::string(g.text(g.node(id).name)));
  return names;
}

}  // namespace optimizers_test

using namespace optimizers_test;

BOOST_AUTO_TEST_SUITE(optimizer_family)

BOOST_AUTO_TEST_CASE(sgd_with_weight_decay) {
  check_optimizer(sgd_weight_decay(0.1, 0.3),
                  [](const Element& e) { return e.p - 0.1 * (e.g + 0.3 * e.p); });
}

BOOST_AUTO_TEST_CASE(nesterov_looks_ahead) {
  check_optimizer(nesterov(0.05, 0.8), [](const Element& e) {
    e.a = 0.8 * e.a + e.g;
    return e.p - 0.05 * (e.g + 0.8 * e.a);
  });
}

BOOST_AUTO_TEST_CASE(adamw_decays_apart_from_the_step) {
  const AdamW options{
      .learning_rate = 0.1, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3, .weight_decay = 0.2};
  check_optimizer(options, [](const Element& e) {
    return e.p - 0.1 * 0.2 * e.p - 0.1 * adam_direction(e, 0.8, 0.95, 1e-3);
  });
}

BOOST_AUTO_TEST_CASE(lamb_trusts_each_parameter_by_its_norm) {
  const Lamb options{
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
        const Element e{p[i][k], p[i][k] - targets[i][k], m[i][k], v[i][k], t};
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

BOOST_AUTO_TEST_CASE(rmsprop_divides_by_the_root_of_the_mean_square) {
  check_optimizer(RmsProp{0.05, 0.8, 1e-3}, [](const Element& e) {
    e.a = 0.8 * e.a + 0.2 * e.g * e.g;
    return e.p - 0.05 * e.g / (std::sqrt(e.a) + 1e-3);
  });
  check_optimizer(RmsPropCentred{0.05, 0.8, 1e-2}, [](const Element& e) {
    e.a = 0.8 * e.a + 0.2 * e.g * e.g;
    e.b = 0.8 * e.b + 0.2 * e.g;
    return e.p - 0.05 * e.g / (std::sqrt(e.a - e.b * e.b) + 1e-2);
  });
}

BOOST_AUTO_TEST_CASE(adagrad_sums_squares) {
  check_optimizer(Adagrad{0.3, 1e-3}, [](const Element& e) {
    e.a += e.g * e.g;
    return e.p - 0.3 * e.g / (std::sqrt(e.a) + 1e-3);
  });
}

BOOST_AUTO_TEST_CASE(adadelta_scales_by_its_own_steps) {
  check_optimizer(Adadelta{0.7, 0.8, 1e-3}, [](const Element& e) {
    e.a = 0.8 * e.a + 0.2 * e.g * e.g;
    const double step = std::sqrt(e.b + 1e-3) / std::sqrt(e.a + 1e-3) * e.g;
    e.b = 0.8 * e.b + 0.2 * step * step;
    return e.p - 0.7 * step;
  });
}

BOOST_AUTO_TEST_CASE(lion_steps_by_the_sign) {
  const Lion options{.learning_rate = 0.03, .beta1 = 0.8, .beta2 = 0.9, .weight_decay = 0.2};
  check_optimizer(options, [](const Element& e) {
    const double c = 0.8 * e.a + 0.2 * e.g;
    e.a = 0.9 * e.a + 0.1 * e.g;
    return e.p - 0.03 * 0.2 * e.p - 0.03 * (c > 0 ? 1 : c < 0 ? -1 : 0);
  });
}

BOOST_AUTO_TEST_CASE(clip_by_value_bounds_each_element) {
  check_optimizer(
      clip_by_value(sgd_momentum(0.1, 0.5), 0.75),
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
  for (const double most : {1.5, 3.5, 100.0})  // always, from some step on, never
    check_optimizer(
        clip_by_global_norm(sgd(0.1), most), [](const Element& e) { return e.p - 0.1 * e.g; },
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
  Graph g;
  const Model model = two_parameters(g, f64);
  const Graph step =
      training_graph(g, model, clip_by_global_norm(clip_by_value(sgd_weight_decay(), 1), 1));
  const std::vector<std::string> expected{"f64 clip_max_norm", "f64 clip_limit",
                                          "f64 learning_rate", "f64 weight_decay"};
  BOOST_TEST(setting_names(step) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(parameters_of_two_dtypes_have_settings_of_each) {
  Graph g;
  const Tensor p = g.parameter("p", {3}, filled_with(1), f32);
  const Tensor q = g.parameter("q", {2}, filled_with(1), f64);
  const std::vector<Gradient> gradients{{0, p}, {1, q}, {0, p}};
  int calls = 0;
  for_each_dtype(g, std::span<const Gradient>(gradients), [&](DType dtype) {
    (void)shared_setting(g, "learning_rate", 0.1, dtype);
    (void)shared_setting(g, "learning_rate", 0.1, dtype);
    (void)g.state("power", {}, zeros(), dtype);  // the second would clash without a scope
    ++calls;
  });
  BOOST_TEST(calls == 2);
  const std::vector<std::string> expected{"f32 learning_rate", "f64 learning_rate"};
  BOOST_TEST(setting_names(g) == expected, boost::test_tools::per_element());
  BOOST_TEST(full_name(g, g.variables[3].node) == "f64/power");
}

/// What the compiler's path relies on: values of an optimizer do not decide the subgraph.
template <class Optimizer>
constexpr int nodes_of(const Optimizer& optimizer) {
  Graph g;
  const Model model = two_parameters(g, f32);
  return training_graph(g, model, optimizer).size();
}
static_assert(nodes_of(ClipByGlobalNorm<AdamW>{}) ==
              nodes_of(clip_by_global_norm(AdamW{.weight_decay = 0}, 5)));
static_assert(nodes_of(ClipByValue<Lion>{}) == nodes_of(clip_by_value(lion(1, 0.5), 0)));

BOOST_AUTO_TEST_SUITE_END()
