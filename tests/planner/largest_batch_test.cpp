// The largest batch of a budget is the one that trying all batches gives.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/models.hpp>
#include <foregraph/planner.hpp>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "planner/random_graph.hpp"
#include "planner/workloads.hpp"
#include "support/sanitized.hpp"

namespace largest_batch_models {

using workloads::step_of;

struct PlannedModel {
  std::string name;
  fg::Graph step;
  fg::PlanOptions options{};
};

/// A recurrent net, with an input for each step in time. Other orders are best for other batches.
fg::Graph unrolled(int steps, std::int64_t units) {
  fg::Graph g;
  const auto label = g.input("label", {fg::batch}, fg::i32);
  const auto from_input = g.parameter("from_input", {24, units});
  const auto from_state = g.parameter("from_state", {units, units});
  auto state = fg::tanh(fg::matmul(g.input("x0", {fg::batch, 24}), from_input));
  for (int t = 1; t < steps; ++t)
    state = fg::tanh(fg::matmul(g.input("x" + std::to_string(t), {fg::batch, 24}), from_input) +
                     fg::matmul(state, from_state));
  const auto logits = fg::nn::dense(state, 5, "logits");
  return fg::training_graph(g, {fg::nn::softmax_cross_entropy(logits, label), {logits}},
                            fg::optim::sgd());
}

/// Layers of residuals that share their weight, whose gradients are as large as values of `width`
/// samples.
fg::Graph shared(int layers, std::int64_t width) {
  fg::Graph g;
  auto x = g.input("x", {fg::batch, width});
  const auto y = g.input("y", {fg::batch, width});
  const auto w = g.parameter("w", {width, width});
  for (int i = 0; i < layers; ++i) x = fg::relu(fg::matmul(x, w)) + x;
  return fg::training_graph(g, {fg::nn::mean_squared_error(x, y), {}}, fg::optim::adam());
}

/// Branches of different widths, which are summed up.
fg::Graph branches(std::int64_t width) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 12});
  const auto y = g.input("y", {fg::batch, 3});
  fg::Tensor sum = fg::nn::dense(x, 3, "skip");
  for (std::int64_t i = 1; i <= 4; ++i) {
    const std::string name = "branch" + std::to_string(i);
    const auto h = fg::relu(fg::nn::dense(x, i * width, name + "a"));
    sum = sum + fg::nn::dense(fg::tanh(h), 3, name + "b");
  }
  return fg::training_graph(g, {fg::nn::mean_squared_error(sum, y), {}}, fg::optim::sgd_momentum());
}

/// Convolutions and a normalisation, with workspaces on each thread.
fg::Graph small_images() {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 8, 8, 2});
  const auto label = g.input("label", {fg::batch}, fg::i32);
  auto h = fg::relu(fg::nn::batch_norm(fg::nn::conv2d(x, 4, 3, "conv1"), "norm"));
  h = fg::max_pool2d(fg::nn::conv2d(h, 6, 3, "conv2"));
  const auto logits = fg::nn::dense(fg::flatten(h), 4, "logits");
  return fg::training_graph(g, {fg::nn::softmax_cross_entropy(logits, label), {logits}},
                            fg::optim::adam());
}

std::vector<PlannedModel> planned_models() {
  std::vector<PlannedModel> models;
  const auto add = [&](const char* name, fg::Graph step, fg::PlanOptions options = {}) {
    models.push_back({name, std::move(step), options});
  };
  add("w1", step_of(workloads::w1_logistic, fg::optim::adam()));
  add("w2", step_of(workloads::w2_linear, fg::optim::sgd()), {.input_buffers = 3});
  add("w3", step_of(workloads::w3_wide_data, fg::optim::sgd_momentum()));
  add("w3 as written", step_of(workloads::w3_wide_data, fg::optim::adam()),
      {.order = fg::OrderMethod::as_written, .in_place = false});
  add("w4", step_of(workloads::w4_mlp, fg::optim::adam()));
  add("w4 beside others", step_of(workloads::w4_mlp, fg::optim::sgd()), {.other_bytes = 12'345});
  add("w5", step_of(fg::models::w5_lenet, fg::optim::sgd()), {.threads = 3});
  add("unrolled 3", unrolled(3, 48));
  add("unrolled 5", unrolled(5, 64));
  add("unrolled 6", unrolled(6, 33), {.input_buffers = 2});
  add("unrolled 8", unrolled(8, 40));
  add("shared 2", shared(2, 64));
  add("shared 3", shared(3, 100));
  add("shared 4", shared(4, 48), {.threads = 2});
  add("shared 6", shared(6, 80));
  add("branches 5", branches(5));
  add("branches 16", branches(16), {.in_place = false});
  add("branches 50", branches(50));
  add("images", small_images());
  add("images on 4 threads", small_images(), {.input_buffers = 2, .threads = 4});
  for (std::uint64_t seed = 1; models.size() < 26; ++seed)
    add(("random " + std::to_string(seed)).c_str(), RandomGraph(seed).training_step(12));
  return models;
}

constexpr std::int64_t most = 300;

/// Budgets from below the smallest plan to the bound of the largest batch, and right at and below
/// the peaks of some batches.
std::set<std::int64_t> budgets_of(const std::vector<std::int64_t>& peaks, std::int64_t bound) {
  constexpr std::size_t count = fg::test::is_sanitized ? 12 : 200;
  const std::int64_t lowest = *std::min_element(peaks.begin() + 1, peaks.end()) - 64;
  std::set<std::int64_t> budgets;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(count / 2); ++i)
    budgets.insert(lowest + (bound - lowest) * i / static_cast<std::int64_t>(count / 2));
  std::mt19937_64 random(29);
  for (int tries = 0; budgets.size() < count && tries < 2'000; ++tries) {
    const std::int64_t peak = peaks[1 + random() % static_cast<std::uint64_t>(most)];
    if (peak < bound) budgets.insert({peak, peak - 1});
  }
  return budgets;
}

}  // namespace largest_batch_models

BOOST_AUTO_TEST_SUITE(largest_batch)

BOOST_AUTO_TEST_CASE(it_is_the_one_of_trying_all) {
  using namespace largest_batch_models;
  std::size_t asked = 0;
  for (const PlannedModel& model : planned_models()) {
    std::vector<std::int64_t> peaks(most + 1, 0);
    std::int64_t bound = 0;
    for (std::int64_t b = 1; b <= most; ++b) {
      const fg::Plan plan = fg::plan_memory(model.step, b, model.options);
      peaks[static_cast<std::size_t>(b)] = plan.peak().count;
      bound = plan.lower_bound().count;  // no larger batch fits below that of the last
    }
    for (const std::int64_t budget : budgets_of(peaks, bound)) {
      std::int64_t expected = most;
      while (expected > 0 && peaks[static_cast<std::size_t>(expected)] > budget) --expected;
      BOOST_TEST(fg::largest_batch(model.step, {budget}, model.options) == expected,
                 model.name << ", budget " << budget);
      ++asked;
    }
  }
  BOOST_TEST(asked > (fg::test::is_sanitized ? 250U : 4'500U));
}

BOOST_AUTO_TEST_SUITE_END()
