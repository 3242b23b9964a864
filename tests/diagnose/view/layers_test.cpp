#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/diagnose/view/layers.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/models.hpp>
#include <foregraph/plan.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "planner/workloads.hpp"

namespace fg = foregraph;
using foregraph::picture::layer_colours;
using foregraph::picture::layers_of;

namespace {

/// Relative luminance of "#rrggbb", by the definition of WCAG 2.2.
double luminance(std::string_view colour) {
  double sum = 0;
  constexpr double weights[] = {0.2126, 0.7152, 0.0722};
  for (std::size_t i = 0; i < 3; ++i) {
    const double v = std::stoi(std::string(colour.substr(1 + 2 * i, 2)), nullptr, 16) / 255.0;
    sum += weights[i] * (v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4));
  }
  return sum;
}
double contrast(std::string_view a, std::string_view b) {
  const auto [dark, light] = std::minmax({luminance(a), luminance(b)});
  return (light + 0.05) / (dark + 0.05);
}

/// The layers of all nodes of that full name.
std::vector<std::string> layers_named(const fg::Graph& g, const std::string& name) {
  const std::vector<std::string> layers = layers_of(g);
  std::vector<std::string> found;
  for (fg::NodeId id = 0; id < g.size(); ++id)
    if (fg::full_name(g, id) == name) found.push_back(layers[static_cast<std::size_t>(id)]);
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layers)

BOOST_AUTO_TEST_CASE(colours_of_layers_can_be_seen_on_light_and_dark_paper) {
  for (const std::string_view colour : layer_colours) {
    BOOST_REQUIRE(colour.size() == 7U);
    BOOST_TEST(contrast(colour, "#ffffff") >= 3, colour);
    BOOST_TEST(contrast(colour, "#14171c") >= 3, colour);
  }
  for (std::size_t i = 0; i < layer_colours.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) BOOST_TEST(layer_colours[i] != layer_colours[j]);
}

BOOST_AUTO_TEST_CASE(variables_and_their_state_are_of_the_layer_of_the_parameter) {
  const fg::Graph g = workloads::step_of(fg::models::w5_lenet, fg::optim::adam());
  const std::vector<std::string> conv1{"conv1"};
  BOOST_TEST(layers_named(g, "conv1/weight") == conv1, boost::test_tools::per_element());
  BOOST_TEST(layers_named(g, "conv1/weight.m") == conv1, boost::test_tools::per_element());
  BOOST_TEST(layers_named(g, "x").at(0) == "");
  BOOST_TEST(layers_named(g, "adam/beta1_power").at(0) == "adam");
}

BOOST_AUTO_TEST_CASE(values_between_layers_and_their_gradients_are_of_the_layer_they_follow) {
  fg::Graph built;
  auto x = built.input("x", {fg::batch, 8});
  const fg::Tensor first = fg::nn::dense(x, 16, "first");
  const fg::Tensor active = fg::sigmoid(first);  // of no scope
  const fg::Tensor second = fg::nn::dense(active, 4, "second");
  const fg::Graph g = fg::training_graph(
      built, fg::Model{.loss = fg::mean(fg::square(second)), .outputs = {}}, fg::optim::sgd());
  const std::vector<std::string> layers = layers_of(g);
  const auto layer = [&](fg::NodeId id) { return layers[static_cast<std::size_t>(id)]; };
  BOOST_TEST(layer(active.id) == "first");
  BOOST_TEST(layer(g.loss) == "second");
  int gradients = 0;
  for (fg::NodeId id = 0; id < g.size(); ++id) {
    const fg::Node& node = g.node(id);
    const auto inputs = g.inputs_of(id);
    if (node.phase != fg::Phase::backward || node.name.length > 0 ||
        std::find(inputs.begin(), inputs.end(), active.id) == inputs.end())
      continue;
    BOOST_TEST(layer(id) == "first");  // and not "second", whence its other operand comes
    ++gradients;
  }
  BOOST_TEST(gradients > 0);
  int updates = 0;
  for (const fg::Update& u : g.updates) {
    const fg::Variable& v = g.variables[static_cast<std::size_t>(u.variable)];
    if (!v.trainable) continue;
    BOOST_TEST(layer(u.value) == layer(v.node));
    ++updates;
  }
  BOOST_TEST(updates == 4);
}

BOOST_AUTO_TEST_CASE(layers_keep_their_path_and_a_parameter_without_one_is_a_layer) {
  fg::Graph g;
  auto x = g.input("x", {fg::batch, 8});
  auto scale = g.parameter("scale", {8});
  const auto outer = g.scope("block");
  const fg::Tensor y = fg::nn::dense(fg::multiply(x, scale), 4, "hidden");
  const std::vector<std::string> layers = layers_of(g);
  BOOST_TEST(layers[static_cast<std::size_t>(scale.id)] == "scale");
  BOOST_TEST(layers[static_cast<std::size_t>(y.id)] == "block/hidden");
}

BOOST_AUTO_TEST_SUITE_END()
