#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/plan.hpp>
#include <vector>

#include "graph/checks.hpp"
#include "planner/workloads.hpp"

namespace fg = foregraph;

namespace {

struct Ordered {
  fg::Tasks tasks;
  fg::Order order;

  explicit Ordered(const fg::Graph& g)
      : tasks(fg::form_tasks(g)), order(order_tasks(g, tasks, 1)) {}
  std::ptrdiff_t position(fg::NodeId id) const {
    const std::int32_t task = tasks.task_of[static_cast<std::size_t>(id)];
    return std::find(order.tasks.begin(), order.tasks.end(), task) - order.tasks.begin();
  }
  std::int32_t bound(fg::NodeId id) const {
    return order.bound_variable[static_cast<std::size_t>(id)];
  }
  int copies() const {
    return static_cast<int>(
        std::count_if(tasks.list.begin(), tasks.list.end(),
                      [](const fg::Task& t) { return t.kind == fg::Task::Kind::copy; }));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(order)

BOOST_AUTO_TEST_CASE(every_task_runs_once_after_what_it_reads) {
  const fg::Graph g = fg::compile(workloads::w4_mlp, fg::optim::adam(), 1).graph;
  const Ordered o(g);
  auto sorted = o.order.tasks;
  std::sort(sorted.begin(), sorted.end());
  BOOST_TEST_REQUIRE(sorted.size() == o.tasks.list.size());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    BOOST_TEST(sorted[i] == static_cast<std::int32_t>(i));
  for (fg::NodeId id = 0; id < g.size(); ++id)
    for (const fg::NodeId input : g.inputs_of(id))
      if (o.tasks.task_of[static_cast<std::size_t>(id)] >= 0 &&
          o.tasks.task_of[static_cast<std::size_t>(input)] >= 0)
        BOOST_TEST(o.position(input) <= o.position(id));
}

BOOST_AUTO_TEST_CASE(updates_are_written_straight_into_their_variables) {
  for (const fg::Graph& g :
       {fg::compile(workloads::w4_mlp, fg::optim::adam(), 1).graph.clone(),
        fg::compile(workloads::w3_wide_data, fg::optim::sgd_momentum(), 1).graph.clone()}) {
    const Ordered o(g);
    BOOST_TEST(o.copies() == 0);
    for (const fg::Update& u : g.updates) BOOST_TEST(o.bound(u.value) == u.variable);
  }
}

BOOST_AUTO_TEST_CASE(an_update_waits_for_all_other_readers_of_the_old_value) {
  fg::Graph g;
  const auto w = g.parameter("w", {8, 8});
  const auto x = g.input("x", {fg::batch, 8});
  const auto next = fg::tanh(w);    // written over w...
  const auto y = fg::matmul(x, w);  // ...after this has read it
  fg::update(g, 0, next);
  g.outputs = {y.id};
  const Ordered o(g);
  BOOST_TEST(o.bound(next.id) == 0);
  BOOST_TEST(o.position(y.id) < o.position(next.id));
}

BOOST_AUTO_TEST_CASE(an_update_that_its_own_readers_need_first_is_copied_at_the_end) {
  // y needs the new value and the old one: the new one cannot be written over the old before.
  fg::Graph g;
  const auto w = g.parameter("w", {8, 8});
  const auto next = fg::matmul(w, w);
  const auto y = fg::matmul(next, w);
  fg::update(g, 0, next);
  g.outputs = {y.id};
  const Ordered o(g);
  BOOST_TEST(o.bound(next.id) == -1);
  BOOST_TEST(o.copies() == 1);
  BOOST_TEST(
      (o.tasks.list[static_cast<std::size_t>(o.order.tasks.back())].kind == fg::Task::Kind::copy));
}

BOOST_AUTO_TEST_CASE(an_update_read_in_another_order_is_not_written_in_place) {
  fg::Graph g;
  const auto w = g.parameter("w", {8, 8});
  fg::update(g, 0, fg::transpose(w));
  const Ordered o(g);
  BOOST_TEST(o.copies() == 1);
}

BOOST_AUTO_TEST_CASE(a_swap_of_two_variables_keeps_both_values) {
  fg::Graph g;
  const auto a = g.parameter("a", {8});
  const auto b = g.parameter("b", {8});
  fg::update(g, 0, fg::add(b, 1.0));
  fg::update(g, 1, fg::add(a, 2.0));
  const fg::Plan plan = fg::plan_memory(g, 1);
  BOOST_TEST(fg::validate(g, plan).ok());
}

BOOST_AUTO_TEST_CASE(a_variable_may_become_the_old_value_of_another) {
  for (const bool newest_first : {false, true})
    for (const bool through_a_view : {false, true}) {
      fg::Graph g;
      const auto now = g.parameter("now", {8});
      (void)g.state("before", {8});
      (void)g.state("long_before", {8});
      const auto next = fg::add(now, 1.0);
      const auto old = through_a_view ? fg::reshape(fg::reshape(now, {2, 4}), {8}) : now;
      if (newest_first) fg::update(g, 0, next);
      fg::update(g, 1, old);
      fg::update(g, 2, g.tensor(g.variables[1].node));
      if (!newest_first) fg::update(g, 0, next);
      const fg::Graph step = fg::optimize(g);
      const fg::PlanCheck check = fg::validate(step, fg::plan_memory(step, 1));
      BOOST_TEST(check.ok(), "violation " << static_cast<int>(check.violation));
    }
}

BOOST_AUTO_TEST_CASE(two_variables_may_exchange_their_values) {
  fg::Graph g;
  const auto a = g.parameter("a", {8});
  const auto b = g.parameter("b", {8});
  fg::update(g, 0, b);
  fg::update(g, 1, a);
  const fg::Graph step = fg::optimize(g);
  BOOST_TEST(fg::validate(step, fg::plan_memory(step, 1)).ok());
}

BOOST_AUTO_TEST_CASE(an_updated_variable_that_is_an_output_gives_its_old_value) {
  fg::Graph g;
  const auto w = g.parameter("w", {8});
  fg::update(g, 0, fg::add(w, 1.0));
  g.outputs = {w.id};
  const fg::Plan plan = fg::plan_memory(g, 1);
  BOOST_TEST(plan.order.bound_variable[static_cast<std::size_t>(g.updates[0].value)] == -1);
}

BOOST_AUTO_TEST_CASE(updates_run_as_soon_as_their_gradient_is_there) {
  const fg::Graph g = fg::compile(workloads::w4_mlp, fg::optim::sgd(), 1).graph;
  const Ordered o(g);
  // The last layer's weight is updated before the first layer's gradient is computed.
  std::ptrdiff_t first_update = 1 << 20;
  std::ptrdiff_t last_backward = 0;
  for (fg::NodeId id = 0; id < g.size(); ++id) {
    if (o.tasks.task_of[static_cast<std::size_t>(id)] < 0) continue;
    if (g.node(id).phase == fg::Phase::update)
      first_update = std::min(first_update, o.position(id));
    if (g.node(id).phase == fg::Phase::backward)
      last_backward = std::max(last_backward, o.position(id));
  }
  BOOST_TEST(first_update < last_backward);
}

BOOST_AUTO_TEST_CASE(no_variable_changes_before_the_loss_is_known) {
  // A label out of range is found on the way to the loss, and must leave all variables as they
  // were.
  const fg::Graph g = fg::compile(workloads::w4_mlp, fg::optim::adam(), 1).graph;
  const Ordered o(g);
  for (const fg::Update& u : g.updates) BOOST_TEST(o.position(u.value) > o.position(g.loss));
}

BOOST_AUTO_TEST_SUITE_END()
