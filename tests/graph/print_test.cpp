#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/plan.hpp>
#include <sstream>

#include "graph/checks.hpp"

namespace fg = foregraph;

namespace {

fg::Location at(int line) {
  return {"some/where/model.cpp", line};
}

fg::Graph small_step() {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 4}, fg::f32, at(3));
  const auto w = g.parameter("w", {4, 2}, fg::uniform(0.5, 9), fg::f32, at(4));
  fg::Tensor h;
  {
    const auto scope = g.scope("hidden");
    h = fg::matmul(x, w, {}, at(5));
  }
  const auto loss = fg::mean(h, {}, fg::KeepDims::no, at(6));
  return fg::training_graph(g, {loss, {}}, fg::optim::sgd(0.1));
}

std::size_t lines_with(const std::string& text, const std::string& part) {
  std::istringstream stream(text);
  std::size_t found = 0;
  for (std::string line; std::getline(stream, line);)
    found += line.find(part) != std::string::npos ? 1 : 0;
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(print)

BOOST_AUTO_TEST_CASE(text_lists_interface_phases_and_results) {
  const std::string text = fg::to_text(small_step());
  BOOST_TEST_MESSAGE(text);
  BOOST_TEST(
      text.starts_with("inputs\n"
                       "  %0 x : f32[batch,4]   // model.cpp:3\n"
                       "variables\n"
                       "  %1 w : f32[4,2] = uniform(+-0.5, seed 9)   // model.cpp:4\n"
                       "settings\n"
                       "  %10 learning_rate : f32[] = 0.1\n"
                       "forward\n"
                       "  %2 hidden/matmul = matmul(%0, %1) : f32[batch,2]   // model.cpp:5\n"
                       "  %3 = sum(%2) {3} : f32[]   // model.cpp:6\n"
                       "  %4 = extent [batch,2] : f32[]   // model.cpp:6\n"
                       "  %5 = divide(%3, %4) : f32[]   // model.cpp:6\n"
                       "backward\n"
                       "  %6 = constant 1 : f32[]"));
  BOOST_TEST(text.ends_with("updates\n  w <- %12\nloss\n  %5\n"));
  BOOST_TEST(lines_with(text, "matmul_accumulate(%1, %0, %9, %11, %6) {1} : f32[4,2]") == 1U);
}

BOOST_AUTO_TEST_CASE(text_has_one_line_for_each_node) {
  const fg::Graph g = small_step();
  const std::string text = fg::to_text(g);
  for (fg::NodeId id = 0; id < g.size(); ++id)
    BOOST_TEST(lines_with(text, "  %" + std::to_string(id) + ' ') == 1U);
}

BOOST_AUTO_TEST_CASE(text_shows_every_initialiser) {
  fg::Graph g;
  (void)g.parameter("a", {});
  (void)g.parameter("b", {}, fg::filled_with(1.5));
  (void)g.parameter("c", {}, fg::normal(0.25, 7));
  (void)g.state("d", {}, fg::zeros(), fg::i64);
  const std::string text = fg::to_text(g);
  BOOST_TEST(lines_with(text, "a : f32[] = 0   //") == 1U);
  BOOST_TEST(lines_with(text, "b : f32[] = 1.5   //") == 1U);
  BOOST_TEST(lines_with(text, "c : f32[] = normal(0, 0.25, seed 7)   //") == 1U);
  BOOST_TEST(lines_with(text, "d : i64[] = 0 (not trained)   //") == 1U);
}

BOOST_AUTO_TEST_CASE(an_empty_graph_prints_as_nothing) {
  BOOST_TEST(fg::to_text(fg::Graph{}) == "");
  BOOST_TEST(lines_with(fg::to_dot(fg::Graph{}), "digraph foregraph {") == 1U);
}

BOOST_AUTO_TEST_CASE(dot_has_a_box_per_node_an_edge_per_operand_and_a_cluster_per_scope) {
  const fg::Graph g = small_step();
  const std::string dot = fg::to_dot(g);
  std::size_t edges = 0;
  for (fg::NodeId id = 0; id < g.size(); ++id) {
    BOOST_TEST(lines_with(dot, " n" + std::to_string(id) + " [label=") == 1U);
    edges += g.inputs_of(id).size();
  }
  BOOST_TEST(lines_with(dot, " -> ") == edges + g.updates.size());
  BOOST_TEST(lines_with(dot, "[style=dashed, constraint=false]") == g.updates.size());
  BOOST_TEST(lines_with(dot, "subgraph cluster_") == 1U);
  BOOST_TEST(lines_with(dot, "label=\"hidden\";") == 1U);
  BOOST_TEST(lines_with(dot, R"(n2 [label="%2 matmul\nf32[batch,2]", fillcolor=)") == 1U);
  BOOST_TEST(std::count(dot.begin(), dot.end(), '{') == std::count(dot.begin(), dot.end(), '}'));
}

BOOST_AUTO_TEST_CASE(dot_escapes_names) {
  fg::Graph g;
  const auto scope = g.scope("a \"b\" \\ c");
  (void)g.parameter("line\nbreak\t\"w\"\\", {});
  const std::string dot = fg::to_dot(g);
  BOOST_TEST(lines_with(dot, R"(label="a \"b\" \\ c";)") == 1U);
  BOOST_TEST(lines_with(dot, R"(/line\nbreak \"w\"\\\nf32[]",)") == 1U);
}

BOOST_AUTO_TEST_CASE(dot_nests_scopes) {
  fg::Graph g;
  const auto encoder = g.scope("encoder");
  const auto hidden = g.scope("hidden");
  (void)g.parameter("w", {});
  const std::string dot = fg::to_dot(g);
  const auto outer = dot.find("label=\"encoder\"");
  const auto inner = dot.find("label=\"hidden\"");
  const auto node = dot.find("encoder/hidden/w");
  BOOST_TEST((outer < inner && inner < node && node != std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()
