// Tensors follow a graph that is moved, and are refused when it is gone.
#include <boost/test/unit_test.hpp>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/plan.hpp>

#include "graph/checks.hpp"

namespace fg = foregraph;

namespace {

constexpr fg::Model small_model(fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 4});
  const fg::Tensor y = g.input("y", {fg::batch, 1});
  const fg::Tensor p = fg::nn::dense(x, 1, "out");
  return {.loss = fg::nn::mean_squared_error(p, y), .outputs = {p}};
}

struct BuiltModel {
  fg::Graph graph;
  fg::Model model;
};
constexpr BuiltModel build_and_move() {
  fg::Graph g;
  fg::Model model = small_model(g);
  return {std::move(g), std::move(model)};
}

/// Numbers of things that must hold; 0 if all do.
constexpr int first_failure_of_moves() {
  BuiltModel built = build_and_move();
  if (!built.graph.has(built.model.loss)) return 1;
  const fg::Tensor more = fg::add(built.model.loss, 1.0);
  if (!built.graph.has(more) || more.id + 1 != built.graph.size()) return 2;
  const int size = built.graph.size();

  fg::Graph target;
  const fg::Tensor old = target.input("old", {3});
  target = std::move(built.graph);
  if (target.size() != size || !target.has(more) || target.has(old)) return 3;
  // What is left behind is an empty graph, as good as a new one.
  if (built.graph.size() != 0 || !built.graph.inputs.empty()) return 4;
  const fg::Tensor fresh = built.graph.input("x", {2});
  if (!built.graph.has(fresh) || target.has(fresh)) return 5;

  fg::Graph& same = target;
  target = std::move(same);
  if (target.size() != size || !target.has(more)) return 6;

  target.swap(built.graph);
  if (!target.has(fresh) || !built.graph.has(more) || target.has(more)) return 7;
  swap(target, built.graph);
  if (!target.has(more) || !built.graph.has(fresh)) return 8;

  fg::Graph copy = target.clone();
  if (copy.has(more) || !target.has(more) || !copy.has(copy.tensor(more.id))) return 9;
  const fg::Model model = fg::on_clone(copy, built.model);
  if (!copy.has(model.loss) || !copy.has(model.outputs[0])) return 10;
  if (fg::training_graph(target, built.model, fg::optim::adam()).first_fault) return 11;
  if (fg::training_graph(copy, model, fg::optim::adam()).first_fault) return 12;
  return 0;
}

/// A scope that is open while its graph is moved ends in the new place.
constexpr int scopes_after_a_move() {
  fg::Graph g;
  (void)g.parameter("first", {1});
  fg::Graph moved;
  {
    const auto scope = g.scope("inner");
    moved = std::move(g);
    if (moved.current_scope() == 0 || g.current_scope() != 0) return 1;
  }
  if (moved.current_scope() != 0) return 2;
  const fg::Tensor t = moved.parameter("second", {1});
  return moved.node(t.id).scope;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(moved_graph)

BOOST_AUTO_TEST_CASE(tensors_follow_their_graph) {
  HOLDS_IN_BOTH_MOMENTS(first_failure_of_moves() == 0);
  HOLDS_IN_BOTH_MOMENTS(scopes_after_a_move() == 0);
  static_assert(std::is_nothrow_move_constructible_v<fg::Graph>);
  static_assert(std::is_nothrow_move_assignable_v<fg::Graph>);
  static_assert(!std::is_copy_constructible_v<fg::Graph>);
  static_assert(std::is_trivially_copyable_v<fg::Tensor>);
}

BOOST_AUTO_TEST_CASE(a_vector_of_graphs_may_grow) {
  std::vector<fg::Graph> graphs;
  std::vector<fg::Tensor> tensors;
  for (int i = 0; i < 100; ++i) {
    graphs.emplace_back();
    tensors.push_back(graphs.back().input("x", {fg::batch, i + 1}));
  }
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    const fg::Tensor y = fg::relu(tensors[i]);
    BOOST_TEST(graphs[i].has(y));
    BOOST_TEST(y.shape()[1].constant == static_cast<std::int64_t>(i) + 1);
  }
}

BOOST_AUTO_TEST_CASE(names_and_scopes_survive) {
  fg::Graph g;
  {
    const auto scope = g.scope("encoder");
    (void)g.parameter("w", {1});
  }
  fg::Graph moved = std::move(g);
  BOOST_TEST(fg::full_name(moved, moved.variables[0].node) == "encoder/w");
  const auto scope = g.scope("decoder");  // NOLINT: the old one is an empty graph
  BOOST_TEST(fg::full_name(g, g.parameter("w", {1}).id) == "decoder/w");
}

BOOST_AUTO_TEST_CASE(tensors_of_a_destroyed_graph_are_refused) {
  fg::Graph other;
  const fg::Tensor mine = other.input("x", {fg::batch, 4});
  fg::Tensor gone;
  {
    fg::Graph g;
    gone = g.input("x", {fg::batch, 4});
  }
  const auto refused = [&](const auto& call) {
    BOOST_CHECK_EXCEPTION(
        call(), fg::GraphError,
        says("a tensor has outlived its graph", "may be moved, but not destroyed"));
  };
  refused([&] { (void)fg::relu(gone); });
  refused([&] { (void)fg::matmul(gone, gone); });
  refused([&] { (void)fg::sum(gone); });
  refused([&] { (void)fg::reshape(gone, {2}); });
  refused([&] { (void)fg::nn::dense(gone, 3, "out"); });
  refused([&] { (void)gone.shape(); });
  refused([&] { (void)gone.dtype(); });
  refused([&] { (void)gone.graph->size(); });
  refused([&] { (void)(gone + gone); });
  BOOST_CHECK_EXCEPTION((void)fg::gradient(other, gone, {mine}), fg::GraphError,
                        says("belongs to another graph"));
  BOOST_CHECK_THROW((void)(mine + gone), fg::GraphError);
  BOOST_CHECK_THROW((void)(gone + mine), fg::GraphError);
  BOOST_CHECK_THROW((void)fg::concat({mine, gone}, 0), fg::GraphError);
  // A new graph in the same place is another one.
  std::vector<fg::Graph> many(200);
  for (fg::Graph& each : many) {
    (void)each.input("x", {fg::batch, 4});
    BOOST_TEST(!each.has(gone));
  }
  refused([&] { (void)fg::relu(gone); });
}

BOOST_AUTO_TEST_CASE(so_are_those_of_a_graph_that_was_assigned_to) {
  fg::Graph g;
  const fg::Tensor old = g.input("x", {fg::batch, 4});
  g = fg::Graph();
  BOOST_CHECK_EXCEPTION((void)fg::relu(old), fg::GraphError,
                        says("a tensor has outlived its graph"));
  BOOST_TEST(g.has(fg::relu(g.input("x", {fg::batch, 4}))));
}

BOOST_AUTO_TEST_CASE(graphs_may_be_made_on_threads, *boost::unit_test::label("threads")) {
  std::vector<std::thread> threads;
  std::vector<int> sizes(4, 0);
  for (std::size_t t = 0; t < sizes.size(); ++t)
    threads.emplace_back([&sizes, t] {
      for (int i = 0; i < 200; ++i) {
        const BuiltModel built = build_and_move();
        sizes[t] += fg::training_graph(built.graph, built.model, fg::optim::sgd()).size();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const int size : sizes) BOOST_TEST(size == sizes[0]);
}

BOOST_AUTO_TEST_SUITE_END()
