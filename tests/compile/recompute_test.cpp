#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/compile/recompute.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/planner/tasks/task_memory.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <string>
#include <utility>
#include <vector>

#include <foregraph/models.hpp>
#include <foregraph/plan.hpp>

namespace fg = foregraph;

BOOST_AUTO_TEST_SUITE(recompute)

namespace {

constexpr std::int64_t width = 16;
constexpr std::int64_t samples = 16384;
constexpr std::int64_t value_bytes = width * samples * 4;
constexpr std::int64_t step_flops = 2 * width * width * samples;

/// A chain of `length` products: to go back through one of them its operand has to be there.
fg::Step chain(int length) {
  const auto model = [length](fg::Graph& g) {
    fg::Tensor h = g.input("x", {fg::batch, width});
    for (int i = 0; i < length; ++i)
      h = fg::matmul(h, g.parameter("w" + std::to_string(i), {width, width}));
    return fg::Model{.loss = fg::mean(h * h), .outputs = {h}};
  };
  return fg::compile(model, fg::optim::sgd(), samples);
}

/// The fewest steps forward, the first run included, to go back through chains of up to `length`
/// steps with up to that many values kept (Griewank, 1992), by [length][kept].
std::vector<std::vector<std::int64_t>> fewest_steps(int length) {
  const auto n = static_cast<std::size_t>(length);
  std::vector<std::vector<std::int64_t>> fewest(n + 1, std::vector<std::int64_t>(n + 1, 0));
  for (std::size_t l = 2; l <= n; ++l) {
    fewest[l][0] = static_cast<std::int64_t>(l * (l - 1) / 2);
    for (std::size_t kept = 1; kept <= n; ++kept) {
      fewest[l][kept] = fewest[l][0];
      for (std::size_t j = 1; j < l; ++j)
        fewest[l][kept] = std::min(fewest[l][kept], static_cast<std::int64_t>(j) +
                                                        fewest[l - j][kept - 1] + fewest[j][kept]);
    }
  }
  return fewest;
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_chains_against_the_optimum) {
  for (const int length : {8, 16, 32, 64}) {
    const fg::Step planned = chain(length);
    const auto fewest = fewest_steps(length);
    const auto n = static_cast<std::size_t>(length);
    for (int fewer = 1; fewer <= length - 7; ++fewer) {
      const auto kept = static_cast<std::size_t>(length - 2 - fewer);
      const auto found = fg::recompute_within(planned.graph, planned.plan,
                                              {planned.plan.transient_bytes - fewer * value_bytes},
                                              1000 * step_flops);
      BOOST_TEST_CONTEXT("length " << length << ", " << fewer << " values fewer") {
        BOOST_TEST_REQUIRE(found.has_value());
        BOOST_TEST(fg::validate(found->graph, found->plan).ok());
        BOOST_TEST(found->plan.transient_bytes <=
                   planned.plan.transient_bytes - fewer * value_bytes);
        BOOST_TEST(found->extra_flops % step_flops == 0);
        const std::int64_t steps = found->extra_flops / step_flops;
        const std::int64_t optimum = fewest[n][kept] - (length - 1);
        BOOST_TEST(steps >= optimum);
        if (3 * fewer <= 2 * length)
          BOOST_TEST(steps == optimum);  // one more run of a part of the chain is enough
        else
          BOOST_TEST(5 * steps <= 7 * optimum);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_recomputed_where_it_fits) {
  const fg::Step planned = chain(8);
  const auto found =
      fg::recompute_within(planned.graph, planned.plan, {planned.plan.transient_bytes}, step_flops);
  BOOST_TEST_REQUIRE(found.has_value());
  BOOST_TEST(found->recomputed_values == 0);
  BOOST_TEST(found->extra_flops == 0);
}

BOOST_AUTO_TEST_CASE(the_limit_of_extra_work_is_kept) {
  const fg::Step planned = chain(16);
  const fg::Bytes limit{planned.plan.transient_bytes - 6 * value_bytes};
  BOOST_TEST(!fg::recompute_within(planned.graph, planned.plan, limit, 5 * step_flops));
  BOOST_TEST(fg::recompute_within(planned.graph, planned.plan, limit, 6 * step_flops).has_value());
  BOOST_TEST(!fg::recompute_within(planned.graph, planned.plan, {value_bytes}, 1000 * step_flops));
}

BOOST_AUTO_TEST_CASE(a_budget_is_met_or_refused) {
  const fg::Step planned = chain(16);
  const auto smallest =
      fg::smallest_by_recomputation(planned.graph, planned.plan, 1000 * step_flops);
  BOOST_TEST_REQUIRE(smallest.has_value());
  BOOST_TEST((smallest->plan.peak() < planned.plan.peak()));
  const auto fits =
      fg::recompute_to_fit(planned.graph, planned.plan, smallest->plan.peak(), 1000 * step_flops);
  BOOST_TEST_REQUIRE(fits.has_value());
  BOOST_TEST((fits->plan.peak() <= smallest->plan.peak()));
  BOOST_TEST(!fg::recompute_to_fit(planned.graph, planned.plan,
                                   {planned.plan.variables_bytes + planned.plan.inputs_bytes()},
                                   1000 * step_flops));
}

namespace {

struct Case {
  fg::Step step;
  std::int64_t flops = 0;
  fg::Bytes peak{};
};

template <class ModelFunction>
Case planned(const ModelFunction& model, std::int64_t batch_size) {
  Case result{fg::compile(model, fg::optim::sgd(), batch_size, {.extra_time = 0})};
  result.flops = fg::flops_of(result.step.graph, batch_size);
  result.peak = result.step.plan.peak();
  return result;
}

/// The bytes of the largest task with all it reads and writes, beside those in memory all the time.
fg::Bytes floor_of(const fg::Step& step) {
  const fg::Plan& plan = step.plan;
  const fg::planning::TaskMemory memory(step.graph, plan.tasks, plan.order.bound_variable,
                                        plan.batch);
  std::int64_t most = 0;
  for (std::size_t t = 0; t < plan.tasks.list.size(); ++t) {
    const auto task = static_cast<std::int32_t>(t);
    std::int64_t bytes = memory.workspace_of(task);
    for (const fg::NodeId id : memory.reads_of(task)) bytes += memory.bytes_of(id);
    std::vector<fg::NodeId> taken;
    for (const auto& make : memory.makes_of(task)) {
      bytes += memory.bytes_of(make.node);
      for (const fg::NodeId over : memory.overwrites_of(make)) {
        if (std::find(taken.begin(), taken.end(), over) != taken.end()) continue;
        taken.push_back(over);
        bytes -= memory.bytes_of(make.node);
        break;
      }
    }
    most = std::max(most, bytes);
  }
  return {most + plan.peak().count - plan.transient_bytes};
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_cliff_in_a_transformer) {
  const Case w8 = planned(fg::models::w8_transformer, 32);
  // Percent of the peak, and the most FLOPs to be added, in percent.
  for (const auto& [share, most] : {std::pair{80, 1}, {60, 5}, {40, 14}, {25, 25}, {20, 50}}) {
    BOOST_TEST_CONTEXT(share << " % of the peak") {
      const fg::Bytes budget{w8.peak.count * share / 100};
      const auto found =
          fg::recompute_to_fit(w8.step.graph, w8.step.plan, budget, w8.flops * most / 100);
      BOOST_TEST_REQUIRE(found.has_value());
      BOOST_TEST((found->plan.peak() <= budget));
      BOOST_TEST(found->extra_flops <= w8.flops * most / 100);
      BOOST_TEST(fg::validate(found->graph, found->plan).ok());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_largest_task_is_nearly_reached) {
  for (const Case& each :
       {planned(fg::models::resnet18, 8), planned(fg::models::mobilenet_v2_small, 8)}) {
    const fg::Step& step = each.step;
    const auto smallest = fg::smallest_by_recomputation(step.graph, step.plan, each.flops * 2 / 10);
    BOOST_TEST_CONTEXT("variables of " << to_string(fg::Bytes{step.plan.variables_bytes})) {
      BOOST_TEST_REQUIRE(smallest.has_value());
      BOOST_TEST(fg::validate(smallest->graph, smallest->plan).ok());
      BOOST_TEST(smallest->extra_flops <= each.flops * 2 / 10);
      BOOST_TEST(smallest->plan.peak().count * 10 <= floor_of(step).count * 11);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
