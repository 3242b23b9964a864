// ONNX files, as they are and with one message of a graph changed; with options that a file may ask
// for.
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/onnx/load.hpp>

#include "../support/onnx_bytes.hpp"
#include "support.hpp"

namespace foregraph::fuzz {
namespace {

void load_model(Input& input) {
  onnx::LoadOptions options;
  const std::uint8_t choice = input.byte();
  options.as_training = (choice & 1U) != 0;
  options.has_batch = (choice & 2U) == 0;
  if ((choice & 4U) != 0) options.dims["sequence"] = 5;
  const std::string_view bytes = input.rest();
  onnx::ImportedModel model = onnx::load(std::as_bytes(std::span(bytes)), options);
  require(!model.outputs.empty(), "there are no outputs");
  // The values that are small enough to be read quickly.
  for (const onnx::ImportedVariable& imported : model.variables) {
    require(imported.index >= 0, "a variable is not in the graph");
    const Variable& variable = model.graph.variables[static_cast<std::size_t>(imported.index)];
    require(model.graph.text(model.graph.node(variable.node).name) == imported.name,
            "a variable has another name in the graph");
    const Node& node = model.graph.node(variable.node);
    const std::int64_t elements = node.shape.elements().constant;
    if (variable.initializer.kind != Initializer::Kind::given || elements > 100000) continue;
    std::vector<std::byte> values(
        static_cast<std::size_t>(elements * bytes_per_element(node.dtype)));
    model.graph.start_values.get()->write(variable.initializer.first, values);
  }
}

std::vector<std::string> onnx_seeds() {
  using namespace std::string_literals;
  using namespace test::onnx_bytes;
  const File image{
      .inputs = {value("x", type::f32, {"batch", 2, 6, 6})},
      .initializers = {tensor("w", {3, 2, 3, 3}, std::vector<float>(54, 0.1F)),
                       tensor("s", {3}, std::vector<float>{1, 2, 3}),
                       tensor("m", {3}, std::vector<float>{0, 1, 2}),
                       tensor("v", {3}, std::vector<float>{1, 2, 1}),
                       tensor("d", {27, 2}, std::vector<float>(54, 0.2F)),
                       tensor("shape", {2}, std::vector<std::int64_t>{0, -1})},
      .nodes = {node("Conv", {"x", "w"}, {"c"},
                     {attribute("pads", std::vector<std::int64_t>{1, 1, 1, 1})}),
                node("BatchNormalization", {"c", "s", "s", "m", "v"}, {"n"}),
                node("Relu", {"n"}, {"r"}),
                node("MaxPool", {"r"}, {"p"},
                     {attribute("kernel_shape", std::vector<std::int64_t>{2, 2}),
                      attribute("strides", std::vector<std::int64_t>{2, 2})}),
                node("Reshape", {"p", "shape"}, {"f"}), node("MatMul", {"f", "d"}, {"y"})},
      .outputs = {value("y", type::f32, {"batch", 2})}};
  const File shapes{
      .inputs = {value("x", type::i64, {"batch", "sequence"})},
      .initializers = {tensor("e", {7, 4}, std::vector<float>(28, 0.3F)),
                       tensor("one", {1}, std::vector<std::int64_t>{1})},
      .nodes = {node("Gather", {"e", "x"}, {"g"}), node("Shape", {"g"}, {"s"}),
                node("Constant", {}, {"two"},
                     {tensor_attribute("value", tensor("", {}, std::vector<std::int64_t>{2}))}),
                node("Gather", {"s", "two"}, {"width"}, {attribute("axis", std::int64_t{0})}),
                node("Unsqueeze", {"width", "one0"}, {"w1"}, {}),
                node("Softmax", {"g"}, {"y"}, {attribute("axis", std::int64_t{-1})})},
      .outputs = {value("y", type::f32, {"batch", "sequence", 4})}};
  const File branch{
      .inputs = {value("x", type::f32, {"batch", 3})},
      .initializers = {tensor("c", type::boolean, {}, "\1"s)},
      .nodes = {node("If", {"c"}, {"y"},
                     {graph_attribute("then_branch", File{.nodes = {node("Relu", {"x"}, {"t"})},
                                                          .outputs = {value("t", type::f32, {})}}
                                                         .graph()),
                      graph_attribute("else_branch", File{.nodes = {node("Neg", {"x"}, {"t"})},
                                                          .outputs = {value("t", type::f32, {})}}
                                                         .graph())})},
      .outputs = {value("y", type::f32, {"batch", 3})}};
  return {"\0"s + dense_layer().model(), "\1"s + image.model(), "\4"s + shapes.model(),
          "\0"s + branch.model()};
}

const Registered onnx_target({"onnx", &load_model, &onnx_seeds});

}  // namespace
}  // namespace foregraph::fuzz
