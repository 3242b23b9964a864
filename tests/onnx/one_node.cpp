#include "onnx/one_node.hpp"

#include "support/op_check.hpp"

namespace foregraph::onnx_tests {

namespace file = test::onnx_bytes;

namespace {
std::string operand_name(std::size_t i) {
  return "x" + std::to_string(i);
}
}  // namespace

onnx::ImportedModel OneNode::load(const onnx::LoadOptions& options) const {
  file::File model;
  model.opset = opset;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const NodeOperand& each = operands[i];
    if (each.dims.empty() && each.values.empty()) {
      names.emplace_back();
      continue;
    }
    names.push_back(operand_name(i));
    if (each.is_stored && each.is_integer) {
      const std::vector<std::int64_t> numbers(each.values.begin(), each.values.end());
      model.initializers.push_back(file::tensor(names.back(), each.dims, numbers));
    } else if (each.is_stored) {
      const std::vector<float> numbers(each.values.begin(), each.values.end());
      model.initializers.push_back(file::tensor(names.back(), each.dims, numbers));
    } else {
      const std::vector<file::Size> sizes(each.dims.begin(), each.dims.end());
      model.inputs.push_back(
          file::value(names.back(), each.is_integer ? file::type::i64 : file::type::f32, sizes));
    }
  }
  std::vector<std::string> results;
  for (int i = 0; i < outputs; ++i) {
    results.push_back("y" + std::to_string(i));
    model.outputs.push_back(file::value(results.back(), file::type::f32, {}));
  }
  model.nodes.push_back(file::node(op_type, names, results, attributes, "the node"));
  const std::string bytes = model.model();
  return onnx::load(std::as_bytes(std::span(bytes)), options);
}

std::vector<Result> OneNode::run() const {
  std::map<std::string, std::vector<double>> values;
  for (std::size_t i = 0; i < operands.size(); ++i) values[operand_name(i)] = operands[i].values;
  return outputs_of(load(), values);
}

std::string OneNode::refusal() const {
  try {
    static_cast<void>(load());
  } catch (const onnx::ImportError& error) {
    return error.refusals().front().reason;
  } catch (const DataError& error) {
    return error.what();
  }
  return "nothing was refused";
}

std::vector<double> mixed_values(std::size_t count, unsigned salt) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = (i * 2654435761U + salt * 40503U) >> 7U;
    values.push_back((static_cast<double>(number % 23U) - 11) / 10);
  }
  return values;
}

void check_values(const std::vector<double>& expected, const Result& actual) {
  BOOST_REQUIRE_EQUAL(expected.size(), actual.values.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    test::check_close(expected[i], actual.values[i], 2e-6,
                      actual.name + ", element " + std::to_string(i));
}

}  // namespace foregraph::onnx_tests
