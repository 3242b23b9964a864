#include <foregraph/detail/base/files/safetensors.hpp>
#include <foregraph/detail/onnx/cpp/to_cpp.hpp>
#include <foregraph/detail/runtime/initialize.hpp>
#include <vector>

namespace foregraph::onnx {

void write_weights(const std::string& path, const Graph& graph) {
  std::vector<std::vector<std::byte>> values;
  std::vector<NamedTensor> tensors;
  for (std::size_t i = 0; i < graph.variables.size(); ++i) {
    const Variable& variable = graph.variables[i];
    const Node& node = graph.node(variable.node);
    const auto bytes = node.shape.elements().constant * bytes_per_element(node.dtype);
    values.emplace_back(static_cast<std::size_t>(bytes));
    initialize(values.back().data(), node.shape, node.dtype, variable.initializer, i,
               graph.start_values.get());
    NamedTensor tensor;
    tensor.name = full_name(graph, variable.node);
    tensor.dtype = node.dtype;
    for (int axis = 0; axis < node.shape.rank; ++axis)
      tensor.shape.push_back(node.shape[axis].constant);
    tensor.bytes = values.back();
    tensors.push_back(std::move(tensor));
  }
  write_safetensors(path, tensors, {{"format", "foregraph weights"}});
}

}  // namespace foregraph::onnx
