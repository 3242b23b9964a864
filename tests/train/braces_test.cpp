// Braces are accepted wherever a list is asked for.
#include "support/expect.hpp"
#include "support/folder.hpp"
#include "support/training_data.hpp"

#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/packing.hpp>
#include <foregraph/planner.hpp>

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr auto brace_model = [](Graph& g) {
  const Tensor x = g.input("x", {batch, 2});
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(x, 2, "logits");
  const Tensor rows = sum(logits, {1});
  const Tensor all = concat({logits, logits}, 1);
  return Model{.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits, rows, all}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(braces)

BOOST_AUTO_TEST_CASE(metrics_of_an_evaluation) {
  Trainer<brace_model> trainer{optim::sgd(0.1)};
  const data::Dataset data =
      data::Dataset().add("x", {2}, {1.0F, 0.0F, 0.0F, 1.0F}).add("label", {}, {0, 1});
  BOOST_TEST(data.size() == 2);
  BOOST_TEST((data.fields()[1].dtype == i32));
  const auto weight = trainer.variable<float>("logits/weight");
  weight[0] = weight[3] = 2;
  weight[1] = weight[2] = -2;
  const Evaluation braced =
      trainer.evaluate(data::from(data), {metrics::accuracy(), metrics::top_k(2)});
  const std::vector<Metric> list{metrics::accuracy(), metrics::top_k(2)};
  const Evaluation listed = trainer.evaluate(data::from(data), list);
  BOOST_TEST_REQUIRE(braced.metrics.size() == 2U);
  BOOST_TEST(braced.metrics[0].second == 1.0);
  BOOST_TEST((braced.metrics == listed.metrics));
  BOOST_TEST(trainer.evaluate(data::from(data)).metrics.empty());
  BOOST_TEST(trainer.evaluate(data::from(data), {}).metrics.empty());
  const std::array<Metric, 1> array{metrics::accuracy()};
  BOOST_TEST(trainer.evaluate(data::from(data), array).metrics.size() == 1U);
  BOOST_TEST(trainer.evaluate(data::from(data), std::span(list).first(1)).metrics.size() == 1U);
}

BOOST_AUTO_TEST_CASE(values_of_metrics) {
  BOOST_TEST(accuracy({0.1F, 0.9F, 0.8F, 0.2F}, {1, 1}) == 0.5);
  BOOST_TEST(binary_accuracy({0.9F, 0.2F, 0.3F, 0.6F}, {1, 0, 1, 1}) == 0.75);
}

BOOST_AUTO_TEST_CASE(passes_and_plans) {
  const Pass nothing{"nothing", [](const Graph& g) { return g.clone(); }};
  Graph g;
  const Model model = brace_model(g);
  const Graph step = training_graph(g, model, optim::sgd(0.1), {nothing});
  BOOST_TEST(step.size() == training_graph(g, model, optim::sgd(0.1)).size());
  BOOST_TEST(evaluation_graph(g, model, {nothing}).size() == evaluation_graph(g, model).size());
  const Plan small = plan_memory(step, 4);
  const Plan large = plan_memory(step, 400);
  const std::vector<Plan> plans{small, large};
  BOOST_TEST(plan_report(step, {small, large}) == plan_report(step, plans));
}

BOOST_AUTO_TEST_CASE(tensors_of_a_file_and_buffers_to_pack) {
  const Folder folder;
  const std::vector<float> a{1, 2};
  const std::vector<std::int32_t> b{3};
  const auto file = folder / "two.safetensors";
  write_safetensors(file, {{"a", f32, {2}, std::as_bytes(std::span(a))},
                           {"b", i32, {1}, std::as_bytes(std::span(b))}});
  const Safetensors read(file);
  BOOST_TEST(read.values<float>("a")[1] == 2.0F);
  BOOST_TEST(read.values<std::int32_t>("b")[0] == 3);
  BOOST_TEST(history_csv({{.epoch = 3}}).find("\n3,") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
