#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/plan.hpp>

#include "graph/checks.hpp"
#include "planner/workloads.hpp"

namespace fg = foregraph;
using fg::Violation;

namespace {

/// x -> a = tanh(x) -> b = a.w -> c = b.v, and w becomes w + 1.
struct Example {
  fg::Graph graph;
  fg::NodeId a, b, c;
  fg::Plan plan;

  Example() {
    const auto x = graph.input("x", {fg::batch, 16});
    const auto w = graph.parameter("w", {16, 16});
    const auto v = graph.parameter("v", {16, 16});
    const auto ta = fg::tanh(x);
    const auto tb = fg::matmul(ta, w);
    const auto tc = fg::matmul(tb, v);
    graph.phase = fg::Phase::update;
    fg::update(graph, 0, fg::add(w, 1.0));
    graph.outputs = {tc.id};
    a = ta.id;
    b = tb.id;
    c = tc.id;
    plan = fg::plan_memory(graph, 16);
  }
  fg::Place& place(fg::NodeId id) { return plan.places[static_cast<std::size_t>(id)]; }
  std::ptrdiff_t position(fg::NodeId id) const {
    return std::find(plan.order.tasks.begin(), plan.order.tasks.end(),
                     plan.tasks.task_of[static_cast<std::size_t>(id)]) -
           plan.order.tasks.begin();
  }
  void check(Violation expected, fg::NodeId node) const {
    const fg::PlanCheck found = fg::validate(graph, plan);
    BOOST_TEST(static_cast<int>(found.violation) == static_cast<int>(expected));
    BOOST_TEST(found.node == node);
    BOOST_TEST(found.ok() == (expected == Violation::none));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(validate)

BOOST_AUTO_TEST_CASE(the_plan_as_made_is_good) {
  Example().check(Violation::none, fg::no_node);
}

BOOST_AUTO_TEST_CASE(tasks_in_the_wrong_order_read_what_is_not_made) {
  Example e;
  std::swap(e.plan.order.tasks[static_cast<std::size_t>(e.position(e.a))],
            e.plan.order.tasks[static_cast<std::size_t>(e.position(e.b))]);
  e.check(Violation::value_is_read_before_it_is_made, e.a);
}

BOOST_AUTO_TEST_CASE(a_buffer_of_someone_else_is_noticed_when_its_owner_is_read) {
  Example e;
  fg::Graph& g = e.graph;
  const auto late = fg::matmul(g.tensor(e.a), g.tensor(e.c), {true, false});  // a is read again
  g.outputs = {late.id};
  e.plan = fg::plan_memory(g, 16);
  e.check(Violation::none, fg::no_node);
  e.place(e.c) = e.place(e.a);
  e.check(Violation::value_was_overwritten, e.a);
}

BOOST_AUTO_TEST_CASE(writing_over_a_variable_too_early_is_noticed) {
  Example e;
  auto& tasks = e.plan.order.tasks;
  const auto update = e.position(e.graph.updates[0].value);
  std::rotate(tasks.begin(), tasks.begin() + update, tasks.begin() + update + 1);
  e.check(Violation::value_was_overwritten, e.graph.variables[0].node);
}

BOOST_AUTO_TEST_CASE(a_matmul_over_its_own_operand_is_noticed) {
  Example e;
  e.place(e.b) = e.place(e.a);
  e.check(Violation::overwritten_while_still_read, e.a);
}

BOOST_AUTO_TEST_CASE(a_partial_overlap_with_an_operand_is_noticed_even_where_in_place_is_allowed) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 16});
  const auto a = fg::tanh(x);
  const auto b = fg::softmax(a);
  g.outputs = {b.id};
  fg::Plan plan = fg::plan_memory(g, 16);
  BOOST_TEST(fg::validate(g, plan).ok());
  plan.transient_bytes += 64;
  plan.places[static_cast<std::size_t>(b.id)].offset += 64;
  const fg::PlanCheck found = fg::validate(g, plan);
  BOOST_TEST((found.violation == Violation::overwritten_while_still_read));
}

BOOST_AUTO_TEST_CASE(a_region_over_an_operand_it_reads_in_another_order_is_noticed) {
  fg::Graph g;
  const auto x = g.input("x", {16, 16});
  const auto row = fg::sum(x, {0});
  const auto wide = fg::tanh(row + x);
  g.outputs = {wide.id};
  fg::Plan plan = fg::plan_memory(g, 1);
  BOOST_TEST(fg::validate(g, plan).ok());
  plan.places[static_cast<std::size_t>(wide.id)] = plan.places[static_cast<std::size_t>(row.id)];
  plan.transient_bytes = 16 * 16 * 4 + 64;
  const fg::PlanCheck found = fg::validate(g, plan);
  BOOST_TEST((found.violation == Violation::overwritten_while_still_read));
  BOOST_TEST(found.node == row.id);
}

BOOST_AUTO_TEST_CASE(an_offset_beyond_the_arena_is_noticed) {
  Example e;
  e.place(e.b).offset = e.plan.transient_bytes;
  e.check(Violation::out_of_bounds, e.b);
  e.place(e.b).offset = -4096;
  e.check(Violation::out_of_bounds, e.b);
  e.place(e.b) = {fg::Segment::none, 0};
  e.check(Violation::out_of_bounds, e.b);
}

BOOST_AUTO_TEST_CASE(variables_and_inputs_beyond_their_segment_are_noticed) {
  Example e;
  e.plan.variables_bytes -= 1;
  e.check(Violation::out_of_bounds, e.graph.variables[1].node);
  e.plan.variables_bytes += 1;
  e.plan.slot_bytes -= 64;
  e.check(Violation::out_of_bounds, e.graph.inputs[0]);
}

BOOST_AUTO_TEST_CASE(an_odd_offset_is_noticed) {
  Example e;
  e.plan.transient_bytes += 4096;
  e.place(e.b).offset += 4;
  e.check(Violation::misaligned, e.b);
}

BOOST_AUTO_TEST_CASE(two_variables_in_one_place_are_noticed) {
  Example e;
  e.place(e.graph.variables[1].node) = e.place(e.graph.variables[0].node);
  e.check(Violation::value_was_overwritten, e.graph.variables[0].node);
}

BOOST_AUTO_TEST_CASE(an_output_overwritten_at_the_end_is_noticed) {
  Example e;
  fg::Graph& g = e.graph;
  const auto second = fg::exp(g.tensor(e.c));
  g.outputs.push_back(second.id);
  e.plan = fg::plan_memory(g, 16);
  e.check(Violation::none, fg::no_node);
  e.place(second.id) = e.place(e.c);
  e.check(Violation::result_is_missing, e.c);
}

BOOST_AUTO_TEST_CASE(an_update_that_goes_elsewhere_is_noticed) {
  Example e;
  e.plan.transient_bytes += 1024;
  e.place(e.graph.updates[0].value) = {fg::Segment::transient, e.plan.transient_bytes - 1024};
  e.check(Violation::result_is_missing, e.graph.variables[0].node);
}

BOOST_AUTO_TEST_CASE(a_task_that_never_runs_is_noticed) {
  Example e;
  auto& tasks = e.plan.order.tasks;
  const auto missing = tasks.begin() + e.position(e.graph.updates[0].value);
  std::rotate(missing, missing + 1, tasks.end());
  tasks.pop_back();
  e.check(Violation::task_is_missing, e.graph.updates[0].value);
}

BOOST_AUTO_TEST_CASE(a_plan_for_a_small_batch_does_not_serve_a_large_one) {
  fg::Step planned = fg::compile(workloads::w3_wide_data, fg::optim::adam(), 7);
  planned.plan.batch = 32;
  BOOST_TEST(!fg::validate(planned.graph, planned.plan).ok());
}

BOOST_AUTO_TEST_SUITE_END()
