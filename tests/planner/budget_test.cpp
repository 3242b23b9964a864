#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/plan.hpp>
#include <string>
#include <vector>

#include "planner/random_graph.hpp"
#include "planner/workloads.hpp"

namespace {

using namespace fg::literals;
using workloads::step_of;

fg::Bytes peak(const fg::Graph& g, std::int64_t batch_size, fg::PlanOptions options = {}) {
  return fg::plan_memory(g, batch_size, options).peak();
}

/// The message of the BudgetError; "" if the plan fits.
std::string refusal(const fg::Graph& g, std::int64_t batch_size, fg::Bytes budget,
                    fg::PlanOptions options = {}) {
  try {
    fg::check_budget(g, fg::plan_memory(g, batch_size, options), budget);
  } catch (const fg::BudgetError& error) {
    return error.what();
  }
  return "";
}

void check_contains(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos,
                        "'" << text << "' does not contain '" << part << "'");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(budget)

BOOST_AUTO_TEST_CASE(the_largest_batch_fits_and_the_next_does_not) {
  std::vector<fg::Graph> steps;
  steps.push_back(step_of(workloads::w1_logistic, fg::optim::adam()));
  steps.push_back(step_of(workloads::w2_linear, fg::optim::sgd()));
  steps.push_back(step_of(workloads::w3_wide_data, fg::optim::sgd_momentum()));
  steps.push_back(step_of(workloads::w4_mlp, fg::optim::adam()));
  for (const fg::Graph& g : steps)
    for (const fg::Bytes budget : {16_MiB, 100_MiB, 3_GiB}) {
      const std::int64_t largest = fg::largest_batch(g, budget);
      BOOST_TEST(largest > 0);
      BOOST_TEST(peak(g, largest).count <= budget.count);
      BOOST_TEST(peak(g, largest + 1).count > budget.count);
    }
}

BOOST_AUTO_TEST_CASE(every_batch_that_is_the_budget_exactly_fits) {
  const fg::Graph g = step_of(workloads::w3_wide_data, fg::optim::adam());
  for (const std::int64_t size : {1, 2, 3, 31, 32, 33, 1000})
    BOOST_TEST(fg::largest_batch(g, peak(g, size)) >= size);
  BOOST_TEST(fg::largest_batch(g, peak(g, 1) - 1_B) == 0);
  BOOST_TEST(fg::largest_batch(g, 0_B) == 0);
  BOOST_TEST(fg::largest_batch(g, fg::Bytes{-1}) == 0);
}

BOOST_AUTO_TEST_CASE(random_graphs_have_their_boundary_where_it_is_said_to_be) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      const fg::Graph g = RandomGraph(seed).training_step(20);
      const fg::PlanOptions options{.input_buffers = 1 + static_cast<std::int64_t>(seed % 3)};
      const fg::Bytes budget{peak(g, 1, options).count + 2 * static_cast<std::int64_t>(seed) * 100};
      const std::int64_t largest = fg::largest_batch(g, budget, options);
      BOOST_REQUIRE(largest >= 1);
      BOOST_TEST(peak(g, largest, options).count <= budget.count);
      BOOST_TEST(peak(g, largest + 1, options).count > budget.count);
    }
  }
}

BOOST_AUTO_TEST_CASE(prefetched_batches_need_room) {
  const fg::Graph g = step_of(workloads::w3_wide_data, fg::optim::adam());
  const std::int64_t alone = fg::largest_batch(g, 4_MiB);
  const std::int64_t prefetched = fg::largest_batch(g, 4_MiB, {.input_buffers = 3});
  BOOST_TEST(prefetched < alone);
  BOOST_TEST(prefetched > alone / 3);
}

BOOST_AUTO_TEST_CASE(the_search_ends) {
  fg::Graph built;
  const fg::Tensor p = built.parameter("p", {8});
  const fg::Model m{.loss = fg::sum(fg::multiply(p, p))};
  const fg::Graph without_batch = fg::training_graph(built, m, fg::optim::sgd());
  BOOST_TEST(fg::largest_batch(without_batch, 1_MiB) == fg::most_samples);
  // Sizes beyond 64 bits are met on the way to a budget near that, and do not fit.
  const fg::Graph g = step_of(workloads::w4_mlp, fg::optim::adam());
  const std::int64_t largest = fg::largest_batch(g, fg::Bytes{std::int64_t{1} << 60});
  BOOST_TEST(largest > 0);
  BOOST_TEST(largest <= fg::most_samples);
}

BOOST_AUTO_TEST_CASE(what_fits_is_not_refused) {
  const fg::Graph g = step_of(workloads::w1_logistic, fg::optim::adam());
  BOOST_TEST(refusal(g, 32, peak(g, 32)) == "");
  BOOST_TEST(refusal(g, 32, peak(g, 32) - 1_B) != "");
}

BOOST_AUTO_TEST_CASE(the_message_names_the_op_the_tensors_and_the_batch_that_fits) {
  const fg::Graph g = step_of(workloads::w3_wide_data, fg::optim::adam());
  const std::string text = refusal(g, 10'000, 2_MiB);
  const std::int64_t largest = fg::largest_batch(g, 2_MiB);
  BOOST_REQUIRE(largest > 1000);
  check_contains(text, {"a step at batch 10,000 needs " + to_string(peak(g, 10'000)),
                        "the memory budget is 2.00 MiB", "The peak is at %",
                        "matmul of out f32[32,1]", "(backward, workloads.hpp:",
                        "the largest tensors there are x "
                        "f32[batch,100] with " +
                            to_string(fg::Bytes{10'000 * 400}) + ", %",
                        " relu f32[batch,32] with 1.22 MiB"});
  const std::string largest_text = std::to_string(largest);
  check_contains(text, {"The largest batch that fits is " + largest_text.substr(0, 1) + ',' +
                        largest_text.substr(1) + '.'});
}

BOOST_AUTO_TEST_CASE(parameters_that_do_not_fit_are_named_before_any_batch) {
  const fg::Graph g = step_of(workloads::w4_mlp, fg::optim::adam());
  const fg::Plan plan = fg::plan_memory(g, 1);
  check_contains(
      refusal(g, 1, 1_MiB),
      {"needs 9.20 MiB", "budget is 1.00 MiB",
       "No batch fits: parameters (" + to_string(fg::Bytes{plan.at_peak.parameters_bytes}) +
           ") and optimizer state (" + to_string(fg::Bytes{plan.at_peak.optimizer_state_bytes}) +
           ") alone need " + to_string(fg::Bytes{plan.variables_bytes}),
       "an optimizer with less state"});
}

BOOST_AUTO_TEST_CASE(one_sample_that_does_not_fit_is_named) {
  const fg::Graph g = step_of(workloads::w4_mlp, fg::optim::adam());
  const std::string text = refusal(g, 128, 9_MiB);
  check_contains(text, {"Even batch 1 does not fit: it needs " + to_string(peak(g, 1)) + ';'});
  BOOST_TEST(text.find("prefetched") == std::string::npos);
  BOOST_TEST(text.find("No batch fits") == std::string::npos);
  check_contains(refusal(g, 128, 9_MiB, {.input_buffers = 3}), {"fewer prefetched batches"});
}

BOOST_AUTO_TEST_SUITE_END()
