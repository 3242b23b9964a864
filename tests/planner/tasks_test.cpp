#include <boost/test/unit_test.hpp>
#include <foregraph/plan.hpp>
#include <vector>

#include "graph/checks.hpp"

namespace fg = foregraph;

namespace {

int tasks_of_kind(const fg::Tasks& tasks, fg::Task::Kind kind) {
  int count = 0;
  for (const fg::Task& t : tasks.list) count += t.kind == kind ? 1 : 0;
  return count;
}
bool is_stored(const fg::Tasks& tasks, fg::Tensor t) {
  return tasks.stored[static_cast<std::size_t>(t.id)] != 0;
}
std::int32_t task_of(const fg::Tasks& tasks, fg::Tensor t) {
  return tasks.task_of[static_cast<std::size_t>(t.id)];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tasks)

BOOST_AUTO_TEST_CASE(a_chain_of_elementwise_ops_is_one_region_with_one_result) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 8});
  const auto a = fg::tanh(x * 2.0 + 1.0);
  const auto b = fg::relu(a - x);
  g.outputs = {b.id};
  const fg::Tasks tasks = fg::form_tasks(g);
  BOOST_TEST(tasks.list.size() == 1U);
  BOOST_TEST((tasks.list[0].kind == fg::Task::Kind::region));
  BOOST_TEST(is_stored(tasks, b));
  BOOST_TEST(!is_stored(tasks, a));
}

BOOST_AUTO_TEST_CASE(leaves_views_and_loaded_broadcasts_belong_to_no_task) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 8});
  const auto row = g.parameter("row", {8});
  const auto view = fg::reshape(x, {fg::batch, 8});
  const auto wide = fg::broadcast_to(row, {fg::batch, 8});
  const auto y = view + wide;
  g.outputs = {y.id};
  const fg::Tasks tasks = fg::form_tasks(g);
  for (const fg::Tensor t : {x, row, view, wide}) {
    BOOST_TEST(task_of(tasks, t) == -1);
    BOOST_TEST(!is_stored(tasks, t));
  }
  BOOST_TEST(task_of(tasks, y) == 0);
}

BOOST_AUTO_TEST_CASE(a_broadcast_that_a_kernel_reads_is_materialised) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 8});
  const auto wide = fg::broadcast_to(g.parameter("row", {8}), {8, 8});
  const auto y = fg::matmul(x, wide);
  g.outputs = {y.id};
  const fg::Tasks tasks = fg::form_tasks(g);
  BOOST_TEST(is_stored(tasks, wide));
  BOOST_TEST(tasks_of_kind(tasks, fg::Task::Kind::region) == 1);
  BOOST_TEST(tasks_of_kind(tasks, fg::Task::Kind::op) == 1);
}

BOOST_AUTO_TEST_CASE(a_region_forms_sums_over_leading_axes_trailing_ones_or_all) {
  const auto is_in_region = [](const fg::Shape& shape, auto&& sum_of, fg::DType dtype = fg::f32) {
    fg::Graph g;
    const auto y = fg::abs(g.input("x", shape, dtype));
    const auto s = sum_of(y);
    g.outputs = {s.id};
    const fg::Tasks tasks = fg::form_tasks(g);
    const bool is_in = task_of(tasks, s) == task_of(tasks, y);
    BOOST_TEST(is_stored(tasks, s));
    BOOST_TEST(is_stored(tasks, y) == !is_in);
    return is_in;
  };
  const auto over = [](fg::Axes axes) { return [axes](fg::Tensor y) { return fg::sum(y, axes); }; };
  const fg::Shape three{fg::batch, 8, 5};
  BOOST_TEST(is_in_region(three, over({})));
  for (const fg::Axes axes : {fg::Axes{0}, fg::Axes{0, 1}, fg::Axes{2}, fg::Axes{1, 2}})
    BOOST_TEST(is_in_region(three, over(axes)));
  BOOST_TEST(is_in_region(three, [](auto y) { return fg::sum(y, {0}, fg::KeepDims::yes); }));
  BOOST_TEST(!is_in_region(three, over({1})));  // neither leading nor trailing
  BOOST_TEST(!is_in_region(three, over({0, 2})));
  BOOST_TEST(!is_in_region({8, fg::batch}, over({0})));  // any number of columns
  BOOST_TEST(is_in_region({8, fg::batch}, over({1})));
  BOOST_TEST(is_in_region({fg::batch, 2048}, over({0})));
  BOOST_TEST(!is_in_region({fg::batch, 2049}, over({0})));
  BOOST_TEST(is_in_region({fg::batch, 5000}, over({1})));
  BOOST_TEST(!is_in_region({fg::batch, 8}, over({0}), fg::i32));
  BOOST_TEST(!is_in_region({fg::batch, 8}, [](auto y) {
    return fg::sum(fg::reshape(y, {fg::batch, 2, 4}));
  }));
}

BOOST_AUTO_TEST_CASE(a_value_that_is_summed_and_used_otherwise_is_stored_besides) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 8});
  const auto y = fg::tanh(x);
  const auto columns = fg::sum(y, {0});
  const auto square = y * y;
  const auto total = fg::sum(square);
  const auto product = fg::matmul(y, g.parameter("w", {8, 8}));
  g.outputs = {columns.id, total.id, product.id};
  const fg::Tasks tasks = fg::form_tasks(g);
  BOOST_TEST(tasks.list.size() == 2U);
  BOOST_TEST(is_stored(tasks, y));
  BOOST_TEST(!is_stored(tasks, square));
}

BOOST_AUTO_TEST_CASE(a_region_forms_no_more_sums_than_it_has_room_for) {
  fg::Graph g;
  const auto y = fg::tanh(g.input("x", {fg::batch, 1200}));
  const auto first = fg::sum(y, {0});
  const auto second = fg::sum(y * y, {0});
  const auto rows = fg::sum(y, {1});
  g.outputs = {first.id, second.id, rows.id};
  const fg::Tasks tasks = fg::form_tasks(g);
  BOOST_TEST(task_of(tasks, first) == task_of(tasks, y));
  BOOST_TEST(task_of(tasks, second) != task_of(tasks, y));
  BOOST_TEST(task_of(tasks, rows) == task_of(tasks, y));
}

BOOST_AUTO_TEST_CASE(a_scalar_that_is_an_output_is_materialised) {
  fg::Graph g;
  const auto one = g.constant(1);
  g.outputs = {one.id};
  const fg::Tasks tasks = fg::form_tasks(g);
  BOOST_TEST(is_stored(tasks, one));
  BOOST_TEST(tasks.list.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_region_does_not_wait_for_itself_through_another_task) {
  // c = a + sum(a): fusing a and c would make the sum read a before it is complete.
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 8});
  const auto a = fg::tanh(x);
  const auto total = fg::sum(a, {-1}, fg::KeepDims::yes);
  const auto c = a / total;
  g.outputs = {c.id};
  const fg::Tasks tasks = fg::form_tasks(g);
  BOOST_TEST(tasks.list.size() == 2U);
  BOOST_TEST(task_of(tasks, a) == task_of(tasks, total));
  BOOST_TEST(task_of(tasks, a) != task_of(tasks, c));
  BOOST_TEST(is_stored(tasks, a));
}

BOOST_AUTO_TEST_CASE(different_shapes_and_dtypes_are_different_regions) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 8});
  const auto d = g.input("d", {fg::batch, 8}, fg::f64);
  const auto row = fg::tanh(g.parameter("row", {8}));
  const auto a = fg::tanh(x) * row;
  const auto b = fg::tanh(d);
  g.outputs = {a.id, b.id};
  const fg::Tasks tasks = fg::form_tasks(g);
  BOOST_TEST(tasks.list.size() == 3U);
  BOOST_TEST(is_stored(tasks, row));
}

BOOST_AUTO_TEST_CASE(truth_values_join_the_region_of_the_numbers_they_come_from) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 8});
  const auto condition = x > 0.0;
  const auto y = fg::select(condition, fg::exp(x), x);
  g.outputs = {y.id};
  const fg::Tasks tasks = fg::form_tasks(g);
  BOOST_TEST(tasks.list.size() == 1U);
  BOOST_TEST(!is_stored(tasks, condition));
}

BOOST_AUTO_TEST_CASE(a_value_read_through_a_view_is_stored) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 8});
  const auto a = fg::tanh(x);
  const auto b = fg::relu(fg::reshape(a, {8, fg::batch}));
  g.outputs = {b.id};
  const fg::Tasks tasks = fg::form_tasks(g);
  BOOST_TEST(is_stored(tasks, a));
  BOOST_TEST(task_of(tasks, a) != task_of(tasks, b));
}

BOOST_AUTO_TEST_CASE(members_are_in_topological_order_and_belong_to_their_task) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 8});
  const auto y = g.input("y", {fg::batch}, fg::i32);
  const auto logits = fg::nn::dense(fg::relu(fg::nn::dense(x, 8, "hidden")), 4, "logits");
  const fg::Graph step =
      fg::training_graph(g, {fg::nn::softmax_cross_entropy(logits, y), {}}, fg::optim::adam());
  const fg::Tasks tasks = fg::form_tasks(step);
  std::size_t members = 0;
  for (std::size_t t = 0; t < tasks.list.size(); ++t) {
    fg::NodeId before = -1;
    for (const fg::NodeId id : tasks.members_of(tasks.list[t])) {
      BOOST_TEST(tasks.task_of[static_cast<std::size_t>(id)] == static_cast<std::int32_t>(t));
      BOOST_TEST(id > before);
      before = id;
      ++members;
    }
  }
  BOOST_TEST(members == tasks.members.size());
  // Adam on one tensor is one region: both moments and the parameter at once.
  int adam_regions = 0;
  for (const fg::Task& t : tasks.list) {
    int results = 0;
    for (const fg::NodeId id : tasks.members_of(t))
      for (const fg::Update& u : step.updates) results += u.value == id ? 1 : 0;
    adam_regions += results == 3 ? 1 : 0;
  }
  BOOST_TEST(adam_regions == 4);
}

BOOST_AUTO_TEST_SUITE_END()
