// What load() makes of small files, and what it says of wrong ones.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/onnx/load.hpp>
#include <foregraph/foregraph.hpp>
#include <fstream>
#include <string>

#include "support/onnx_bytes.hpp"
#include "support/temporary_folder.hpp"

namespace onnx_load_test {

namespace fg = foregraph;
namespace file = foregraph::test::onnx_bytes;
using file::attribute;
using file::node;
using file::tensor;
using file::value;
using Floats = std::vector<float>;
using Integers = std::vector<std::int64_t>;

fg::onnx::ImportedModel load(const std::string& bytes, const fg::onnx::LoadOptions& options = {}) {
  return fg::onnx::load(std::as_bytes(std::span(bytes)), options);
}

/// The outputs of a model for one batch of an input "x".
std::vector<float> predicted(const fg::onnx::ImportedModel& net, const Floats& x) {
  fg::Predictor predictor{net.graph, net.without_loss()};
  const fg::Predictions all = predictor.predict_all({{"x", x}});
  const std::span<const float> output = all[0].as<float>();
  return {output.begin(), output.end()};
}

/// The message of the error that `call` throws.
template <class Error, class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  BOOST_ERROR("nothing was thrown");
  return {};
}
void check_contains(const std::string& text, const std::string& part) {
  BOOST_TEST(text.find(part) != std::string::npos, '"' << text << "\" has no \"" << part << '"');
}

/// A model of nodes from x f32[batch,...] to y.
file::File of_nodes(const std::vector<std::string>& nodes, const std::vector<file::Size>& shape,
                    const std::vector<std::string>& initializers = {}) {
  return {.inputs = {value("x", file::type::f32, shape)},
          .initializers = initializers,
          .nodes = nodes,
          .outputs = {value("y", file::type::f32, {})}};
}

}  // namespace onnx_load_test

BOOST_AUTO_TEST_SUITE(onnx_load)

BOOST_AUTO_TEST_CASE(a_dense_layer_has_the_values_and_names_of_the_file) {
  using namespace onnx_load_test;
  const fg::onnx::ImportedModel net = load(file::dense_layer().model());
  BOOST_TEST(net.variables.size() == 2U);
  BOOST_TEST(net.variables[0].name == "w");
  BOOST_TEST(net.variables[0].trainable);
  BOOST_TEST(net.graph.text(net.outputs.at(0).name) == "y");
  // x . [[1,2],[3,4],[5,6]] + [0.5,-0.5]
  BOOST_TEST(predicted(net, {1, 0, 0, 1, 1, 1}) == (Floats{1.5F, 1.5F, 9.5F, 11.5F}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(training_starts_with_the_values_of_the_file_and_changes_them) {
  using namespace onnx_load_test;
  fg::onnx::ImportedModel net = load(file::dense_layer().model());
  const fg::Model model = net.with_loss(fg::onnx::Loss::mean_squared_error);
  fg::Trainer trainer{net.graph, model, fg::optim::sgd(0.1)};
  BOOST_TEST(trainer.variable<float>("w")[2] == 3);
  trainer.prepare(1);
  const std::span<float> x = trainer.input<float>("x");
  std::fill(x.begin(), x.end(), 1.0F);
  const std::span<float> target = trainer.input<float>("target");
  target[0] = 9.5F;   // as predicted
  target[1] = 12.5F;  // one more
  trainer.step();
  BOOST_TEST(trainer.loss() == 0.5, boost::test_tools::tolerance(1e-6));
  // dloss/dw[k][1] = 2/2 * (11.5 - 12.5) * x[k] = -1.
  BOOST_TEST(trainer.variable<float>("w")[2] == 3);
  BOOST_TEST(trainer.variable<float>("w")[1] == 2.1F, boost::test_tools::tolerance(1e-6F));
}

/// The graph may be moved and the file closed: the values stay with the graph.
BOOST_AUTO_TEST_CASE(values_outlive_the_import) {
  using namespace onnx_load_test;
  fg::Graph graph;
  std::vector<fg::Output> outputs;
  {
    fg::onnx::ImportedModel net = load(file::dense_layer().model());
    graph = std::move(net.graph);
    outputs = net.outputs;
  }
  fg::Predictor predictor{graph, fg::Model{{}, outputs}};
  BOOST_TEST(predictor.predict_all({{"x", Floats{0, 0, 0}}})[0].as<float>()[0] == 0.5F);
}

BOOST_AUTO_TEST_CASE(half_precision_is_widened) {
  using namespace onnx_load_test;
  // 1, -2, 0.5, 65504 and the smallest number, 2^-24, in 16 bits.
  const std::vector<std::uint16_t> halves{0x3C00, 0xC000, 0x3800, 0x7BFF, 0x0001};
  const std::string bytes = file::raw<std::uint16_t>(halves);
  const fg::onnx::ImportedModel net = load(of_nodes({node("Add", {"x", "h"}, {"y"})}, {"batch", 5},
                                                    {tensor("h", file::type::f16, {5}, bytes)})
                                               .model());
  BOOST_TEST(predicted(net, Floats(5, 0)) == (Floats{1, -2, 0.5F, 65504, 5.9604645e-08F}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(numbers_in_typed_fields_are_read) {
  using namespace onnx_load_test;
  // float_data, packed and not, instead of raw bytes; int64_data with a negative number.
  const std::string packed = file::integer(1, 2) + file::integer(2, file::type::f32) +
                             file::bytes(8, "p") + file::bytes(4, file::raw<float>(Floats{3, 4}));
  const std::string single = file::integer(1, 2) + file::integer(2, file::type::f32) +
                             file::bytes(8, "s") + file::number(4, 1) + file::number(4, 2);
  const std::string axis = file::integer(1, 1) + file::integer(2, file::type::i64) +
                           file::bytes(8, "a") + file::integer(7, -1);
  const fg::onnx::ImportedModel net = load(
      of_nodes({node("Mul", {"x", "p"}, {"m"}), node("Add", {"m", "s"}, {"t"}),
                node("ReduceSum", {"t", "a"}, {"y"}, {attribute("keepdims", std::int64_t{0})})},
               {"batch", 2}, {packed, single, axis})
          .model());
  BOOST_TEST(predicted(net, {1, 1}) == (Floats{3 + 1 + 4 + 2}), boost::test_tools::per_element());
}

/// A flattened image meets a weight that is stored for its channels-last order.
BOOST_AUTO_TEST_CASE(an_image_is_flattened_without_a_transposition) {
  using namespace onnx_load_test;
  Floats weight(18);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<float>(i);
  const file::File net_file{
      .inputs = {value("x", file::type::f32, {"batch", 2, 3, 3})},
      .initializers = {tensor("c", {2, 2, 1, 1}, Floats{1, 0, 0, 1}), tensor("w", {18, 1}, weight)},
      .nodes = {node("Conv", {"x", "c"}, {"i"}), node("Flatten", {"i"}, {"f"}),
                node("MatMul", {"f", "w"}, {"y"})},
      .outputs = {value("y", file::type::f32, {})}};
  const fg::onnx::ImportedModel net = load(net_file.model());
  int permutes = 0;
  for (fg::NodeId id = 0; id < net.graph.size(); ++id)
    permutes += net.graph.node(id).op->name == std::string_view("permute") ? 1 : 0;
  BOOST_TEST(permutes == 1);  // the input's
  Floats x(18);
  float expected = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(i % 5);
    expected += x[i] * weight[i];
  }
  BOOST_TEST(predicted(net, x) == Floats{expected}, boost::test_tools::per_element());
}

/// PyTorch stores equal parameters once and names the others by Identity nodes.
BOOST_AUTO_TEST_CASE(parameters_that_were_equal_are_trained_apart) {
  using namespace onnx_load_test;
  fg::onnx::ImportedModel net =
      load(of_nodes({node("Identity", {"a"}, {"b"}), node("Mul", {"x", "a"}, {"m"}),
                     node("Add", {"m", "b"}, {"y"})},
                    {"batch", 1}, {tensor("a", {1}, Floats{2})})
               .model());
  BOOST_REQUIRE(net.variables.size() == 2U);
  BOOST_TEST(net.variables[1].name == "b");
  BOOST_REQUIRE(net.notes.size() == 1U);
  check_contains(net.notes[0], "some parameters are stored once in the file");
  const fg::Model model = net.with_loss(fg::onnx::Loss::none);
  fg::Trainer trainer{net.graph, model, fg::optim::sgd(1)};
  trainer.prepare(1);
  trainer.input<float>("x")[0] = 3;
  trainer.step();
  BOOST_TEST(trainer.loss() == 3 * 2 + 2);
  BOOST_TEST(trainer.variable<float>("a")[0] == 2 - 3);
  BOOST_TEST(trainer.variable<float>("b")[0] == 2 - 1);
}

/// Group norm of PyTorch is an instance norm by ones and zeros, which are no parameters, and a
/// product with those that are.
BOOST_AUTO_TEST_CASE(constants_of_a_normalisation_are_not_trained) {
  using namespace onnx_load_test;
  const auto literal = [](const char* name, float number) {
    return node("Constant", {}, {name},
                {file::tensor_attribute("value", tensor("", {2}, Floats(2, number)))});
  };
  const fg::onnx::ImportedModel net =
      load(of_nodes({literal("ones", 1), literal("zeros", 0),
                     node("InstanceNormalization", {"x", "ones", "zeros"}, {"n"}),
                     node("Mul", {"n", "w"}, {"y"})},
                    {"batch", 2, 4}, {tensor("w", {2, 1}, Floats{1, 2})})
               .model());
  BOOST_REQUIRE(net.variables.size() == 1U);
  BOOST_TEST(net.variables[0].name == "w");
}

BOOST_AUTO_TEST_CASE(shape_arithmetic_is_affine_in_the_batch) {
  using namespace onnx_load_test;
  // Reshape to [Shape(x)[0] * 2, 3], as exporters write it.
  const file::File net_file =
      of_nodes({node("Shape", {"x"}, {"s"}), node("Gather", {"s", "zero"}, {"n"}),
                node("Mul", {"n", "two"}, {"rows"}),
                node("Concat", {"rows", "three"}, {"to"}, {attribute("axis", std::int64_t{0})}),
                node("Reshape", {"x", "to"}, {"y"})},
               {"batch", 6},
               {tensor("zero", {1}, Integers{0}), tensor("two", {1}, Integers{2}),
                tensor("three", {1}, Integers{3})});
  const fg::onnx::ImportedModel net = load(net_file.model());
  BOOST_TEST((net.outputs.at(0).shape() == fg::Shape{fg::Dim{0, 2}, 3}));
}

BOOST_AUTO_TEST_CASE(a_fixed_batch_becomes_the_batch_and_is_said) {
  using namespace onnx_load_test;
  const file::File net_file = of_nodes({node("Reshape", {"x", "to"}, {"y"})}, {4, 6},
                                       {tensor("to", {3}, Integers{4, 2, 3})});
  const fg::onnx::ImportedModel net = load(net_file.model());
  BOOST_TEST((net.outputs.at(0).shape() == fg::Shape{fg::batch, 2, 3}));
  BOOST_REQUIRE(net.notes.size() == 2U);
  check_contains(net.notes[0], "exported for a batch of 4");
  check_contains(net.notes[1], "Reshape nodes have the batch size of the file");
  const fg::onnx::ImportedModel fixed = load(net_file.model(), {.has_batch = false});
  BOOST_TEST((fixed.outputs.at(0).shape() == fg::Shape{4, 2, 3}));
}

BOOST_AUTO_TEST_CASE(branches_with_a_known_condition_are_taken) {
  using namespace onnx_load_test;
  const auto branch = [](const char* op) {
    return file::File{.nodes = {node(op, {"x"}, {"t"})}, .outputs = {value("t", 1, {})}}.graph();
  };
  for (const bool condition : {false, true}) {
    const std::string truth(1, condition ? '\1' : '\0');
    const fg::onnx::ImportedModel net =
        load(of_nodes({node("If", {"c"}, {"y"},
                            {file::graph_attribute("then_branch", branch("Relu")),
                             file::graph_attribute("else_branch", branch("Neg"))})},
                      {"batch", 2}, {tensor("c", file::type::boolean, {}, truth)})
                 .model());
    BOOST_TEST(predicted(net, {-1, 2}) == (condition ? Floats{0, 2} : Floats{1, -2}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(open_axes_and_switches_are_given_by_options) {
  using namespace onnx_load_test;
  const file::File net_file{
      .inputs = {value("x", file::type::f32, {"batch", "time"}),
                 value("rate", file::type::i64, {})},
      .initializers = {tensor("r", {}, Integers{16000})},
      .nodes = {node("Equal", {"rate", "r"}, {"same"}),
                node("If", {"same"}, {"y"},
                     {file::graph_attribute("then_branch",
                                            file::File{.nodes = {node("Relu", {"x"}, {"t"})},
                                                       .outputs = {value("t", 1, {})}}
                                                .graph()),
                      file::graph_attribute("else_branch",
                                            file::File{.nodes = {node("Neg", {"x"}, {"t"})},
                                                       .outputs = {value("t", 1, {})}}
                                                .graph())})},
      .outputs = {value("y", file::type::f32, {})}};
  const std::string bytes = net_file.model();
  const std::string open = message_of<fg::UsageError>([&] { (void)load(bytes); });
  check_contains(open, "axis 1 of input 'x', 'time', has no size: give it one (--dim time=128)");
  check_contains(open,
                 "input 'rate' has no axis for the samples of a batch: if it is a switch, give "
                 "its value (--input rate=1)");
  const fg::onnx::ImportedModel net =
      load(bytes, {.dims = {{"time", 2}}, .inputs = {{"rate", {8000}}}});
  BOOST_TEST(predicted(net, {1, 2}) == (Floats{-1, -2}), boost::test_tools::per_element());

  check_contains(message_of<fg::UsageError>([&] {
                   (void)load(bytes, {.dims = {{"tim", 2}}});
                 }),
                 "there is no axis 'tim' in the file's inputs, expected one of 'batch', ");
  check_contains(message_of<fg::UsageError>([&] {
                   (void)load(bytes, {.dims = {{"time", 0}}});
                 }),
                 "the size of axis 'time' is 0, expected at least 1");
  check_contains(message_of<fg::UsageError>([&] {
                   (void)load(bytes, {.inputs = {{"sr", {1}}}});
                 }),
                 "there is no input 'sr' in the file, expected one of 'rate', 'x'");
  check_contains(message_of<fg::UsageError>([&] {
                   (void)load(bytes, {.dims = {{"time", 2}}, .inputs = {{"rate", {1, 2}}}});
                 }),
                 "input 'rate' has 1 elements, but 2 values were given");
}

BOOST_AUTO_TEST_CASE(all_that_cannot_be_imported_is_listed_at_once) {
  using namespace onnx_load_test;
  const file::File net_file = of_nodes(
      {node("Loop", {"x"}, {"a"}, {}, "loop"), node("QuantizeLinear", {"x"}, {"b"}, {}, "q1"),
       node("QuantizeLinear", {"x"}, {"c"}, {}, "q2"), node("Relu", {"a"}, {"d"}),
       file::node("TreeEnsembleClassifier", {"x"}, {"e"}, {}, "trees") +
           file::bytes(7, "ai.onnx.ml"),
       node("Sum", {"d", "b", "c", "e"}, {"y"})},
      {"batch", 2});
  try {
    (void)load(net_file.model());
    BOOST_ERROR("nothing was thrown");
  } catch (const fg::onnx::ImportError& error) {
    BOOST_REQUIRE(error.refusals().size() == 3U);
    const std::string text = error.what();
    check_contains(text, "'memory' cannot be imported:\n");
    check_contains(text, "\n  Loop, 1 node ('loop'): control flow that depends on the data");
    check_contains(text, "\n  QuantizeLinear, 2 nodes ('q1', 'q2'): integers of 8 bits");
    check_contains(text,
                   "\n  ai.onnx.ml.TreeEnsembleClassifier, 1 node ('trees'): trees, vector "
                   "machines and the like are not trainable here");
  }
}

BOOST_AUTO_TEST_CASE(losses_need_an_output_that_suits_them) {
  using namespace onnx_load_test;
  fg::onnx::ImportedModel net = load(file::dense_layer().model());
  check_contains(message_of<fg::GraphError>([&] {
                   (void)net.with_loss(fg::onnx::Loss::mean_squared_error, {.output = "z"});
                 }),
                 "there is no output 'z'; expected one of 'y'");
  check_contains(message_of<fg::GraphError>([&] {
                   (void)net.with_loss(fg::onnx::Loss::softmax_cross_entropy, {.class_axis = 5});
                 }),
                 "the axis of the classes is 5");
  const fg::Model model = net.with_loss(
      [](fg::Graph&, std::span<const fg::Output> outputs) { return fg::sum(outputs[0]); });
  BOOST_TEST(model.loss.shape().rank == 0);
}

/// Dropout of a file for inference drops only in training, and counts its steps in a state.
BOOST_AUTO_TEST_CASE(dropout_is_trained_when_asked) {
  using namespace onnx_load_test;
  const file::File net_file =
      of_nodes({node("Dropout", {"x", "half"}, {"d"}), node("Mul", {"d", "w"}, {"y"})},
               {"batch", 400}, {tensor("half", {}, Floats{0.5F}), tensor("w", {1}, Floats{1})});
  for (const bool as_training : {false, true}) {
    fg::onnx::ImportedModel net = load(net_file.model(), {.as_training = as_training});
    BOOST_REQUIRE(net.variables.size() == 1U);
    BOOST_TEST(net.variables[0].name == "w");
    BOOST_TEST(predicted(net, Floats(400, 1)) == Floats(400, 1), boost::test_tools::per_element());
    const fg::Model model = net.with_loss(fg::onnx::Loss::mean_squared_error);
    fg::Trainer trainer{net.graph, model, fg::optim::sgd(0)};
    trainer.prepare(1);
    const std::span<float> x = trainer.input<float>("x");
    std::fill(x.begin(), x.end(), 1.0F);
    trainer.step();
    // Outputs are 0 or 2 with equal chances, the target 0: the mean of the squares is near 2.
    BOOST_TEST(trainer.loss() == (as_training ? 2 : 1), boost::test_tools::tolerance(0.3));
    BOOST_TEST((trainer.loss() == 1) == !as_training);
  }
}

/// Batch norm of a file for inference keeps its moments unless training is asked for.
BOOST_AUTO_TEST_CASE(batch_norm_is_trained_when_asked) {
  using namespace onnx_load_test;
  const file::File net_file =
      of_nodes({node("BatchNormalization", {"x", "g", "b", "m", "v"}, {"y"})}, {"batch", 1},
               {tensor("g", {1}, Floats{2}), tensor("b", {1}, Floats{1}),
                tensor("m", {1}, Floats{3}), tensor("v", {1}, Floats{4})});
  for (const bool as_training : {false, true}) {
    fg::onnx::ImportedModel net = load(net_file.model(), {.as_training = as_training});
    BOOST_TEST(!net.variables[2].trainable);
    const fg::Model model = net.with_loss(fg::onnx::Loss::mean_squared_error);
    fg::Trainer trainer{net.graph, model, fg::optim::sgd(0)};
    trainer.prepare(2);
    trainer.input<float>("x")[0] = 5;
    trainer.input<float>("x")[1] = 7;
    trainer.input<float>("target")[0] = trainer.input<float>("target")[1] = 1;
    trainer.step();
    // Moments of the batch: 6 and 1; of the file: 3 and 4.
    const double expected = as_training ? 4 : ((2.0 * 2) + (4.0 * 4)) / 2;
    BOOST_TEST(trainer.loss() == expected, boost::test_tools::tolerance(1e-4));
    const double mean = as_training ? 0.9 * 3 + 0.1 * 6 : 3;
    BOOST_TEST(trainer.variable<float>("m")[0] == mean, boost::test_tools::tolerance(1e-6));
  }
}

BOOST_AUTO_TEST_SUITE_END()
