#include <boost/test/unit_test.hpp>
#include <foregraph/detail/compile/region_code.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/plan.hpp>
#include <set>
#include <vector>

#include "graph/checks.hpp"
#include "planner/random_graph.hpp"
#include "planner/workloads.hpp"

namespace fg = foregraph;

namespace {

std::int64_t sum_of(const fg::Breakdown& b) {
  return b.parameters_bytes + b.optimizer_state_bytes + b.inputs_bytes + b.activations_bytes +
         b.gradients_bytes + b.workspace_bytes;
}

std::size_t at(std::int32_t i) {
  return static_cast<std::size_t>(i);
}

/// The nodes whose memory a task reads, by the code it runs.
std::set<fg::NodeId> read_by(const fg::Graph& g, const fg::Plan& plan, std::int32_t task_index) {
  const fg::Task& task = plan.tasks.list[at(task_index)];
  std::set<fg::NodeId> roots;
  const auto root_of = [&](fg::NodeId id) {
    while (g.node(id).op->kind == fg::OpKind::view) id = g.inputs_of(id)[0];
    return id;
  };
  if (task.kind == fg::Task::Kind::region) {
    for (const fg::RegionValue& v : fg::region_code(g, plan.tasks, task_index).values)
      if (v.kind == fg::RegionValue::Kind::load) roots.insert(root_of(v.node));
  } else if (task.kind == fg::Task::Kind::op) {
    for (const fg::NodeId id : g.inputs_of(plan.tasks.members_of(task)[0]))
      roots.insert(root_of(id));
  } else {
    roots.insert(root_of(task.first_member));
  }
  return roots;
}

/// Quadratic and naive: no two values that are alive at one step share a byte. A value may take
/// over the bytes of one that is read for the last time by the task that makes it.
std::string overlap(const fg::Graph& g, const fg::Plan& plan, std::int64_t batch_size) {
  struct Value {
    fg::NodeId id;
    fg::Place place;
    std::int64_t bytes;
    std::int64_t made;
    std::int64_t last;
  };
  const auto end = static_cast<std::int64_t>(plan.order.tasks.size());
  std::vector<Value> values;
  for (fg::NodeId id = 0; id < g.size(); ++id) {
    const bool leaf = g.node(id).op->kind == fg::OpKind::input || g.variable_index(id) >= 0;
    if (!leaf && plan.tasks.stored[at(id)] == 0) continue;
    Value v{id, plan.places[at(id)],
            g.node(id).shape.elements().at(batch_size) * fg::bytes_per_element(g.node(id).dtype),
            leaf ? -1 : 0, -1};
    bool written_to_variable = false;
    for (std::int64_t p = 0; p < end; ++p) {
      const std::int32_t task = plan.order.tasks[at(static_cast<std::int32_t>(p))];
      if (!leaf && plan.tasks.task_of[at(id)] == task) v.made = p;
      if (read_by(g, plan, task).contains(id)) v.last = p;
    }
    for (const fg::Update& u : g.updates)
      written_to_variable = written_to_variable || u.value == id;
    const bool is_input = g.node(id).op->kind == fg::OpKind::input;
    const auto shows = [&](fg::NodeId other) {
      while (other != fg::no_node && g.node(other).op->kind == fg::OpKind::view)
        other = g.inputs_of(other)[0];
      return other == id;
    };
    bool kept = is_input || shows(g.loss);
    for (const fg::NodeId out : g.outputs) kept = kept || shows(out);
    if (plan.order.bound_variable[at(id)] >= 0) kept = true;
    // A variable without an update must stay as it is.
    if (const std::int32_t index = g.variable_index(id); index >= 0) {
      bool updated = false;
      for (const fg::Update& u : g.updates) updated = updated || u.variable == index;
      kept = kept || !updated;
    }
    if (kept) v.last = end;
    values.push_back(v);
  }
  for (const Value& a : values)
    for (const Value& b : values) {
      if (a.id >= b.id || a.place.segment != b.place.segment) continue;
      const bool touching =
          a.place.offset < b.place.offset + b.bytes && b.place.offset < a.place.offset + a.bytes;
      if (!touching) continue;
      const Value& first = a.made <= b.made ? a : b;
      const Value& second = a.made <= b.made ? b : a;
      if (first.made < second.made && first.last <= second.made) continue;
      return fg::full_name(g, a.id) + " and " + fg::full_name(g, b.id);
    }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plan)

BOOST_AUTO_TEST_CASE(a_chain_of_kernels_that_work_in_place_needs_one_buffer) {
  fg::Graph g;
  auto x = g.input("x", {fg::batch, 16});
  for (int i = 0; i < 5; ++i) x = fg::softmax(fg::tanh(x));
  g.outputs = {x.id};
  const fg::Plan plan = fg::plan_memory(g, 10);
  BOOST_TEST(plan.order.tasks.size() == 10U);
  BOOST_TEST(plan.buffers.size() == 1U);
  BOOST_TEST(plan.transient_bytes == 10 * 16 * 4);
}

BOOST_AUTO_TEST_CASE(a_value_that_is_read_again_is_not_overwritten) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 16});
  const auto a = fg::tanh(x);
  const auto b = fg::softmax(a);
  g.outputs = {fg::matmul(a, b, {true, false}).id};
  const fg::Plan plan = fg::plan_memory(g, 16);
  BOOST_TEST(plan.buffers.size() == 3U);
  BOOST_TEST(plan.gap().count == 0);
}

BOOST_AUTO_TEST_CASE(inputs_and_variables_are_never_scratch) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 16});
  const auto w = g.parameter("w", {16, 16});
  g.outputs = {fg::softmax(x).id, fg::softmax(w).id};
  const fg::Plan plan = fg::plan_memory(g, 16);
  BOOST_TEST(plan.buffers.size() == 2U);
  BOOST_TEST(fg::validate(g, plan).ok());
}

BOOST_AUTO_TEST_CASE(a_matmul_does_not_overwrite_its_operands) {
  fg::Graph g;
  const auto x = g.input("x", {16, 16});
  g.outputs = {fg::matmul(fg::tanh(x), g.parameter("w", {16, 16})).id};
  const fg::Plan plan = fg::plan_memory(g, 1);
  BOOST_TEST(plan.buffers.size() == 2U);
}

BOOST_AUTO_TEST_CASE(variables_inputs_and_their_breakdown_add_up) {
  const fg::Step planned = fg::compile(workloads::w4_mlp, fg::optim::adam(), 128);
  const fg::Plan& plan = planned.plan;
  const std::int64_t weights = (784 * 512 + 512 + 512 * 512 + 512 + 512 * 10) * 4 + 64;
  BOOST_TEST(plan.at_peak.parameters_bytes == weights);
  BOOST_TEST(plan.at_peak.optimizer_state_bytes == 2 * weights + 2 * 64);
  BOOST_TEST(plan.slot_bytes == 128 * 784 * 4 + 128 * 4);
  BOOST_TEST(plan.variables_bytes == 3 * weights + 128);
  BOOST_TEST(sum_of(plan.at_peak) == plan.lower_bound().count);
  BOOST_TEST(plan.peak().count == plan.variables_bytes + plan.slot_bytes + plan.transient_bytes);
  BOOST_TEST(plan.gap().count == 0);
}

BOOST_AUTO_TEST_CASE(sgd_keeps_no_state) {
  const fg::Plan plan = fg::compile(workloads::w4_mlp, fg::optim::sgd(), 128).plan;
  BOOST_TEST(plan.at_peak.optimizer_state_bytes == 0);
}

BOOST_AUTO_TEST_CASE(each_input_buffer_is_another_slot) {
  const fg::Plan one = fg::compile(workloads::w3_wide_data, fg::optim::adam(), 32).plan;
  const fg::Plan three = fg::compile(workloads::w3_wide_data, fg::optim::adam(), 32, {3}).plan;
  BOOST_TEST(one.slot_bytes == 32 * 100 * 4 + 32 * 4);
  BOOST_TEST(three.peak().count == one.peak().count + 2 * one.slot_bytes);
  BOOST_TEST(three.at_peak.inputs_bytes == 3 * one.slot_bytes);
  BOOST_TEST(sum_of(three.at_peak) == three.lower_bound().count);
}

BOOST_AUTO_TEST_CASE(a_gradient_dies_when_its_parameter_is_updated) {
  // Were all gradients kept to the end of the step, they alone would need as much as the weights.
  const auto deep = [](fg::Graph& g) {
    fg::Tensor x = g.input("x", {fg::batch, 256});
    for (int layer = 0; layer < 8; ++layer)
      x = fg::tanh(fg::nn::dense(x, 256, std::string(1, static_cast<char>('a' + layer))));
    return fg::Model{.loss = fg::mean(x)};
  };
  const fg::Plan plan = fg::compile(deep, fg::optim::sgd(), 1).plan;
  BOOST_TEST(plan.transient_bytes < 2 * 256 * 256 * 4);
}

BOOST_AUTO_TEST_CASE(peak_grows_with_the_batch) {
  std::int64_t before = 0;
  for (const std::int64_t batch_size : workloads::batches) {
    const std::int64_t peak =
        fg::peak_memory(workloads::w3_wide_data, fg::optim::adam(), batch_size).count;
    BOOST_TEST(peak > before);
    before = peak;
  }
}

BOOST_AUTO_TEST_CASE(the_evaluation_graph_agrees_about_the_places_of_the_parameters) {
  fg::Graph g;
  const fg::Model model = workloads::w3_wide_data(g);
  const fg::Graph step = fg::training_graph(g, model, fg::optim::adam());
  const fg::Graph forward = fg::evaluation_graph(g, model);
  const fg::Plan step_plan = fg::plan_memory(step, 32);
  const fg::Plan forward_plan = fg::plan_memory(forward, 32);
  BOOST_TEST_REQUIRE(forward.variables.size() == 4U);
  for (std::size_t v = 0; v < forward.variables.size(); ++v)
    BOOST_TEST(forward_plan.places[at(forward.variables[v].node)].offset ==
               step_plan.places[at(step.variables[v].node)].offset);
  BOOST_TEST(forward_plan.peak().count < step_plan.peak().count);
}

BOOST_AUTO_TEST_CASE(random_training_steps_have_sound_plans) {
  constexpr std::uint64_t first_seed = 1000;
  constexpr int graphs = 300;
  double worst = 1;
  double sum = 0;
  int plans = 0;
  for (std::uint64_t seed = first_seed; seed < first_seed + graphs; ++seed) {
    RandomGraph random(seed);
    const fg::Graph g = random.training_step(static_cast<int>(2 + random.below(24)));
    for (const std::int64_t batch_size : workloads::batches) {
      BOOST_TEST_CONTEXT("seed " << seed << ", batch " << batch_size) {
        fg::Plan plan = fg::plan_memory(g, batch_size);
        const fg::PlanCheck check = fg::validate(g, plan);
        if (!check.ok())
          BOOST_FAIL("violation " << static_cast<int>(check.violation) << " by "
                                  << fg::full_name(g, check.node) << " in\n"
                                  << fg::to_text(g));
        BOOST_TEST_REQUIRE(overlap(g, plan, batch_size) == "");
        BOOST_TEST_REQUIRE((plan.lower_bound() <= plan.peak()));
        BOOST_TEST_REQUIRE(sum_of(plan.at_peak) == plan.lower_bound().count);
        for (const fg::Place& p : plan.places) BOOST_TEST_REQUIRE(p.offset % 64 == 0);
        if (plan.transient_bytes > 0) {
          const double ratio = static_cast<double>(plan.transient_bytes) /
                               static_cast<double>(plan.transient_lower_bound_bytes);
          worst = std::max(worst, ratio);
          sum += ratio;
          ++plans;
        }
        // The offsets hold for every smaller batch as well.
        for (const std::int64_t smaller : {std::int64_t{1}, batch_size / 2, batch_size - 1})
          if (smaller >= 1) {
            plan.batch = smaller;
            BOOST_TEST_REQUIRE(fg::validate(g, plan).ok());
          }
      }
    }
  }
  BOOST_TEST_MESSAGE("transient memory against its lower bound in "
                     << plans << " random plans from seed " << first_seed << ": mean ratio "
                     << sum / plans << ", worst " << worst);
}

BOOST_AUTO_TEST_CASE(the_workloads_have_sound_plans_without_a_gap) {
  const auto check = [](const char* name, const auto& model, const auto& optimizer) {
    for (const std::int64_t batch_size : workloads::batches)
      BOOST_TEST_CONTEXT(name << ", batch " << batch_size) {
        const fg::Step planned = fg::compile(model, optimizer, batch_size);
        BOOST_TEST(fg::validate(planned.graph, planned.plan).ok());
        BOOST_TEST(overlap(planned.graph, planned.plan, batch_size) == "");
        BOOST_TEST(sum_of(planned.plan.at_peak) == planned.plan.lower_bound().count);
        BOOST_TEST(planned.plan.gap().count == 0);
        BOOST_TEST_MESSAGE(name << ", batch " << batch_size << ": "
                                << fg::to_string(planned.plan.peak()));
      }
  };
  check("w1 with adam", workloads::w1_logistic, fg::optim::adam());
  check("w2 with adam", workloads::w2_linear, fg::optim::adam());
  check("w3 with adam", workloads::w3_wide_data, fg::optim::adam());
  check("w4 with adam", workloads::w4_mlp, fg::optim::adam());
  check("w4 with sgd", workloads::w4_mlp, fg::optim::sgd());
  check("w4 with momentum", workloads::w4_mlp, fg::optim::sgd_momentum());
}

BOOST_AUTO_TEST_SUITE_END()
