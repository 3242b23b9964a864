#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/compile/recompute.hpp>
#include <foregraph/detail/nn/layers/layer_norm.hpp>
#include <foregraph/detail/nn/models/gpt.hpp>
#include <foregraph/detail/nn/models/mobilenet.hpp>
#include <foregraph/detail/nn/models/recurrent.hpp>
#include <foregraph/detail/nn/models/resnet.hpp>
#include <foregraph/detail/nn/models/vgg.hpp>
#include <foregraph/detail/nn/models/workloads.hpp>
#include <foregraph/detail/ops/activation/gelu.hpp>
#include <foregraph/detail/optim/adam.hpp>
#include <foregraph/detail/optim/sgd.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <foregraph/detail/train/trainer.hpp>
#include <limits>
#include <string>
#include <vector>

#include "support/expect.hpp"
#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace cheap_values {

constexpr auto images = [](Graph& g) {
  return models::cifar_resnet(g, {.blocks = 1, .size = 8, .width = 4});
};
constexpr auto rows = [](Graph& g) {
  Tensor x = g.input("x", {batch, 24});
  const Tensor label = g.input("label", {batch}, i32);
  for (int i = 0; i < 3; ++i) {
    const auto scope = g.scope(nn::numbered("block", i));
    x = x + nn::dense(gelu(nn::dense(nn::layer_norm(x, "norm"), 96, "wide")), 24, "narrow");
  }
  const Tensor logits = nn::dense(x, 5, "logits");
  return Model{.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};

template <class ModelFunction, class Optimizer>
Graph step_of(const ModelFunction& model, const Optimizer& optimizer) {
  Graph built;
  const Model m = model(built);
  return training_graph(built, m, optimizer);
}
std::int64_t products_in(const Graph& g) {
  std::int64_t count = 0;
  for (NodeId id = 0; id < g.size(); ++id) {
    const std::string_view op = g.node(id).op->name;
    count += op.starts_with("matmul") || op.starts_with("conv2d") || op.starts_with("attention");
  }
  return count;
}
template <class ModelFunction>
void check_form(const char* name, const ModelFunction& model, bool lowers) {
  for (const bool uses_adam : {false, true}) {
    const Graph step = uses_adam ? step_of(model, optim::adam()) : step_of(model, optim::sgd());
    for (const std::int64_t samples : {1, 8, 32, 200}) {
      BOOST_TEST_CONTEXT(name << " batch " << samples << (uses_adam ? " Adam" : " SGD")) {
        const Step kept = plan_step(step.clone(), samples, {.extra_time = 0});
        const Step chosen = plan_step(step.clone(), samples);
        BOOST_TEST(recomputations_in(kept.graph) == 0);
        BOOST_TEST((recomputations_in(chosen.graph) > 0) == lowers);
        BOOST_TEST(validate(chosen.graph, chosen.plan).ok());
        BOOST_TEST(products_in(chosen.graph) == products_in(kept.graph));
        BOOST_TEST(chosen.plan.peak().count <= kept.plan.peak().count);
        if (lowers && samples == 200)
          BOOST_TEST(chosen.plan.peak().count < kept.plan.peak().count * 99 / 100);
      }
    }
  }
}

/// The losses of the first steps with random inputs.
template <auto ModelFunction>
std::vector<double> losses_with(double extra_time, std::int64_t samples, int classes,
                                std::int64_t& recomputations) {
  TrainerOptions options;
  options.extra_time = extra_time;
  options.threads = 1;
  Trainer<ModelFunction> trainer{optim::adam(0.01), options};
  trainer.prepare(samples);
  recomputations = recomputations_in(trainer.program().graph());
  const auto x = trainer.template input<float>("x");
  const auto labels = trainer.template input<std::int32_t>("label");
  const std::vector<double> values = random_values(x.size(), 7);
  std::vector<double> losses;
  for (int step = 0; step < 6; ++step) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(values[i]);
    for (std::size_t i = 0; i < labels.size(); ++i)
      labels[i] = static_cast<std::int32_t>(i * 7 % static_cast<std::size_t>(classes));
    trainer.step();
    losses.push_back(trainer.loss());
  }
  return losses;
}

}  // namespace cheap_values

using namespace cheap_values;

BOOST_AUTO_TEST_SUITE(cheap_values_of_a_step)

BOOST_AUTO_TEST_CASE(are_recomputed_where_that_lowers_the_peak_and_no_product_is) {
  check_form("w6_resnet20", models::w6_resnet20, true);
  check_form("w8_transformer", models::w8_transformer, true);
  check_form("resnet18", models::resnet18, true);
  check_form("rows", rows, true);
}

BOOST_AUTO_TEST_CASE(are_kept_where_nothing_is_gained) {
  check_form("w4_mlp", models::w4_mlp, false);
  check_form("w7_lstm", models::w7_lstm, false);
  check_form("w2_linear", models::w2_linear, false);
}

BOOST_AUTO_TEST_CASE(of_normalised_rows_give_the_same_bits) {
  std::int64_t none = -1;
  std::int64_t some = 0;
  const std::vector<double> expected = losses_with<rows>(0, 40, 5, none);
  const std::vector<double> got = losses_with<rows>(0.05, 40, 5, some);
  BOOST_TEST(none == 0);
  BOOST_TEST(some > 0);
  BOOST_TEST(got == expected, boost::test_tools::per_element());
  BOOST_TEST(got.back() < got.front());
}

BOOST_AUTO_TEST_CASE(of_batch_norm_give_the_same_losses_to_rounding) {
  std::int64_t none = -1;
  std::int64_t some = 0;
  const std::vector<double> expected = losses_with<images>(0, 16, 10, none);
  const std::vector<double> got = losses_with<images>(0.5, 16, 10, some);
  BOOST_TEST(none == 0);
  BOOST_TEST(some > 0);
  for (std::size_t i = 0; i < got.size(); ++i) check_close(expected[i], got[i], 1e-3, "loss");
  check_close(expected[0], got[0], 1e-6, "first loss");
}

BOOST_AUTO_TEST_CASE(take_no_more_time_than_allowed) {
  const Graph step = step_of(models::w8_transformer, optim::sgd());
  const planning::Sketch sketch(step, 32);
  const double time = passes::choose_cheap_values(step, sketch, 0).time;
  std::int64_t last = -1;
  for (const double extra : {0.0, 0.002, 0.01, 0.1}) {
    const passes::CheapChoice choice =
        passes::choose_cheap_values(step, sketch, time * (1 + extra));
    BOOST_TEST(choice.time <= time * (1 + extra) * (1 + 1e-12));
    BOOST_TEST(choice.bytes >= last);
    last = choice.bytes;
    // The step with its copies is predicted to take no more, up to values that are read in another
    // order.
    if (choice.values == 0) continue;
    const Graph cheap = passes::detail::CheapRewrite(step, sketch, choice).run();
    const planning::Sketch after(cheap, 32);
    BOOST_TEST(passes::choose_cheap_values(cheap, after, 0).time <= choice.time * 1.002);
  }
  BOOST_TEST(last > 0);
}

BOOST_AUTO_TEST_CASE(have_the_same_form_at_every_batch) {
  const Graph step = step_of(images, optim::sgd());
  const Step one = plan_step(step.clone(), 1);
  for (const std::int64_t samples : {2, 31, 500})
    BOOST_TEST(plan_step(step.clone(), samples).graph.size() == one.graph.size());
}

BOOST_AUTO_TEST_CASE(are_chosen_in_the_compiler_as_well) {
  constexpr Bytes peak = peak_memory<rows>(optim::sgd(), 100);
  constexpr Bytes kept = peak_memory<rows>(optim::sgd(), 100, {.extra_time = 0});
  BOOST_TEST((peak == compile(rows, optim::sgd(), 100).plan.peak()));
  BOOST_TEST((peak < kept));
}

BOOST_AUTO_TEST_CASE(count_for_the_largest_batch) {
  const Graph step = step_of(images, optim::sgd());
  for (const std::int64_t budget : {50'000, 200'000, 400'000, 1'000'000, 5'000'000}) {
    const auto fits = [&](std::int64_t samples) {
      return plan_step(step.clone(), samples).plan.peak() <= Bytes{budget};
    };
    std::int64_t expected = 0;
    while (fits(expected + 1)) ++expected;
    BOOST_TEST(largest_batch_of_step(step, {budget}) == expected);
  }
}

BOOST_AUTO_TEST_CASE(can_be_recomputed_further) {
  const Step chosen = plan_step(step_of(models::w8_transformer, optim::sgd()), 16);
  const auto smallest =
      smallest_by_recomputation(chosen.graph, chosen.plan, flops_of(chosen.graph, 16) / 2);
  BOOST_REQUIRE(smallest.has_value());
  BOOST_TEST(validate(smallest->graph, smallest->plan).ok());
  BOOST_TEST((smallest->plan.peak() < chosen.plan.peak()));
}

BOOST_AUTO_TEST_CASE(a_preflight_plans_what_the_trainer_runs) {
  constexpr std::int64_t samples = 200;
  std::vector<float> x(static_cast<std::size_t>(samples) * 24, 0.5F);
  std::vector<std::int32_t> labels(static_cast<std::size_t>(samples), 0);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 5);
  const auto dataset =
      data::Dataset().add("x", {24}, std::move(x)).add("label", {}, std::move(labels));
  const auto is_over_budget = [&](double extra_time, Bytes budget) {
    TrainerOptions options;
    options.memory_budget = budget;
    options.threads = 1;
    options.extra_time = extra_time;
    Trainer<rows> trainer{optim::sgd(), options};
    const Report report = trainer.preflight(data::from(dataset).batch(samples));
    return std::any_of(report.findings().begin(), report.findings().end(),
                       [](const Finding& each) { return each.id == "over-memory-budget"; });
  };
  const auto peak = [](double extra_time) {
    return compile(rows, optim::sgd(), samples, {.extra_time = extra_time}).plan.peak();
  };
  BOOST_TEST_REQUIRE((peak(0.01) < peak(0)));
  const Bytes between{(peak(0.01).count + peak(0).count) / 2};
  BOOST_TEST(!is_over_budget(0.01, between));
  BOOST_TEST(is_over_budget(0, between));
}

BOOST_AUTO_TEST_CASE(a_share_out_of_range_is_refused) {
  for (const double share : {-0.01, 1.5, std::numeric_limits<double>::quiet_NaN()})
    expect<UsageError>(
        [&] {
          TrainerOptions options;
          options.extra_time = share;
          Trainer<rows> trainer{optim::sgd(), options};
        },
        {"TrainerOptions::extra_time", "expected a share of the step's time from 0 to 1"});
  TrainerOptions options;
  options.search = -1;
  expect<UsageError>(
      [&] {
        (Trainer<rows>{optim::sgd(), options});
      },
      {"TrainerOptions::search is -1, expected at least 0"});

  for (const double share : {-0.01, 1.5})
    expect<UsageError>(
        [&] { (void)compile(rows, optim::sgd(), 8, {.extra_time = share}); },
        {"PlanOptions::extra_time", "expected a share of the step's time from 0 to 1"});
}

BOOST_AUTO_TEST_SUITE_END()
