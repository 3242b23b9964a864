#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/compile/micro_batches.hpp>
#include <foregraph/detail/diagnose/view/timeline.hpp>
#include <foregraph/models.hpp>
#include <foregraph/plan.hpp>

#include "planner/random_graph.hpp"
#include "planner/workloads.hpp"

using workloads::step_of;

namespace {

bool overlap(const fg::MemoryBlock& a, const fg::MemoryBlock& b) {
  return a.first < b.last && b.first < a.last && a.offset < b.offset + b.bytes &&
         b.offset < a.offset + a.bytes;
}

/// All that must hold for any plan.
void check_timeline(const fg::Graph& g, const fg::Plan& plan) {
  const fg::MemoryTimeline timeline = fg::memory_timeline(g, plan);
  BOOST_REQUIRE(timeline.steps.size() == plan.order.tasks.size());
  const auto& at_peak = timeline.steps[static_cast<std::size_t>(plan.peak_step)];
  BOOST_TEST(at_peak.alive == fg::by_category(plan.at_peak), boost::test_tools::per_element());

  std::int64_t most = 0;
  for (const fg::TimelineStep& step : timeline.steps) {
    most = std::max(most, fg::sum_of(step.alive));
    BOOST_TEST(step.node != fg::no_node);
    BOOST_TEST(step.phases != 0);
  }
  BOOST_TEST(most == plan.lower_bound().count);

  std::int64_t end = 0;
  bool disjoint = true;
  bool covered = true;
  for (std::size_t i = 0; i < timeline.blocks.size(); ++i) {
    const fg::MemoryBlock& block = timeline.blocks[i];
    end = std::max(end, block.offset + block.bytes);
    for (std::size_t j = 0; j < i; ++j) disjoint &= !overlap(block, timeline.blocks[j]);
    covered &= !block.tensors.empty() && block.tensors.front().first == block.first &&
               block.tensors.back().last == block.last;
    if (block.segment == fg::Segment::inputs) continue;
    for (std::size_t t = 0; t < block.tensors.size(); ++t) {
      covered &= block.tensors[t].first < block.tensors[t].last;
      if (t > 0) covered &= block.tensors[t - 1].last == block.tensors[t].first;
    }
  }
  BOOST_TEST(disjoint);
  BOOST_TEST(covered);
  BOOST_TEST(end == plan.peak().count);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(timeline)

BOOST_AUTO_TEST_CASE(sums_and_rectangles_agree_with_the_plan) {
  for (const std::int64_t size : workloads::batches) {
    const fg::Graph logistic = step_of(workloads::w1_logistic, fg::optim::sgd());
    check_timeline(logistic, fg::plan_memory(logistic, size));
    const fg::Graph mlp = step_of(workloads::w4_mlp, fg::optim::adam());
    check_timeline(mlp, fg::plan_memory(mlp, size, {.input_buffers = 4}));
  }
  const fg::Graph convolutions = step_of(fg::models::w6_resnet20, fg::optim::sgd_momentum());
  check_timeline(convolutions, fg::plan_memory(convolutions, 32));
}

BOOST_AUTO_TEST_CASE(workspaces_of_threads_are_one_block) {
  const fg::Graph g = step_of(fg::models::w5_lenet, fg::optim::adam());
  const fg::Plan plan = fg::plan_memory(g, 8, {.input_buffers = 2, .threads = 4});
  BOOST_TEST(plan.thread_bytes > 0);
  check_timeline(g, plan);
  const fg::MemoryTimeline timeline = fg::memory_timeline(g, plan);
  const fg::MemoryBlock& block = timeline.blocks.back();
  BOOST_TEST((block.segment == fg::Segment::threads));
  BOOST_TEST((block.category == fg::MemoryCategory::workspace));
  BOOST_TEST(block.bytes == plan.thread_bytes);
  BOOST_TEST(block.last == static_cast<std::int32_t>(timeline.steps.size()));
}

BOOST_AUTO_TEST_CASE(they_agree_for_random_graphs) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) BOOST_TEST_CONTEXT("seed " << seed) {
      const fg::Graph g = RandomGraph(seed).training_step(25);
      check_timeline(g, fg::plan_memory(g, 9, {.input_buffers = 3}));
    }
}

BOOST_AUTO_TEST_CASE(a_buffer_names_the_tensors_in_it_one_after_the_other) {
  fg::Graph g;
  auto x = g.input("x", {fg::batch, 2});
  auto w1 = g.parameter("w1", {2, 64});
  auto w2 = g.parameter("w2", {64, 48});
  const fg::Tensor first = fg::matmul(x, w1);
  const fg::Tensor active = fg::relu(first);  // written over `first`
  const fg::Tensor second = fg::matmul(active, w2);
  g.outputs.push_back(second.id);
  const fg::Plan plan = fg::plan_memory(g, 100);
  const fg::MemoryTimeline timeline = fg::memory_timeline(g, plan);

  BOOST_REQUIRE(timeline.steps.size() == 3U);
  BOOST_TEST(timeline.steps[1].node == active.id);
  BOOST_TEST(timeline.steps[1].has(fg::Phase::forward));
  BOOST_TEST(!timeline.steps[1].has(fg::Phase::backward));
  BOOST_REQUIRE(timeline.blocks.size() == 5U);  // w1, w2, x, two buffers
  BOOST_TEST(timeline.blocks[0].tensors[0].node == w1.id);
  BOOST_TEST((timeline.blocks[2].segment == fg::Segment::inputs));
  BOOST_TEST(timeline.blocks[2].offset == plan.variables_bytes);
  const fg::MemoryBlock& shared = timeline.blocks[3];
  BOOST_REQUIRE(shared.tensors.size() == 2U);
  BOOST_TEST(shared.tensors[0].node == first.id);
  BOOST_TEST(shared.tensors[0].first == 0);
  BOOST_TEST(shared.tensors[0].last == 1);
  BOOST_TEST(shared.tensors[1].node == active.id);
  BOOST_TEST(shared.tensors[1].last == 3);
  BOOST_TEST(shared.bytes == 64 * 4 * 100);
  BOOST_TEST((shared.category == fg::MemoryCategory::activations));
  BOOST_TEST(timeline.blocks[4].last == 3);  // an output: until the end of the step
}

BOOST_AUTO_TEST_CASE(slots_of_prefetched_batches_are_one_block) {
  const fg::Graph g = step_of(workloads::w2_linear, fg::optim::sgd());
  const fg::Plan plan = fg::plan_memory(g, 5, {.input_buffers = 1'000'000});
  const fg::MemoryTimeline timeline = fg::memory_timeline(g, plan);
  std::int64_t bytes = 0;
  int blocks = 0;
  for (const fg::MemoryBlock& block : timeline.blocks) {
    if (block.segment != fg::Segment::inputs) continue;
    bytes += block.bytes;
    ++blocks;
  }
  BOOST_TEST(blocks == 3);
  BOOST_TEST(bytes == plan.inputs_bytes());
}

BOOST_AUTO_TEST_CASE(sums_of_parts_of_a_batch_come_last) {
  fg::Graph g;
  const fg::Model model = workloads::w3_wide_data(g);
  const fg::SplitStep split = fg::split_training(g, model, fg::optim::adam());
  check_timeline(split.part, fg::plan_memory(split.part, 8));
}

BOOST_AUTO_TEST_CASE(a_step_without_work_still_has_its_variables) {
  fg::Graph g;
  (void)g.parameter("p", {4});
  const fg::MemoryTimeline timeline = fg::memory_timeline(g, fg::plan_memory(g, 1));
  BOOST_REQUIRE(timeline.steps.size() == 1U);
  BOOST_TEST(timeline.steps[0].node == fg::no_node);
  BOOST_TEST(fg::sum_of(timeline.steps[0].alive) == 64);
}

BOOST_AUTO_TEST_CASE(categories_have_names) {
  BOOST_TEST(fg::name_of(fg::MemoryCategory::parameters) == "parameters");
  BOOST_TEST(fg::name_of(fg::MemoryCategory::inputs) == "input buffers");
  BOOST_TEST(fg::name_of(fg::MemoryCategory::workspace) == "workspace");
}

BOOST_AUTO_TEST_SUITE_END()
