// Models written as ONNX files and read again: names, shapes, values, errors.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <foregraph/detail/onnx/format/elements.hpp>
#include <foregraph/detail/onnx/format/model_file.hpp>
#include <foregraph/detail/onnx/load.hpp>
#include <foregraph/detail/onnx/save.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "onnx/export/checked_by_onnx.hpp"
#include "onnx/export/run.hpp"
#include "support/expect.hpp"
#include "support/op_check.hpp"
#include "support/shared_data.hpp"
#include "support/temporary_folder.hpp"

namespace save_test {

namespace fg = foregraph;
using export_test::distance;
using export_test::predictions;
using export_test::Values;

/// Random values for the inputs that the outputs depend on.
Values inputs_of(const fg::Graph& graph, const fg::Model& model, std::int64_t batch_size) {
  const fg::Graph prediction = fg::prediction_graph(graph, model);
  Values values;
  for (const fg::NodeId id : prediction.inputs) {
    const fg::Node& node = prediction.node(id);
    const auto count = static_cast<std::size_t>(node.shape.elements().at(batch_size));
    std::vector<double>& of_input = values[std::string(prediction.text(node.name))];
    of_input = fg::test::random_values(count, 5, 0, 9);
    if (!fg::is_floating(node.dtype))
      std::transform(of_input.begin(), of_input.end(), of_input.begin(),
                     [](double v) { return std::floor(v); });
  }
  return values;
}

/// Saves a model with its start values.
void save(const std::filesystem::path& file, const fg::Graph& graph, const fg::Model& model,
          const fg::onnx::SaveOptions& options = {}) {
  const auto values = export_test::start_values(graph);
  fg::onnx::save(
      file, graph, model,
      [&](const std::string& name) { return std::span<const std::byte>(values.at(name)); },
      options);
}

/// Saves a model, has it checked, loads it, and compares for batches of two sizes.
void check_round_trip(const fg::Graph& graph, const fg::Model& model,
                      const fg::onnx::SaveOptions& options = {}) {
  const fg::test::TemporaryFolder folder;
  const auto file = folder / "model.onnx";
  save(file, graph, model, options);
  BOOST_TEST(export_test::problem_found_by_onnx(file) == "");
  const fg::onnx::ImportedModel again = fg::onnx::load(file);
  for (const std::int64_t batch_size : {1, 3}) {
    const Values inputs = inputs_of(graph, model, batch_size);
    const auto expected = predictions(graph, model, inputs, batch_size);
    const auto actual = predictions(again.graph, again.without_loss(), inputs, batch_size);
    BOOST_REQUIRE_EQUAL(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i)
      BOOST_TEST(distance(actual[i], expected[i]) < 1e-5);
  }
}

int count_of(const fg::onnx::FileModel& model, std::string_view op_type) {
  return static_cast<int>(
      std::count_if(model.graph.nodes.begin(), model.graph.nodes.end(),
                    [&](const fg::onnx::FileNode& node) { return node.op_type == op_type; }));
}
std::vector<std::int64_t> dims_of(const fg::onnx::FileModel& model, const std::string& name) {
  for (const fg::onnx::FileTensor& tensor : model.graph.initializers)
    if (tensor.name == name) return tensor.dims;
  BOOST_ERROR("there is no tensor " << name);
  return {};
}
std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace save_test

using namespace save_test;

BOOST_AUTO_TEST_SUITE(onnx_save)

BOOST_AUTO_TEST_CASE(models_of_the_library_are_the_same_when_imported_again) {
  const auto check = [](const char* name, const auto& make) {
    BOOST_TEST_CONTEXT(name) {
      fg::Graph g;
      const fg::Model model = make(g);
      check_round_trip(g, model);
    }
  };
  check("w4", fg::models::w4_mlp);
  check("w5", fg::models::w5_lenet);
  check("w6", fg::models::w6_resnet20);
  check("w7", fg::models::w7_lstm);
  check("w8", fg::models::w8_transformer);
  check("mobilenet", fg::models::mobilenet_v2_small);
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_not_the_first_axis_or_not_alone_is_found) {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch, 3, 4});
  const fg::Tensor rows = fg::reshape(x, {fg::Dim{0, 3}, 4});
  const fg::Tensor twice = fg::concat({rows, rows}, 0);
  const fg::Tensor first_half = fg::slice(twice, 1, 0, 2);
  const fg::Tensor mean = fg::mean(rows, {0}, fg::KeepDims::yes);
  const fg::Tensor wide = fg::broadcast_to(mean, {fg::Dim{0, 6}, 4});
  const fg::Tensor count = fg::iota(g, fg::Dim{0, 6}, fg::f32);
  const fg::Model model{.loss = {},
                        .outputs = {{"halves", first_half},
                                    {"wide", wide},
                                    {"count", fg::reshape(count, {fg::Dim{0, 6}, 1})}}};
  check_round_trip(g, model);
}

BOOST_AUTO_TEST_CASE(
    a_convolutional_network_has_a_transpose_at_its_input_and_one_before_it_is_flat) {
  fg::Graph g;
  const fg::Model model = fg::models::w5_lenet(g);
  const fg::test::TemporaryFolder folder;
  save(folder / "w5.onnx", g, model);
  const fg::onnx::FileModel file = fg::onnx::read_model(folder / "w5.onnx");
  BOOST_TEST(count_of(file, "Transpose") == 2);
  BOOST_TEST(count_of(file, "Conv") == 2);
  BOOST_TEST(count_of(file, "Gemm") == 3);
  BOOST_TEST(count_of(file, "Add") == 0);
  // [filters,channels,height,width], as ONNX has them.
  BOOST_TEST(dims_of(file, "conv2/weight") == (std::vector<std::int64_t>{16, 6, 5, 5}),
             boost::test_tools::per_element());
  BOOST_TEST(file.graph.inputs.size() == 1U);
  BOOST_TEST(file.graph.inputs[0].name == "x");
  BOOST_TEST(file.graph.inputs[0].dims[0].name == "batch");
  BOOST_TEST(file.graph.outputs[0].name == "logits");
  BOOST_TEST(file.opsets.at("") == 17);
}

BOOST_AUTO_TEST_CASE(an_image_that_is_transposed_by_the_model_is_not_transposed_in_the_file) {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch, 3, 8, 8});
  fg::Tensor h = fg::permute(x, {0, 2, 3, 1});
  h = fg::relu(fg::nn::conv2d(h, 4, 3, "conv"));
  h = fg::nn::batch_norm(h, "norm");
  h = fg::max_pool2d(h + 1.0);
  const fg::Model model{.loss = {}, .outputs = {{"y", fg::permute(h, {0, 3, 1, 2})}}};
  const fg::test::TemporaryFolder folder;
  save(folder / "model.onnx", g, model);
  BOOST_TEST(count_of(fg::onnx::read_model(folder / "model.onnx"), "Transpose") == 0);
  check_round_trip(g, model);
}

BOOST_AUTO_TEST_CASE(a_trainer_writes_its_present_values_and_settings) {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch, 2});
  const fg::Tensor target = g.input("t", {fg::batch, 1});
  const fg::Tensor scale = g.setting("temperature", 1);
  const fg::Tensor y = fg::nn::dense(x, 1, "dense") * scale;
  const fg::Model model{.loss = fg::nn::mean_squared_error(y, target), .outputs = {{"y", y}}};
  fg::Trainer trainer{g, model, fg::optim::sgd(0.1)};
  std::ranges::copy(std::vector<float>{2, 3}, trainer.variable<float>("dense/weight").begin());
  trainer.variable<float>("dense/bias")[0] = 1;
  trainer.set("temperature", 10);
  const fg::test::TemporaryFolder folder;
  fg::onnx::save(folder / "model.onnx", trainer);
  const fg::onnx::ImportedModel again = fg::onnx::load(folder / "model.onnx");
  const auto of_trainer = predictions(again.graph, again.without_loss(), {{"x", {5, 7}}}, 1);
  BOOST_TEST(of_trainer.at(0).at(0) == 10 * (2 * 5 + 3 * 7 + 1));

  trainer.save(folder / "checkpoint");
  fg::Predictor predictor{g, model, folder / "checkpoint"};
  fg::onnx::save(folder / "predictor.onnx", predictor);
  const fg::onnx::ImportedModel predicted = fg::onnx::load(folder / "predictor.onnx");
  const auto of_predictor =
      predictions(predicted.graph, predicted.without_loss(), {{"x", {5, 7}}}, 1);
  BOOST_TEST(of_predictor.at(0).at(0) == 2 * 5 + 3 * 7 + 1);
}

BOOST_AUTO_TEST_CASE(outputs_that_are_inputs_variables_or_one_value_get_names_of_their_own) {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch, 2});
  const fg::Tensor w = g.parameter("w", {2}, fg::filled_with(3));
  const fg::Tensor y = x * w;
  const fg::Model model{.loss = {}, .outputs = {{"x", x}, {"w", w}, {"y", y}, {"again", y}}};
  const fg::test::TemporaryFolder folder;
  const auto file = folder / "model.onnx";
  save(file, g, model);
  BOOST_TEST(export_test::problem_found_by_onnx(file) == "");
  std::vector<std::string> names;
  const fg::onnx::FileModel written = fg::onnx::read_model(file);
  for (const fg::onnx::FileValue& output : written.graph.outputs) names.push_back(output.name);
  BOOST_TEST(names == (std::vector<std::string>{"x_1", "w_1", "y", "again"}),
             boost::test_tools::per_element());
  // The importer leaves out the output that does not depend on the data.
  const fg::onnx::ImportedModel again = fg::onnx::load(file);
  const auto outputs = predictions(again.graph, again.without_loss(), {{"x", {1, 2}}}, 1);
  BOOST_REQUIRE_EQUAL(outputs.size(), 3U);
  BOOST_TEST(outputs[0] == (std::vector<double>{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(outputs[1] == (std::vector<double>{3, 6}), boost::test_tools::per_element());
  BOOST_TEST(outputs[2] == outputs[1], boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(weights_are_beside_the_file_if_wanted) {
  fg::Graph g;
  const fg::Model model = fg::models::w5_lenet(g);
  const fg::test::TemporaryFolder folder;
  save(folder / "inside.onnx", g, model);
  save(folder / "model.onnx", g, model, {.external_data = true});
  BOOST_TEST(!std::filesystem::exists(folder / "inside.onnx.data"));
  BOOST_TEST(std::filesystem::file_size(folder / "model.onnx.data") > 150'000U);
  BOOST_TEST(std::filesystem::file_size(folder / "model.onnx") < 20'000U);
  BOOST_TEST(export_test::problem_found_by_onnx(folder / "model.onnx") == "");
  const Values inputs = inputs_of(g, model, 1);
  const fg::onnx::ImportedModel again = fg::onnx::load(folder / "model.onnx");
  BOOST_TEST(distance(predictions(again.graph, again.without_loss(), inputs, 1).at(0),
                      predictions(g, model, inputs, 1).at(0)) < 1e-5);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_exported_is_listed_whole_and_the_file_stays) {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch, 4});
  const fg::Tensor step = g.setting("step", 1, fg::i64);
  const fg::Tensor a = fg::dropout_at_step(x, 0.5, 1, step);
  const fg::Tensor b = fg::dropout_at_step(a, 0.5, 2, step);
  const fg::Model model{.loss = {}, .outputs = {{"y", b}}};
  const fg::test::TemporaryFolder folder;
  const auto file = folder.write("model.onnx", "as it was");
  fg::test::expect<fg::onnx::ExportError>(
      [&] { save(file, g, model); },
      {"cannot be exported to '", "model.onnx':", "dropout, 2 nodes ('dropout", "random numbers",
       "nn::dropout()"});
  BOOST_TEST(content(file) == "as it was");
  fg::test::expect<fg::UsageError>([&] { save(file, g, model, {.opset = 16}); },
                                   {"the opset is 16", "expected 17 to 21"});
  fg::test::expect<fg::UsageError>([&] { save(file, g, {}); }, {"no outputs", "Model::outputs"});
  fg::Graph h;
  const fg::Model dense{.loss = {},
                        .outputs = {fg::nn::dense(h.input("x", {fg::batch, 4}), 2, "d")}};
  fg::test::expect<fg::UsageError>(
      [&] {
        fg::onnx::save(file, h, dense,
                       [](const std::string&) { return std::span<const std::byte>(); });
      },
      {"variable 'd/", "have 0 bytes; expected"});
  BOOST_TEST(content(file) == "as it was");
  BOOST_TEST(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}) == 1);
  fg::test::expect<fg::FileError>([&] { save(folder / "no/such/model.onnx", h, dense); },
                                  {"no/such"});
}

BOOST_AUTO_TEST_CASE(a_user_s_op_is_exported_by_its_equivalent) {
  static constexpr fg::OpDef cube_op{
      .name = "cube_of_a_test",
      .infer =
          [](std::span<const fg::Operand> in, const fg::Attributes&) {
            return fg::Inferred{in[0].shape, in[0].dtype};
          },
      .decompose =
          [](fg::Tensor t) {
            const fg::Tensor x{t.graph, t.graph->inputs_of(t.id)[0]};
            return x * x * x;
          }};
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch, 2});
  const fg::Tensor y = g.append(cube_op, {x}, {}, {});
  const fg::test::TemporaryFolder folder;
  save(folder / "model.onnx", g, {.loss = {}, .outputs = {{"y", y}}});
  const fg::onnx::ImportedModel again = fg::onnx::load(folder / "model.onnx");
  const auto cubes = predictions(again.graph, again.without_loss(), {{"x", {2, -3}}}, 1);
  BOOST_TEST(cubes.at(0) == (std::vector<double>{8, -27}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(models_of_pytorch_come_back_with_their_names_shapes_and_outputs) {
  const std::optional<std::filesystem::path> shared = fg::test::shared_data("onnx");
  if (!shared) return;
  const fg::test::TemporaryFolder folder;
  for (const std::string name : {"lenet", "resnet_small", "mobilenet_like", "gpt_tiny",
                                 "lstm_classifier", "recommender", "autoencoder"})
    BOOST_TEST_CONTEXT(name) {
      const fg::onnx::ImportedModel first = fg::onnx::load(*shared / (name + ".onnx"));
      const auto file = folder / (name + ".onnx");
      save(file, first.graph, first.without_loss(), {.variables = first.variables});
      BOOST_TEST(export_test::problem_found_by_onnx(file) == "");

      const fg::Safetensors truth(*shared / (name + ".truth.safetensors"));
      Values inputs;
      for (const fg::StoredTensor& tensor : truth.tensors()) {
        if (!tensor.name.starts_with("input.")) continue;
        std::vector<double>& values = inputs[tensor.name.substr(6)];
        if (tensor.dtype == "I64")
          for (const std::int64_t v : truth.values<std::int64_t>(tensor.name))
            values.push_back(static_cast<double>(v));
        else
          for (const float v : truth.values<float>(tensor.name)) values.push_back(v);
      }
      const auto truth_values = truth.values<float>("eval.output");
      const auto batch_size = truth.at("eval.output").shape.at(0);
      const fg::onnx::ImportedModel again = fg::onnx::load(file);
      const auto outputs = predictions(again.graph, again.without_loss(), inputs, batch_size);
      BOOST_TEST(distance(outputs.at(0), {truth_values.begin(), truth_values.end()}) < 1e-5);

      // Every variable that the outputs need is there as it was in the first file.
      const fg::onnx::FileModel original = fg::onnx::read_model(*shared / (name + ".onnx"));
      const fg::onnx::FileModel written = fg::onnx::read_model(file);
      int compared = 0;
      for (const fg::onnx::ImportedVariable& variable : first.variables) {
        const auto tensor_of = [&](const fg::onnx::FileModel& model) {
          for (const fg::onnx::FileTensor& tensor : model.graph.initializers)
            if (tensor.name == variable.name)
              return fg::onnx::read_elements(model, tensor, tensor.elements());
          return std::vector<std::byte>();
        };
        BOOST_TEST(dims_of(written, variable.name) == variable.dims,
                   boost::test_tools::per_element());
        // PyTorch makes some variables of another's values, by Identity.
        const std::vector<std::byte> before = tensor_of(original);
        if (before.empty()) continue;
        ++compared;
        BOOST_CHECK_MESSAGE(before == tensor_of(written), variable.name << " has other values");
      }
      BOOST_TEST(compared > 0);
      for (std::size_t i = 0; i < original.graph.outputs.size(); ++i)
        BOOST_TEST(written.graph.outputs.at(i).name == original.graph.outputs[i].name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
