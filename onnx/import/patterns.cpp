#include <algorithm>
#include <cmath>
#include <cstring>
#include <foregraph/detail/onnx/format/elements.hpp>
#include <foregraph/detail/onnx/import/patterns.hpp>
#include <optional>
#include <unordered_map>

namespace foregraph::onnx {
namespace pattern {

/// Looks up who makes a value, and small constants.
class Matcher {
 public:
  explicit Matcher(FileModel& model) : model_(model) {
    for (FileNode& node : model.graph.nodes)
      for (const std::string& output : node.outputs)
        if (!output.empty()) makers_[output] = &node;
    for (const FileTensor& tensor : model.graph.initializers) tensors_[tensor.name] = &tensor;
  }

  /// Returns the node of this type that makes the value, or null.
  [[nodiscard]] const FileNode* node(const std::string& value, std::string_view op_type) const {
    const auto found = makers_.find(value);
    if (found == makers_.end() || found->second->op_type != op_type ||
        !found->second->domain.empty() || found->second->outputs.front() != value)
      return nullptr;
    return found->second;
  }
  /// Returns the value of a constant with one element.
  [[nodiscard]] std::optional<double> number(const std::string& value) const {
    const FileTensor* tensor = nullptr;
    if (const auto found = tensors_.find(value); found != tensors_.end()) tensor = found->second;
    if (const FileNode* constant = node(value, "Constant")) {
      const auto attribute = constant->attributes.find("value");
      if (attribute != constant->attributes.end()) tensor = attribute->second.tensor.get();
      const auto scalar = constant->attributes.find("value_float");
      if (scalar != constant->attributes.end()) return static_cast<double>(scalar->second.number);
    }
    if (tensor == nullptr || tensor->elements() != 1) return std::nullopt;
    const std::optional<DType> dtype = dtype_for(tensor->type);
    if (!dtype || !is_floating(*dtype)) return std::nullopt;
    const std::vector<std::byte> bytes = read_elements(model_, *tensor, 1);
    if (*dtype == DType::f64) {
      double wide = 0;
      std::memcpy(&wide, bytes.data(), sizeof(wide));
      return wide;
    }
    float value_f32 = 0;
    std::memcpy(&value_f32, bytes.data(), sizeof(value_f32));
    return static_cast<double>(value_f32);
  }
  [[nodiscard]] bool is_number(const std::string& value, double wanted) const {
    const std::optional<double> found = number(value);
    return found && std::abs(*found - wanted) <= 1e-5 * std::abs(wanted);
  }
  /// For a commutative op of a constant and something else: returns that, or "" if the constant is
  /// another one.
  [[nodiscard]] std::string besides(const FileNode* node, double constant) const {
    if (node == nullptr || node->inputs.size() != 2) return {};
    if (is_number(node->inputs[0], constant)) return node->inputs[1];
    if (is_number(node->inputs[1], constant)) return node->inputs[0];
    return {};
  }
  /// Returns x of x / divisor or x * (1 / divisor).
  [[nodiscard]] std::string divided(const std::string& value, double divisor) const {
    if (const FileNode* div = node(value, "Div"))
      return is_number(div->inputs.at(1), divisor) ? div->inputs[0] : std::string();
    return besides(node(value, "Mul"), 1 / divisor);
  }
  /// Returns x of x ^ power or x * x.
  [[nodiscard]] std::string power(const std::string& value, double exponent) const {
    if (const FileNode* pow = node(value, "Pow"))
      return pow->inputs.size() == 2 && is_number(pow->inputs[1], exponent) ? pow->inputs[0]
                                                                            : std::string();
    if (const FileNode* mul = node(value, "Mul"); mul != nullptr && exponent == 2)
      return mul->inputs.at(0) == mul->inputs.at(1) ? mul->inputs[0] : std::string();
    return {};
  }
  /// Returns x of a mean of x over its last axis, kept with size 1.
  [[nodiscard]] std::string mean_of_rows(const std::string& value) const {
    const FileNode* mean = node(value, "ReduceMean");
    if (mean == nullptr) return {};
    const auto keep = mean->attributes.find("keepdims");
    if (keep != mean->attributes.end() && keep->second.integer == 0) return {};
    std::vector<std::int64_t> axes;
    if (mean->inputs.size() > 1 && !mean->inputs[1].empty()) axes = integers(mean->inputs[1]);
    if (const auto listed = mean->attributes.find("axes"); listed != mean->attributes.end())
      axes = listed->second.integers;
    return axes == std::vector<std::int64_t>{-1} ? mean->inputs.at(0) : std::string();
  }

 private:
  [[nodiscard]] std::vector<std::int64_t> integers(const std::string& value) const {
    const FileTensor* tensor = nullptr;
    if (const auto found = tensors_.find(value); found != tensors_.end()) tensor = found->second;
    if (const FileNode* constant = node(value, "Constant")) {
      const auto attribute = constant->attributes.find("value");
      if (attribute != constant->attributes.end()) tensor = attribute->second.tensor.get();
      const auto list = constant->attributes.find("value_ints");
      if (list != constant->attributes.end()) return list->second.integers;
    }
    if (tensor == nullptr || tensor->type != ElementType::i64 || tensor->elements() > 8) return {};
    const std::vector<std::byte> bytes = read_elements(model_, *tensor, 8);
    std::vector<std::int64_t> result(bytes.size() / sizeof(std::int64_t));
    if (!result.empty()) std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
  }

  const FileModel& model_;
  std::unordered_map<std::string, const FileNode*> makers_;
  std::unordered_map<std::string, const FileTensor*> tensors_;
};

/// An op of one operand that an expression is.
struct Found {
  std::string op_type{};
  std::vector<std::string> inputs{};
  double epsilon = 0;
  bool is_tanh = false;
};

/// The operands of a commutative op, in both orders.
std::vector<std::pair<std::string, std::string>> both_ways(const FileNode& node) {
  if (node.inputs.size() != 2) return {};
  return {{node.inputs[0], node.inputs[1]}, {node.inputs[1], node.inputs[0]}};
}

/// x of 1 + erf(x / sqrt(2)).
std::string erf_of(const Matcher& m, const std::string& value) {
  const FileNode* erf = m.node(m.besides(m.node(value, "Add"), 1), "Erf");
  return erf == nullptr ? std::string() : m.divided(erf->inputs.at(0), std::sqrt(2.0));
}
/// x of 1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3)).
std::string tanh_of(const Matcher& m, const std::string& value) {
  const FileNode* tanh = m.node(m.besides(m.node(value, "Add"), 1), "Tanh");
  if (tanh == nullptr) return {};
  const FileNode* scaled = m.node(tanh->inputs.at(0), "Mul");
  const FileNode* sum = m.node(m.besides(scaled, 0.7978845608), "Add");
  if (sum == nullptr) return {};
  for (const auto& [x, cubic] : both_ways(*sum)) {
    const std::string cube = m.besides(m.node(cubic, "Mul"), 0.044715);
    if (!cube.empty() && m.power(cube, 3) == x) return x;
  }
  return {};
}

/// GELU in the ways in which exporters order its factors x, 0.5 and 1 + erf or tanh.
std::optional<Found> gelu_at(const Matcher& m, const FileNode& node) {
  if (node.op_type != "Mul") return std::nullopt;
  const auto is_gelu = [&](const std::string& x, const std::string& rest) -> std::optional<Found> {
    if (x.empty() || rest.empty()) return std::nullopt;
    if (erf_of(m, rest) == x) return Found{"Gelu", {x}};
    if (tanh_of(m, rest) == x) return Found{.op_type = "Gelu", .inputs = {x}, .is_tanh = true};
    return std::nullopt;
  };
  for (const auto& [a, b] : both_ways(node)) {
    // (x * (1 + f)) * 0.5
    if (m.is_number(a, 0.5))
      if (const FileNode* inner = m.node(b, "Mul"))
        for (const auto& [x, rest] : both_ways(*inner))
          if (const auto found = is_gelu(x, rest)) return found;
    // (x * 0.5) * (1 + f)
    if (const auto found = is_gelu(m.besides(m.node(a, "Mul"), 0.5), b)) return found;
    // x * ((1 + f) * 0.5)
    if (const auto found = is_gelu(a, m.besides(m.node(b, "Mul"), 0.5))) return found;
  }
  return std::nullopt;
}

/// x * sigmoid(x), x * tanh(softplus(x)), x * hard_sigmoid(x) with a slope of 1/6.
std::optional<Found> gated_at(const Matcher& m, const FileNode& node) {
  if (node.op_type != "Mul") return std::nullopt;
  for (const auto& [x, gate] : both_ways(node)) {
    if (const FileNode* sigmoid = m.node(gate, "Sigmoid"); sigmoid && sigmoid->inputs.at(0) == x)
      return Found{"Silu", {x}};
    if (const FileNode* tanh = m.node(gate, "Tanh"))
      if (const FileNode* plus = m.node(tanh->inputs.at(0), "Softplus");
          plus && plus->inputs.at(0) == x)
        return Found{"Mish", {x}};
    if (const FileNode* hard = m.node(gate, "HardSigmoid"); hard && hard->inputs.at(0) == x) {
      const auto alpha = hard->attributes.find("alpha");
      const auto beta = hard->attributes.find("beta");
      if (alpha != hard->attributes.end() && std::abs(alpha->second.number - 1.0F / 6) < 1e-6F &&
          (beta == hard->attributes.end() || beta->second.number == 0.5F))
        return Found{"HardSwish", {x}};
    }
  }
  return std::nullopt;
}

/// (x - mean) / sqrt(mean of (x - mean)^2 + epsilon), of rows along the last axis.
std::optional<Found> normalised_rows(const Matcher& m, const std::string& value) {
  const FileNode* div = m.node(value, "Div");
  if (div == nullptr) return std::nullopt;
  const FileNode* centred = m.node(div->inputs.at(0), "Sub");
  const FileNode* root = m.node(div->inputs.at(1), "Sqrt");
  if (centred == nullptr || root == nullptr) return std::nullopt;
  const std::string x = centred->inputs.at(0);
  if (m.mean_of_rows(centred->inputs.at(1)) != x) return std::nullopt;
  const FileNode* sum = m.node(root->inputs.at(0), "Add");
  if (sum == nullptr) return std::nullopt;
  for (const auto& [variance, epsilon] : both_ways(*sum)) {
    const std::optional<double> number = m.number(epsilon);
    const std::string squared = m.mean_of_rows(variance);
    if (!number || squared.empty()) continue;
    // Some exporters compute the centred values twice.
    const std::string base = m.power(squared, 2);
    const FileNode* again = m.node(base, "Sub");
    if (again != nullptr && again->inputs.at(0) == x && m.mean_of_rows(again->inputs.at(1)) == x)
      return Found{.op_type = "LayerNormalization", .inputs = {x}, .epsilon = *number};
  }
  return std::nullopt;
}

/// normalised rows * gamma + beta.
std::optional<Found> layer_norm_at(const Matcher& m, const FileNode& node) {
  if (node.op_type != "Add") return std::nullopt;
  for (const auto& [product, beta] : both_ways(node)) {
    const FileNode* scaled = m.node(product, "Mul");
    if (scaled == nullptr) continue;
    for (const auto& [rows, gamma] : both_ways(*scaled))
      if (auto found = normalised_rows(m, rows)) {
        found->inputs.push_back(gamma);
        found->inputs.push_back(beta);
        return found;
      }
  }
  return std::nullopt;
}

void replace(FileNode& node, const Found& found) {
  node.op_type = found.op_type;
  node.inputs = found.inputs;
  node.attributes.clear();
  if (found.op_type == "Gelu" && found.is_tanh) node.attributes["approximate"].text = "tanh";
  if (found.op_type != "LayerNormalization") return;
  node.attributes["epsilon"].number = static_cast<float>(found.epsilon);
  node.attributes["axis"].integer = -1;
}

}  // namespace pattern

void recognise_patterns(FileModel& model) {
  const pattern::Matcher matcher(model);
  // All are found before one is replaced, as a replaced node matches nothing.
  std::vector<std::pair<FileNode*, pattern::Found>> all;
  for (FileNode& node : model.graph.nodes) {
    if (!node.domain.empty() || node.outputs.size() != 1) continue;
    for (const auto& find : {pattern::gelu_at, pattern::gated_at, pattern::layer_norm_at})
      if (auto found = find(matcher, node)) {
        all.emplace_back(&node, std::move(*found));
        break;
      }
  }
  for (const auto& [node, found] : all) pattern::replace(*node, found);
}

}  // namespace foregraph::onnx
