// Whatever the planner decides (order, aliasing, recomputation), the results are the same.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <foregraph/detail/compile/recompute.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/foregraph.hpp>
#include <vector>

#include "planner/random_graph.hpp"
#include "support/sanitized.hpp"

namespace {

#ifdef __OPTIMIZE__
constexpr int graphs = fg::test::is_sanitized ? 400 : 10'000;
#else
constexpr int graphs = 1'000;
#endif
constexpr std::uint64_t first_seed = 1;

/// The variables and the loss after two steps from made-up values, as bytes.
std::vector<std::byte> results(const fg::Graph& g, const fg::Plan& plan) {
  const auto variables_bytes = static_cast<std::size_t>(plan.variables_bytes);
  const auto inputs_bytes = static_cast<std::size_t>(plan.inputs_bytes());
  fg::Arena arena(variables_bytes + inputs_bytes + static_cast<std::size_t>(plan.transient_bytes));
  std::byte* inputs = arena.data() + variables_bytes;
  fg::Program program(g.clone(), plan);
  program.attach(arena.data(), inputs, inputs + inputs_bytes);
  const auto fill = [&](fg::NodeId id, std::size_t salt) {
    const fg::Node& node = g.node(id);
    const std::int64_t count = node.shape.elements().at(plan.batch);
    std::byte* at = program.address_of(id);
    for (std::int64_t i = 0; i < count; ++i) {
      const double value =
          static_cast<double>((i * 37 + static_cast<std::int64_t>(salt) * 11) % 101) / 101 - 0.5;
      if (node.dtype == fg::f64)
        reinterpret_cast<double*>(at)[i] = value;
      else
        reinterpret_cast<float*>(at)[i] = static_cast<float>(value);
    }
  };
  for (std::size_t v = 0; v < g.variables.size(); ++v)
    if (g.variables[v].trainable) fill(g.variables[v].node, v);
  for (int step = 0; step < 2; ++step) {
    for (std::size_t i = 0; i < g.inputs.size(); ++i) fill(g.inputs[i], i);
    program.run();
  }
  std::vector<std::byte> bytes;
  const auto keep = [&](fg::NodeId id) {
    const fg::Node& node = g.node(id);
    const auto size = static_cast<std::size_t>(fg::planning::bytes_of(node).at(plan.batch));
    const std::byte* at = program.address_of(id);
    bytes.insert(bytes.end(), at, at + size);
  };
  for (const fg::Variable& v : g.variables) keep(v.node);
  keep(g.loss);
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(planner_decisions)

BOOST_AUTO_TEST_CASE(random_steps_are_planned_soundly_and_compute_the_same) {
  int recomputed = 0;
  for (int i = 0; i < graphs; ++i) {
    const std::uint64_t seed = first_seed + static_cast<std::uint64_t>(i);
    BOOST_TEST_CONTEXT("seed " << seed) {
      RandomGraph random(seed);
      const fg::Graph g = random.training_step(static_cast<int>(2 + random.below(14)));
      const std::int64_t batch_size = 1 + random.below(20);
      const fg::Plan plan = fg::plan_memory(g, batch_size);
      BOOST_TEST_REQUIRE(fg::validate(g, plan).ok());
      BOOST_TEST_REQUIRE((plan.lower_bound() <= plan.peak()));
      if (i % 10 != 0) continue;
      const std::vector<std::byte> expected = results(g, plan);
      for (const fg::OrderMethod order :
           {fg::OrderMethod::as_written, fg::OrderMethod::early_updates,
            fg::OrderMethod::early_gradients, fg::OrderMethod::searched})
        for (const bool in_place : {true, false}) {
          const fg::Plan other =
              fg::plan_memory(g, batch_size, {.order = order, .in_place = in_place});
          BOOST_TEST_REQUIRE(fg::validate(g, other).ok());
          if (order == fg::OrderMethod::early_updates && in_place)
            BOOST_TEST_REQUIRE((plan.lower_bound() <= other.lower_bound()));
          BOOST_TEST_REQUIRE((results(g, other) == expected));
        }
      if (const auto again =
              fg::smallest_by_recomputation(g, plan, 2 * fg::flops_of(g, batch_size))) {
        ++recomputed;
        BOOST_TEST_REQUIRE(fg::validate(again->graph, again->plan).ok());
        BOOST_TEST_REQUIRE((again->plan.peak() < plan.peak()));
        BOOST_TEST_REQUIRE((results(again->graph, again->plan) == expected));
      }
    }
  }
  BOOST_TEST(recomputed > graphs / 200, "recomputation was hardly tried");
}

BOOST_AUTO_TEST_SUITE_END()
