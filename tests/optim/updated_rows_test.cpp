#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/compile/micro_batches.hpp>
#include <foregraph/detail/nn/layers/dense.hpp>
#include <foregraph/detail/nn/layers/embedding.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>
#include <foregraph/detail/optim/adam.hpp>
#include <foregraph/detail/optim/clip.hpp>
#include <foregraph/detail/optim/sgd.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <foregraph/detail/runtime/initialize.hpp>
#include <foregraph/detail/runtime/prepared_step.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <string>
#include <vector>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace updated_rows_checks {

constexpr std::int64_t entries = 400;
constexpr std::int64_t units = 5;
constexpr std::int64_t words = 6;  // of a sample

/// The mean square of what a dense layer makes of looked-up rows.
Model lookup(Graph& g, std::int64_t count = entries) {
  const Tensor indices = g.input("indices", {batch, words}, i32);
  const Tensor vectors = nn::embedding(indices, count, units, "table", {.weight = normal(0.5)});
  const Tensor out = nn::dense(reshape(vectors, {Dim{0, words}, units}), 3, "dense");
  return {.loss = mean(out * out)};
}
/// As above, and the table is read as a whole too.
Model tied(Graph& g) {
  const Tensor indices = g.input("indices", {batch, words}, i32);
  const nn::Embedding table =
      nn::embedding_with_weight(indices, entries, units, "table", {.weight = normal(0.5)});
  const Tensor rows = reshape(table.vectors, {Dim{0, words}, units});
  const Tensor scores = matmul(rows, table.weight, {false, true});
  return {.loss = mean(scores * scores)};
}

/// SGD that updates whole tables.
struct DenseSgd {
  double learning_rate = 0.3;
  constexpr void apply(Graph& g, std::span<const optim::Gradient> gradients) const {
    const optim::OptimizerScope own(g, "dense_sgd", "learning_rate");
    for (const optim::Gradient& each : gradients) {
      const Tensor p = optim::variable(g, each.variable);
      const Tensor rate = own.setting("learning_rate", learning_rate, p.dtype());
      const Tensor minus_rate = negate(rate);
      update(g, each.variable,
             is_matrix_product(each.gradient) ? accumulate(p, each.gradient, minus_rate, 1.0)
                                              : subtract(p, multiply(rate, each.gradient)));
    }
  }
};

using Variables = std::vector<std::vector<float>>;
using Batches = std::vector<std::vector<std::int32_t>>;

/// Returns all f32 variables after a step on each batch.
Variables train(const Graph& step, const Batches& batches, int threads = 1) {
  const auto samples = static_cast<std::int64_t>(batches[0].size()) / words;
  Plan plan = plan_memory(step, samples);
  BOOST_REQUIRE(validate(step, plan).ok());
  const Arena variables(static_cast<std::size_t>(plan.variables_bytes));
  const Arena inputs(static_cast<std::size_t>(plan.inputs_bytes()));
  const Arena transient(static_cast<std::size_t>(plan.transient_bytes));
  Program program(step.clone(), std::move(plan));
  program.attach(variables.data(), inputs.data(), transient.data());
  program.use_threads(threads);
  const Graph& g = program.graph();
  for (std::size_t v = 0; v < g.variables.size(); ++v) {
    const Node& node = g.node(g.variables[v].node);
    initialize(program.address_of(g.variables[v].node), node.shape, node.dtype,
               g.variables[v].initializer, v);
  }
  for (const auto& each : batches) {
    std::memcpy(program.address_of(g.inputs[0]), each.data(), each.size() * sizeof each[0]);
    program.run();
  }
  Variables result;
  for (const Variable& v : g.variables) {
    const auto* values = reinterpret_cast<const float*>(program.address_of(v.node));
    if (g.node(v.node).dtype == f32)
      result.emplace_back(values, values + g.node(v.node).shape.elements().constant);
  }
  return result;
}

template <class Optimizer, class Build>
Graph step_of(const Optimizer& optimizer, const Build& build) {
  Graph g;
  const Model model = build(g);
  return training_graph(g, model, optimizer);
}
constexpr auto usual = [](Graph& g) { return lookup(g); };

int nodes_of(const Graph& g, const OpDef& op) {
  int count = 0;
  for (NodeId id = 0; id < g.size(); ++id) count += g.node(id).op == &op ? 1 : 0;
  return count;
}

/// Batches of 4 samples in which indices repeat, within samples and between them.
Batches some_batches() {
  Batches batches(5);
  std::int32_t next = 7;
  for (auto& each : batches)
    for (std::int64_t i = 0; i < 4 * words; ++i) {
      next = static_cast<std::int32_t>((next * 37 + 11) % 401);
      each.push_back(i % 3 == 0 ? 17 : next % static_cast<std::int32_t>(entries));
    }
  return batches;
}

}  // namespace updated_rows_checks

BOOST_AUTO_TEST_SUITE(updated_rows)

using namespace updated_rows_checks;

BOOST_AUTO_TEST_CASE(sgd_of_rows_has_the_bits_of_whole_tables) {
  const Graph sparse = step_of(optim::sgd(0.3), usual);
  const Graph dense = step_of(DenseSgd{}, usual);
  BOOST_TEST(nodes_of(sparse, assign_rows_op) == 1);
  BOOST_TEST(nodes_of(sparse, scatter_add_op) == 0);
  BOOST_TEST(nodes_of(dense, scatter_add_op) == 1);
  const Variables expected = train(dense, some_batches());
  for (const int threads : {1, 4}) {
    const Variables got = train(sparse, some_batches(), threads);
    BOOST_TEST((got == expected));
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_takes_the_bytes_of_the_rows) {
  const auto build = [](Graph& g) { return lookup(g, 300'000); };
  const Plan dense = plan_memory(step_of(DenseSgd{}, build), 5);
  const Plan sparse = plan_memory(step_of(optim::sgd(), build), 5);
  const std::int64_t table = std::int64_t{300'000} * units * 4;
  BOOST_TEST(dense.transient_bytes > table);
  BOOST_TEST(sparse.transient_bytes < 10'000);
  BOOST_TEST(sparse.variables_bytes == dense.variables_bytes);
  // The update is written over the table: nothing is copied at the end of the step.
  for (const Task& task : sparse.tasks.list) BOOST_TEST((task.kind != Task::Kind::copy));
}

BOOST_AUTO_TEST_CASE(tables_that_stay_whole) {
  BOOST_TEST(nodes_of(step_of(optim::sgd(), tied), assign_rows_op) == 0);
  // Fewer rows than a batch has indices.
  const auto small = [](Graph& g) { return lookup(g, 50); };
  BOOST_TEST(nodes_of(step_of(optim::sgd(), small), assign_rows_op) == 0);
  BOOST_TEST(nodes_of(step_of(optim::sgd_weight_decay(), usual), assign_rows_op) == 0);
  BOOST_TEST(nodes_of(step_of(optim::sgd_momentum(), usual), assign_rows_op) == 0);
  BOOST_TEST(nodes_of(step_of(optim::adam(), usual), assign_rows_op) == 0);
  BOOST_TEST(
      nodes_of(step_of(optim::clip_by_global_norm(optim::sgd(), 1), usual), assign_rows_op) == 0);
  BOOST_TEST(nodes_of(step_of(optim::clip_by_value(optim::sgd(), 1), usual), assign_rows_op) == 0);
}

/// Checks a lazy optimizer against its dense form: equal where every row is looked up in each step,
/// and unchanged, with the state, where none is.
template <class Optimizer>
void check_lazy(Optimizer optimizer) {
  const Graph dense = step_of(optimizer, usual);
  optimizer.lazy_rows = true;
  const Graph lazy = step_of(optimizer, usual);
  BOOST_TEST(nodes_of(lazy, assign_rows_op) >= 2);
  BOOST_TEST(nodes_of(lazy, scatter_add_op) == 0);
  const Batches same(4, {3, 9, 3, 3, 9, 11, 11, 3, 9, 0, 399, 3});
  const Variables expected = train(dense, same);
  const Variables got = train(lazy, same);
  BOOST_TEST_REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    for (std::size_t k = 0; k < got[i].size(); ++k)
      check_close(expected[i][k], got[i][k], 1e-5, "variable " + std::to_string(i));
  // Row 3 only in the first step: the dense form goes on moving it.
  Batches once = same;
  for (std::size_t b = 1; b < once.size(); ++b) once[b] = {4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5};
  const Variables first = train(lazy, {once[0]});
  const Variables later = train(lazy, once);
  const Variables moved = train(dense, once);
  const auto row = [](const std::vector<float>& table, std::int64_t index) {
    return std::vector<float>(table.begin() + index * units, table.begin() + (index + 1) * units);
  };
  int tables = 0;
  for (std::size_t i = 0; i < later.size(); ++i) {
    if (later[i].size() != static_cast<std::size_t>(entries * units)) continue;
    ++tables;
    BOOST_TEST((row(later[i], 3) == row(first[i], 3)));
    BOOST_TEST((row(moved[i], 3) != row(first[i], 3)));
    BOOST_TEST((row(later[i], 4) != row(first[i], 4)));
  }
  BOOST_TEST(tables >= 2);  // the parameter and its state
}

BOOST_AUTO_TEST_CASE(lazy_momentum) {
  check_lazy(optim::sgd_momentum(0.3));
}
BOOST_AUTO_TEST_CASE(lazy_adam) {
  check_lazy(optim::adam(0.01));
}

BOOST_AUTO_TEST_CASE(lazy_rows_rule_out_micro_batches) {
  Graph g;
  const Model model = lookup(g);
  BOOST_TEST(split_training(g, model, optim::adam()).possible());
  optim::Adam lazy = optim::adam();
  lazy.lazy_rows = true;
  const SplitStep split = split_training(g, model, lazy);
  BOOST_TEST(split.refusal ==
             "the optimizer changes 'table/weight.m' only in the rows that a batch looks up "
             "(lazy_rows), which a sum of gradients does not tell");
}

BOOST_AUTO_TEST_CASE(sums_of_gradients_over_parts_add_rows) {
  Graph g;
  const Model model = lookup(g, 100'000);
  const SplitStep split = split_training(g, model, optim::adam());
  BOOST_TEST_REQUIRE(split.possible());
  BOOST_TEST(nodes_of(split.part, assign_rows_op) == 1);
  BOOST_TEST(plan_memory(split.part, 2).transient_bytes < 10'000);
}

BOOST_AUTO_TEST_CASE(parts_of_a_batch_give_its_result) {
  Graph g;
  const Model model = lookup(g);
  const Batches batches = some_batches();
  const Variables expected = train(training_graph(g, model, DenseSgd{}), batches);
  const Graph step = training_graph(g, model, optim::sgd(0.3));
  StepWithinBudget fitted;
  fitted.split = split_training(g, model, optim::sgd(0.3));
  fitted.split_plan = plan_split(fitted.split, 2);
  fitted.result = {.fits = true, .batch = 4, .part = 2};
  const Arena variables(static_cast<std::size_t>(fitted.split_plan.apply.variables_bytes));
  const std::vector<double> settings{0.3};
  PreparedStep prepared(std::move(fitted), step, settings, variables.data(), {}, 1);
  Program& program = prepared.program();
  const Graph& part = program.graph();
  for (std::size_t v = 0; v < expected.size(); ++v) {
    const Node& node = part.node(part.variables[v].node);
    initialize(program.address_of(part.variables[v].node), node.shape, node.dtype,
               part.variables[v].initializer, v);
  }
  prepared.restart();
  for (const auto& each : batches)
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t count = each.size() / 2;
      std::memcpy(program.address_of(part.inputs[0]), each.data() + i * count,
                  count * sizeof each[0]);
      BOOST_TEST(prepared.run(2, 0, 4) == (i == 1));
    }
  for (std::size_t v = 0; v < expected.size(); ++v) {
    const auto* got = reinterpret_cast<const float*>(program.address_of(part.variables[v].node));
    for (std::size_t k = 0; k < expected[v].size(); ++k)
      check_close(expected[v][k], got[k], 1e-5, "variable " + std::to_string(v));
  }
}

BOOST_AUTO_TEST_SUITE_END()
