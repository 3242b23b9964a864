#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/onnx/format/model_writer.hpp>
#include <foregraph/detail/onnx/import/order.hpp>
#include <foregraph/detail/onnx/import/parameters.hpp>
#include <foregraph/detail/onnx/load.hpp>

namespace foregraph::onnx {

/// A graph to be exported, with its values.
struct ExportSource {
  const Graph* graph = nullptr;  ///< forward, in evaluation; may have dead nodes
  std::span<const std::string> output_names{};
  std::span<const double> settings{};
  /// Returns the elements of variable `index`; called when the file is written.
  std::function<std::span<const std::byte>(std::size_t index)> variable{};
  std::span<const ImportedVariable> imported{};  ///< see SaveOptions::variables
  std::int64_t opset = 17;
};

using Names = std::vector<std::string>;

/// The value of a node of the graph in the file. The file's value may have its axes in another
/// order: axis i of the node is axis order.axes[i] of it. So a Transpose is written only where
/// somebody needs the node's own order.
struct WrittenValue {
  std::string name{};
  Order order{};
  /// The node joins axes of a tensor of shape `view`, whose axes are in `order`: a flattened image.
  bool is_joined = false;
  Shape view{};
  /// For a joined variable, the initialiser as it is in the file; see matmul's rule.
  std::string initializer{};
  const ImportedVariable* variable = nullptr;
};

/// Why a node cannot be exported; see refuse().
struct NotExportable {
  std::string reason{};
};
/// Ends the export of a node.
[[noreturn]] void refuse(std::string reason);

/// Walks a graph and writes the nodes of an ONNX file, each by the rule of its op. What a rule sees
/// of the node that it writes, and how it writes, are the members up to give().
class Exporter {
 public:
  explicit Exporter(const ExportSource& source);
  /// Returns the model, which has no name yet. `refusals` gets what cannot be exported.
  [[nodiscard]] WrittenModel run(std::vector<Refusal>& refusals);

  [[nodiscard]] const Graph& graph() const { return *source_.graph; }
  [[nodiscard]] std::int64_t opset() const { return source_.opset; }
  /// Return the node to write and its operands.
  [[nodiscard]] NodeId id() const { return id_; }
  [[nodiscard]] const Node& node() const { return graph().node(id_); }
  [[nodiscard]] std::int64_t attribute(std::size_t i) const {
    return node().attributes.integers[i];
  }
  [[nodiscard]] NodeId operand(int i) const {
    return graph().inputs_of(id_)[static_cast<std::size_t>(i)];
  }
  [[nodiscard]] const Shape& shape(int i) const { return graph().node(operand(i)).shape; }
  [[nodiscard]] DType dtype(int i) const { return graph().node(operand(i)).dtype; }
  /// Returns the number of nodes and outputs that read a node.
  [[nodiscard]] int uses(NodeId id) const { return uses_[static_cast<std::size_t>(id)]; }
  /// Returns the number of a node that is a constant.
  [[nodiscard]] std::optional<double> number_of(NodeId id) const;

  /// Returns the value of a node as it lies in the file, without joined axes.
  [[nodiscard]] const WrittenValue& separate(NodeId id);
  /// Returns the value of a node as it is, perhaps with joined axes.
  [[nodiscard]] const WrittenValue& value(NodeId id) const {
    return values_[static_cast<std::size_t>(id)];
  }
  /// Return the name of a value that has the axes of a node in the given order, the node's by
  /// default.
  [[nodiscard]] std::string in_order(NodeId id, const Order& order);
  [[nodiscard]] std::string plain(NodeId id);
  [[nodiscard]] std::string in(int i) { return plain(operand(i)); }
  [[nodiscard]] std::string in(int i, const Order& order) { return in_order(operand(i), order); }

  /// Writes a node and returns the names of its results.
  Names emit(std::string op_type, Names inputs, WrittenAttributes attributes, int results);
  std::string emit(std::string op_type, Names inputs, WrittenAttributes attributes = {});
  /// Return the name of a constant: a scalar, a list of integers, any elements.
  [[nodiscard]] std::string number(double value, DType dtype);
  [[nodiscard]] std::string integers(const std::vector<std::int64_t>& values);
  [[nodiscard]] std::string tensor(DType dtype, std::vector<std::int64_t> dims,
                                   std::vector<std::byte> elements);
  /// Returns the name of a list of sizes, which may depend on the batch.
  [[nodiscard]] std::string sizes(std::span<const Dim> dims);
  /// Write Reshape, Transpose (axis i of the result is axis axes[i]), Cast, a reduction that takes
  /// its axes in the way of the opset, and the repetition of x to a shape.
  [[nodiscard]] std::string reshape(const std::string& x, const Shape& to);
  [[nodiscard]] std::string transpose(const std::string& x, const std::vector<int>& axes);
  [[nodiscard]] std::string cast(const std::string& x, DType to);
  [[nodiscard]] std::string reduce(const std::string& op_type, const std::string& x,
                                   std::vector<std::int64_t> axes, bool keep);
  [[nodiscard]] std::string expand(const std::string& x, const Shape& from, const Shape& to);

  /// Set the value of the node: a name, with its axes in the order of the node or another.
  void give(std::string name) { give(std::move(name), Order::plain(node().shape.rank)); }
  void give(std::string name, const Order& order);
  void give(WrittenValue value) { values_[static_cast<std::size_t>(id_)] = std::move(value); }

  /// Writes the node as an elementwise op, which repeats its operands as NumPy does, in the order
  /// that needs the fewest transposes: `write` gets the names of the operands and returns the
  /// result's.
  void elementwise(const std::function<std::string(const Names&)>& write);
  /// Returns the node itself or the one that it repeats.
  [[nodiscard]] NodeId without_broadcast(NodeId id) const;

 private:
  void write_node();
  void write_leaf();
  void write_variable();
  void count_uses();
  [[nodiscard]] std::string unique(const std::string& wanted);
  [[nodiscard]] std::string batch_size();
  void name_outputs();
  void drop_unused();
  void fold_transposes_of_variables();
  [[nodiscard]] FileValue file_value(const std::string& name, NodeId id) const;
  [[nodiscard]] std::string aligned(NodeId id, const WrittenValue& like);
  void add_variable(std::string name, std::size_t index, std::vector<std::int64_t> dims,
                    const Arrangement& arrangement);

  const ExportSource& source_;
  NodeId id_ = no_node;
  std::vector<WrittenValue> values_;
  std::vector<int> uses_;
  std::vector<bool> is_needed_;
  WrittenModel model_;
  std::set<std::string, std::less<>> taken_;
  std::map<std::string, int, std::less<>> next_number_;  ///< for names that are taken
  std::map<std::pair<std::string, std::vector<int>>, std::string> transposed_;
  std::map<std::pair<DType, std::vector<std::byte>>, std::string> constants_;
  std::map<std::vector<std::int64_t>, std::string> sizes_;
  std::string batch_;
  /// The variables that are plain in the file, by the names of their initialisers, so that they can
  /// be written in the order in which they are used.
  std::map<std::string, std::size_t> plain_variables_;
};

}  // namespace foregraph::onnx
