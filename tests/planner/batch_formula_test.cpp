#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/planner/batch_formula.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <foregraph/models.hpp>
#include <string>
#include <vector>

#include "planner/random_graph.hpp"
#include "planner/workloads.hpp"

BOOST_AUTO_TEST_SUITE(batch_formula)

namespace {

/// The lower bound of the same order at another batch, from live ranges alone.
std::int64_t bound_by_counting(const fg::Graph& g, const fg::Plan& plan, std::int64_t batch_size) {
  std::int64_t most = 0;
  for (std::int32_t step = 0; step <= static_cast<std::int32_t>(plan.order.tasks.size()); ++step) {
    std::int64_t alive = 0;
    for (const fg::Buffer& b : plan.buffers)
      if (b.range.first <= step && step < b.range.last)
        alive += fg::align_up(b.size.at(batch_size));
    most = std::max(most, alive);
  }
  for (const fg::NodeId id : g.inputs)
    most += fg::planning::buffer_bytes(g.node(id), batch_size) * plan.options.input_buffers;
  return most + plan.variables_bytes;
}

void check(const fg::Graph& g, const fg::Plan& plan) {
  const fg::BatchFormula formula = fg::batch_formula(g, plan);
  BOOST_TEST_REQUIRE(!formula.pieces.empty());
  BOOST_TEST(formula.pieces.front().first_batch == 1);
  BOOST_TEST(formula.pieces.back().last_batch == fg::any_batch);
  std::vector<std::int64_t> batches{1, 2, 3, 15, 16, 17, 64, 100, 4096, 1'000'000};
  for (std::size_t i = 0; i + 1 < formula.pieces.size(); ++i) {
    BOOST_TEST(formula.pieces[i].last_batch + 1 == formula.pieces[i + 1].first_batch);
    BOOST_TEST(formula.pieces[i].bytes_per_sample < formula.pieces[i + 1].bytes_per_sample);
    batches.push_back(formula.pieces[i].last_batch);
    batches.push_back(formula.pieces[i].last_batch + 1);
  }
  for (const std::int64_t b : batches) {
    const std::int64_t bound = bound_by_counting(g, plan, b);
    BOOST_TEST(fg::lower_bound_at(g, plan, b).count == bound);
    BOOST_TEST(std::abs(formula.at(b) - bound) <= formula.rounding_bytes);
    const std::int64_t exact = b * formula.exact_for_multiples_of;
    BOOST_TEST(formula.at(exact) == bound_by_counting(g, plan, exact));
  }
  BOOST_TEST(fg::lower_bound_at(g, plan, plan.batch).count == plan.lower_bound().count);
}

/// `tight`: one sample more breaks the plan. Not so where the buffer that would be overwritten
/// holds a value nobody reads.
void check_interval(const fg::Graph& g, const fg::Plan& plan, bool tight) {
  const fg::BatchInterval interval = fg::valid_batches(g, plan);
  BOOST_TEST(interval.first == 1);
  BOOST_TEST_REQUIRE(interval.last >= plan.batch);
  std::vector<std::int64_t> batches{1, plan.batch, interval.last};
  for (const fg::AffinePiece& piece : fg::batch_formula(g, plan).pieces)
    for (const std::int64_t b : {piece.first_batch, piece.last_batch})
      if (b <= interval.last) batches.push_back(b);
  for (const std::int64_t b : batches) BOOST_TEST(fg::validate(g, plan, b).ok());
  if (tight) BOOST_TEST(!fg::validate(g, plan, interval.last + 1).ok());
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_the_workloads) {
  const auto check_all = [](const fg::Graph& g) {
    for (const std::int64_t b : {1, 33, 128}) {
      const fg::Plan plan = fg::plan_memory(g, b, {.input_buffers = 2});
      check(g, plan);
      check_interval(g, plan, true);
    }
  };
  check_all(workloads::step_of(workloads::w1_logistic, fg::optim::adam()));
  check_all(workloads::step_of(workloads::w3_wide_data, fg::optim::sgd()));
  check_all(workloads::step_of(fg::models::w4_mlp, fg::optim::adam()));
  check_all(workloads::step_of(fg::models::w5_lenet, fg::optim::sgd_momentum()));
}

BOOST_AUTO_TEST_CASE(of_random_graphs) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      RandomGraph random(seed);
      const fg::Graph g = random.training_step(12);
      const fg::Plan plan = fg::plan_memory(g, 1 + random.below(40));
      check(g, plan);
      check_interval(g, plan, false);
    }
  }
}

BOOST_AUTO_TEST_CASE(names_its_pieces) {
  // A sum of squares needs x*x per sample; a large parameter's square is constant.
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch, 1024});
  const fg::Tensor w = g.parameter("w", {64, 1024});
  const fg::Model model{.loss = fg::mean(fg::matmul(x, w, {false, true})), .outputs = {}};
  const fg::Graph step = fg::training_graph(g, model, fg::optim::sgd());
  const fg::Plan plan = fg::plan_memory(step, 16);
  const fg::BatchFormula formula = fg::batch_formula(step, plan);
  const std::string text = fg::to_string(formula);
  BOOST_TEST(text.find("256 KiB") == 0U);
  BOOST_TEST(text.find(" per sample") != std::string::npos);
  BOOST_TEST(fg::to_string(fg::BatchFormula{
                 {{1, 311, 1'478'492, 12'595, 0}, {312, fg::any_batch, 943'718, 14'336, 4}}}) ==
             "1.41 MiB + 12.3 KiB per sample up to batch 311, then 922 KiB + 14.0 KiB per sample");
}

BOOST_AUTO_TEST_SUITE_END()
