// Several optimizers in one step: each keeps its own settings.
#include <algorithm>
#include <cmath>
#include <utility>

#include "support/op_check.hpp"
#include "train/resuming.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// y = x . trunk, whose loss is summed with that of z = x . head, so that the two do not meet.
constexpr Model two_parts(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch, 1});
  const Tensor trunk = nn::dense(x, 1, "trunk", {.bias = false});
  const Tensor head = nn::dense(x, 1, "head", {.bias = false});
  const Tensor first = nn::mean_squared_error(trunk, y);
  const Tensor second = nn::mean_squared_error(head, y);
  return {.loss = add(first, second), .outputs = {trunk, head}};
}
constexpr auto two_parts_model = [](Graph& g) { return two_parts(g); };

/// Gives the parameters named trunk/... to the one and all others to the other.
template <class Trunk, class Head>
struct Groups {
  Trunk trunk{};
  Head head{};
  bool has_scopes = true;

  constexpr void apply(Graph& g, std::span<const optim::Gradient> gradients) const {
    std::vector<optim::Gradient> of_trunk;
    std::vector<optim::Gradient> of_head;
    for (const optim::Gradient& each : gradients) {
      const Node& node = g.node(g.variables[static_cast<std::size_t>(each.variable)].node);
      const bool in_trunk = g.text(g.scope_at(node.scope).name) == "trunk";
      (in_trunk ? of_trunk : of_head).push_back(each);
    }
    if (has_scopes) {
      {
        const auto scope = g.scope("low");
        trunk.apply(g, std::span<const optim::Gradient>(of_trunk));
      }
      const auto scope = g.scope("high");
      head.apply(g, std::span<const optim::Gradient>(of_head));
    } else {
      trunk.apply(g, std::span<const optim::Gradient>(of_trunk));
      head.apply(g, std::span<const optim::Gradient>(of_head));
    }
  }
};
template <class Trunk, class Head>
constexpr Groups<Trunk, Head> groups(Trunk trunk, Head head, bool has_scopes = true) {
  return {trunk, head, has_scopes};
}

data::Pipeline one_batch() {
  return data::from(two_classes(64, 4)).batch(64);
}
FitOptions one_epoch() {
  return {.epochs = 1, .progress = false, .preflight = false};
}

std::vector<float> copy_of(TrainerBase& training, const char* name) {
  const auto values = training.variable<float>(name);
  return {values.begin(), values.end()};
}
/// How far one step moves each of the two weights: the largest element, or the Euclidean norm.
struct Moves {
  double trunk = 0, head = 0;
  double trunk_norm = 0, head_norm = 0;
};
Moves moves_of_one_step(TrainerBase& training, const FitOptions& options = one_epoch()) {
  const auto trunk = copy_of(training, "trunk/weight");
  const auto head = copy_of(training, "head/weight");
  training.fit(one_batch(), options);
  Moves moves;
  for (std::size_t i = 0; i < trunk.size(); ++i) {
    const double a = training.variable<float>("trunk/weight")[i] - trunk[i];
    const double b = training.variable<float>("head/weight")[i] - head[i];
    moves.trunk = std::max(moves.trunk, std::abs(a));
    moves.head = std::max(moves.head, std::abs(b));
    moves.trunk_norm = std::hypot(moves.trunk_norm, a);
    moves.head_norm = std::hypot(moves.head_norm, b);
  }
  return moves;
}

template <class Optimizer>
std::unique_ptr<TrainerBase> trainer_of(const Optimizer& optimizer, TrainerOptions options = {}) {
  return make_trainer(two_parts, optimizer, options);
}

std::vector<std::string> full_setting_names(const TrainerBase& training) {
  std::vector<std::string> names;
  const Graph& g = training.step_graph();
  for (const NodeId id : g.settings) names.push_back(full_name(g, id));
  return names;
}

template <class Call>
void check_refused(const Call& call, std::initializer_list<const char*> parts) {
  expect<UsageError>(call, parts);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(optimizer_groups)

// The first step of Adam moves every element by its rate, whatever the gradient.
BOOST_AUTO_TEST_CASE(two_of_a_kind_keep_their_rates) {
  for (const bool has_scopes : {true, false})
    for (const auto& [low, high] : {std::pair(1e-5, 1e-1), std::pair(1e-1, 1e-5)}) {
      const auto training = trainer_of(groups(optim::adam(low), optim::adam(high), has_scopes));
      const Moves moves = moves_of_one_step(*training);
      check_close(low, moves.trunk, 1e-2 * low, "trunk");
      check_close(high, moves.head, 1e-2 * high, "head");  // 1e-5 of a float near 0.5
    }
}

BOOST_AUTO_TEST_CASE(so_do_those_of_a_compiled_program) {
  Trainer<two_parts_model> training{groups(optim::adam(1e-4), optim::adam(1e-1))};
  const Moves moves = moves_of_one_step(training);
  check_close(1e-4, moves.trunk, 1e-6, "trunk");
  check_close(1e-1, moves.head, 1e-4, "head");
}

BOOST_AUTO_TEST_CASE(and_those_of_batches_in_parts) {
  const auto training =
      trainer_of(groups(optim::adam(1e-4), optim::adam(1e-1)), {.micro_batch = 16});
  const Moves moves = moves_of_one_step(*training);
  BOOST_TEST(training->remedy().part == 16);
  check_close(1e-4, moves.trunk, 1e-6, "trunk");
  check_close(1e-1, moves.head, 1e-4, "head");
}

// Stochastic gradient descent with rate 1 moves by the gradient, whose norm is then the limit.
BOOST_AUTO_TEST_CASE(two_limits_are_kept_apart) {
  const auto by_norm = trainer_of(groups(optim::clip_by_global_norm(optim::sgd(1), 0.125),
                                         optim::clip_by_global_norm(optim::sgd(1), 0.0625), false));
  const Moves norms = moves_of_one_step(*by_norm);
  check_close(0.125, norms.trunk_norm, 1e-5, "trunk");
  check_close(0.0625, norms.head_norm, 1e-5, "head");
  const auto by_value = trainer_of(groups(optim::clip_by_value(optim::sgd(1), 1e-3),
                                          optim::clip_by_value(optim::sgd(1), 2e-3), false));
  const Moves values = moves_of_one_step(*by_value);
  check_close(1e-3, values.trunk, 1e-6, "trunk");
  check_close(2e-3, values.head, 1e-6, "head");
  // One around both scales them by one number.
  const auto around =
      trainer_of(optim::clip_by_global_norm(groups(optim::sgd(1), optim::sgd(3), false), 0.25));
  const Moves both = moves_of_one_step(*around);
  check_close(0.25, std::hypot(both.trunk_norm, both.head_norm / 3), 1e-5, "both");
}

BOOST_AUTO_TEST_CASE(every_optimizer_has_its_own_scope) {
  const auto names = [](const auto& optimizer) {
    return full_setting_names(*trainer_of(optimizer));
  };
  const std::vector<std::string> one{"adam/learning_rate", "adam/beta1", "adam/beta2",
                                     "adam/epsilon"};
  BOOST_TEST(names(optim::adam()) == one, boost::test_tools::per_element());
  const std::vector<std::string> bare{"learning_rate"};
  BOOST_TEST(names(optim::sgd()) == bare, boost::test_tools::per_element());
  const std::vector<std::string> apart{"low/learning_rate", "high/learning_rate"};
  BOOST_TEST(names(groups(optim::sgd(), optim::sgd())) == apart, boost::test_tools::per_element());
  const std::vector<std::string> numbered{"learning_rate", "sgd_2/learning_rate"};
  BOOST_TEST(names(groups(optim::sgd(), optim::sgd(), false)) == numbered,
             boost::test_tools::per_element());
  const std::vector<std::string> clipped{"clip_max_norm", "learning_rate",
                                         "clip_by_global_norm_2/clip_max_norm",
                                         "sgd_2/learning_rate", "sgd_2/momentum"};
  BOOST_TEST(names(groups(optim::clip_by_global_norm(optim::sgd(), 1),
                          optim::clip_by_global_norm(optim::sgd_momentum(), 2), false)) == clipped,
             boost::test_tools::per_element());
  // Where a layer of the user's has the name, the next one is free.
  Graph g;
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = nn::dense(x, 1, "adam");
  Trainer<> taken{g, Model{.loss = mean(y * y)}, optim::adam()};
  BOOST_TEST(full_setting_names(taken).front() == "adam_2/learning_rate");
}

BOOST_AUTO_TEST_CASE(three_optimizers_of_a_kind) {
  struct OneEach {
    constexpr void apply(Graph& g, std::span<const optim::Gradient> gradients) const {
      double rate = 1e-3;
      for (std::size_t i = 0; i < gradients.size(); ++i, rate *= 10)
        optim::adamw(rate).apply(g, gradients.subspan(i, 1));
    }
  };
  Graph g;
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch, 1});
  const Tensor a = nn::dense(x, 8, "a", {.bias = false});
  const Tensor b = nn::dense(a, 8, "b", {.bias = false});
  const Tensor c = nn::dense(b, 1, "c", {.bias = false});
  Trainer<> training{g, Model{.loss = nn::mean_squared_error(c, y)}, OneEach{}};
  const std::vector<std::string> names = full_setting_names(training);
  BOOST_TEST(names.size() == 15U);
  for (const char* name : {"adamw/learning_rate", "adamw_2/learning_rate", "adamw_3/learning_rate"})
    BOOST_TEST(std::count(names.begin(), names.end(), name) == 1, name);
  const float before = training.variable<float>("b/weight")[0];
  training.fit(one_batch(), one_epoch());
  // 1 - rate * decay of the old value, and one step of the rate.
  check_close(1e-2, std::abs(training.variable<float>("b/weight")[0] - before * (1 - 1e-4)), 1e-4,
              "b");
}

BOOST_AUTO_TEST_CASE(one_optimizer_answers_to_the_bare_name) {
  for (const char* name : {"learning_rate", "adam/learning_rate", "/adam/learning_rate"}) {
    const auto training = trainer_of(optim::adam(1e-1));
    training->set(name, 1e-4);
    check_close(1e-4, moves_of_one_step(*training).trunk, 1e-6, name);
  }
  const auto training = trainer_of(optim::adam());
  check_refused([&] { training->set("am/learning_rate", 1); },
                {"the model has no setting 'am/learning_rate'; it has 'learning_rate', 'beta1'"});
  check_refused([&] { training->set("/learning_rate", 1); }, {"no setting '/learning_rate'"});
}

BOOST_AUTO_TEST_CASE(a_name_for_several_that_differ_is_refused) {
  const auto training = trainer_of(groups(optim::adam(1e-3), optim::adam(1e-1)));
  check_refused(
      [&] { training->set("learning_rate", 0.5); },
      {"'learning_rate' matches several settings with different values",
       "'low/adam/learning_rate' = 0.001", "'high/adam/learning_rate' = 0.1", "give one of them"});
  check_refused([&] { training->set("rate", 0.5); },
                {"the model has no setting 'rate'", "'low/adam/learning_rate'"});
  training->set("low/adam/learning_rate", 1e-2);
  const Moves moves = moves_of_one_step(*training);
  check_close(1e-2, moves.trunk, 1e-4, "trunk");
  check_close(1e-1, moves.head, 1e-4, "head");
}

BOOST_AUTO_TEST_CASE(a_name_for_several_of_one_value_sets_all) {
  const auto training = trainer_of(groups(optim::adam(1e-1), optim::adamw(1e-1, 0), false));
  training->set("learning_rate", 1e-3);
  const Moves moves = moves_of_one_step(*training);
  check_close(1e-3, moves.trunk, 1e-5, "trunk");
  check_close(1e-3, moves.head, 1e-5, "head");
}

BOOST_AUTO_TEST_CASE(where_one_name_ends_as_another_the_slash_tells_them_apart) {
  struct Nested {
    constexpr void apply(Graph& g, std::span<const optim::Gradient> gradients) const {
      optim::sgd(1).apply(g, gradients.first(1));
      const auto scope = g.scope("inner");
      optim::sgd(2).apply(g, gradients.subspan(1));
    }
  };
  const auto training = trainer_of(Nested{});
  check_refused([&] { training->set("learning_rate", 0); }, {"matches several settings"});
  training->set("/learning_rate", 0);
  const Moves moves = moves_of_one_step(*training);
  BOOST_TEST(std::min(moves.trunk, moves.head) == 0);
  BOOST_TEST(std::max(moves.trunk, moves.head) > 0);
}

BOOST_AUTO_TEST_CASE(a_schedule_needs_one_rate) {
  const auto options = [](double rate) {
    FitOptions o = one_epoch();
    o.schedule = Schedule([rate](std::int64_t) { return rate; });
    return o;
  };
  const auto differ = trainer_of(groups(optim::adam(1e-3), optim::adam(1e-1)));
  check_refused([&] { differ->fit(one_batch(), options(0.5)); },
                {"a schedule gives one learning rate, but the optimizer has several",
                 "'low/adam/learning_rate' = 0.001, 'high/adam/learning_rate' = 0.1"});
  check_refused([&] { (void)differ->preflight(one_batch(), options(0.5)); }, {"a schedule gives"});
  BOOST_TEST(!differ->fit(one_batch(), one_epoch())[0].learning_rate.has_value());

  const auto equal = trainer_of(groups(optim::adam(1e-3), optim::adam(1e-3)));
  const Moves moves = moves_of_one_step(*equal, options(1e-2));
  check_close(1e-2, moves.trunk, 1e-4, "trunk");
  check_close(1e-2, moves.head, 1e-4, "head");
  BOOST_TEST(equal->fit(one_batch(), one_epoch())[0].learning_rate.value() == 1e-2);

  FitOptions parting = options(1e-2);
  parting.epochs = 2;
  parting.callbacks.push_back({.after_epoch = [](TrainerBase& training, const EpochResult&) {
    training.set("high/adam/learning_rate", 1);
    return true;
  }});
  check_refused([&] { equal->fit(one_batch(), parting); }, {"a schedule gives one learning rate"});
}

BOOST_AUTO_TEST_CASE(preflight_tries_both_rates) {
  const auto training = trainer_of(groups(optim::sgd(1e-2), optim::sgd(1e8)));
  const Report report = training->preflight(one_batch());
  BOOST_TEST(report.to_text().find("learning-rate-too-high") != std::string::npos,
             report.to_text());
}

BOOST_AUTO_TEST_CASE(a_checkpoint_has_them_all) {
  const Folder folder;
  const auto file = folder / "groups.safetensors";
  const auto saved = trainer_of(groups(optim::adam(1e-5), optim::adam(1e-1)));
  saved->set("low/adam/learning_rate", 1e-3);
  saved->set("high/adam/beta1", 0.5);
  saved->save(file);
  const Checkpoint content(file);
  BOOST_TEST(content.number("setting.low/adam/learning_rate.f32") == 1e-3);
  BOOST_TEST(content.number("setting.high/adam/learning_rate.f32") == 1e-1);
  BOOST_TEST(content.number("setting.high/adam/beta1.f32") == 0.5);
  const auto loaded = trainer_of(groups(optim::adam(7), optim::adam(8)));
  loaded->load(file);
  const Moves moves = moves_of_one_step(*loaded);
  check_close(1e-3, moves.trunk, 1e-5, "trunk");
  check_close(1e-1, moves.head, 1e-4, "head");
  expect<DataError>([&] { trainer_of(groups(optim::adam(), optim::adam(), false))->load(file); },
                    {"groups.safetensors"});
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_one_optimizer_has_bare_names) {
  const Folder folder;
  const auto file = folder / "one.safetensors";
  trainer_of(optim::clip_by_value(optim::lamb(0.25), 3))->save(file);
  const Checkpoint content(file);
  BOOST_TEST(content.number("setting.learning_rate.f32") == 0.25);
  BOOST_TEST(content.number("setting.clip_limit.f32") == 3);
}

BOOST_AUTO_TEST_CASE(groups_resume_as_if_never_interrupted) {
  check_resumes(
      {[] { return make_trainer(two_layers, groups(optim::adam(1e-2), optim::adam(1e-3), false)); },
       data::from(many_classes(50, 4, 3)).shuffle(7).batch(16),
       [] { return FitOptions{.epochs = 3}; }},
      {2, 5, 8});
}

BOOST_AUTO_TEST_CASE(parameters_of_two_dtypes_share_a_name) {
  Graph g;
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch, 1});
  const Tensor p = g.parameter("p", {4, 1}, filled_with(1));
  const Tensor q = g.parameter("q", {4, 1}, filled_with(1), f64);
  const Tensor of_p = nn::mean_squared_error(matmul(x, p), y);
  const Tensor of_q = nn::mean_squared_error(matmul(cast(x, f64), q), cast(y, f64));
  Trainer<> training{g, Model{.loss = add(of_p, cast(of_q, f32))}, optim::adam(1)};
  training.set("learning_rate", 0.125);
  training.fit(one_batch(), one_epoch());
  check_close(0.125, std::abs(training.variable<float>("p")[0] - 1), 1e-4, "p");
  check_close(0.125, std::abs(training.variable<double>("q")[0] - 1), 1e-4, "q");
}

BOOST_AUTO_TEST_CASE(a_parameter_of_two_optimizers_is_refused) {
  struct Both {
    constexpr void apply(Graph& g, std::span<const optim::Gradient> gradients) const {
      optim::sgd(1).apply(g, gradients);
      optim::adam(1).apply(g, gradients);
    }
  };
  expect<GraphError>([] { (void)trainer_of(Both{}); },
                     {"[variable] a variable is updated twice in one step", "f32[4,1]",
                      "give each parameter to one optimizer only"});
  struct States {
    constexpr void apply(Graph& g, std::span<const optim::Gradient> gradients) const {
      const auto scope = g.scope("mine");
      for (const optim::Gradient& each : gradients) (void)optim::state_like(g, "v", each.variable);
      optim::sgd_momentum().apply(g, gradients);
    }
  };
  expect<GraphError>([] { (void)trainer_of(States{}); }, {"the name is used twice"});
}

BOOST_AUTO_TEST_SUITE_END()
