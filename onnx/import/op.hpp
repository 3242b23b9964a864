#pragma once

#include <string>
#include <vector>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/onnx/import/importer.hpp>

namespace foregraph::onnx {

/// A node of the file, as the rule that imports it sees it. Functions throw Unsupported where a
/// node asks for what cannot be imported, and DataError where it is not valid.
class Op {
 public:
  Op(Importer& importer, const FileNode& node) : importer_(importer), node_(node) {}

  [[nodiscard]] const FileNode& node() const { return node_; }
  [[nodiscard]] Importer& importer() const { return importer_; }
  [[nodiscard]] Graph& graph() const { return importer_.graph(); }
  [[nodiscard]] std::int64_t opset() const { return importer_.opset(); }

  // Operands, counted from 0.

  [[nodiscard]] int inputs() const { return static_cast<int>(node_.inputs.size()); }
  /// Returns false for an operand that is left out.
  [[nodiscard]] bool has(int i) const { return i < inputs() && !node_.inputs[index(i)].empty(); }
  /// Returns the shape, axes as in the file.
  [[nodiscard]] const Shape& shape(int i) const { return known(i).shape; }
  [[nodiscard]] int rank(int i) const { return shape(i).rank; }
  [[nodiscard]] DType dtype(int i) const { return known(i).dtype; }
  /// Returns a size that may not depend on the batch.
  [[nodiscard]] std::int64_t dim(int i, int axis) const { return fixed_size(shape(i)[axis]); }

  /// Returns the operand with its axes as in the file.
  [[nodiscard]] Tensor operator[](int i) const { return importer_.plain(known(i)); }
  /// Returns the operand with its axes in `order`.
  [[nodiscard]] Tensor in_order(int i, const Order& order) const {
    return importer_.in_order(known(i), order);
  }
  /// Returns the operand with axis 1 as its last one: [N,C,...] as [N,...,C].
  [[nodiscard]] Tensor channels_last(int i) const {
    return in_order(i, Order::channels_last(rank(i)));
  }
  /// Returns the operand as it lies in the graph, with its axes in order(i).
  [[nodiscard]] Tensor placed(int i) const { return importer_.placed(known(i)); }
  [[nodiscard]] const Order& order(int i) const {
    static_cast<void>(placed(i));
    return known(i).order;
  }
  /// Puts numbers that the node needs into the graph: as a state, named after the node's first
  /// result and `purpose`, or computed if that is cheaper.
  [[nodiscard]] Tensor placed(Constant constant, const std::string& purpose) const;
  [[nodiscard]] Known& known(int i) const {
    if (!has(i)) throw DataError("operand " + std::to_string(i) + " is missing");
    return importer_.known(node_.inputs[index(i)]);
  }
  /// Returns an operand that is a weight, arranged for the op: a tensor of the file, or a constant,
  /// becomes a variable that is stored so; anything else is rearranged in the graph. `axes` as in
  /// Arrangement; `view` is the operand's own shape if empty; `shape` is that of the result.
  [[nodiscard]] Tensor weight(int i, const std::vector<int>& axes,
                              const std::vector<std::int64_t>& view, const Shape& shape) const;
  [[nodiscard]] Tensor weight(int i, const std::vector<int>& axes) const;
  /// Returns a weight with its axes as in the file.
  [[nodiscard]] Tensor weight(int i) const;
  /// Returns the operands from `first` on as operands of an elementwise op: with their axes in one
  /// order, which `order` becomes, and constants of one value as scalars where these broadcast.
  [[nodiscard]] std::vector<Tensor> elementwise(int first, int last, Order& order) const;
  [[nodiscard]] std::vector<Tensor> elementwise(Order& order) const {
    return elementwise(0, inputs(), order);
  }

  // Operands that the graph has as attributes.

  [[nodiscard]] bool is_constant(int i) const { return importer_.constant(known(i)) != nullptr; }
  /// Returns the elements of an operand that does not depend on the data.
  [[nodiscard]] const Constant& constant(int i) const;
  [[nodiscard]] double number(int i) const;
  [[nodiscard]] std::vector<double> numbers(int i) const;
  [[nodiscard]] std::vector<std::int64_t> integers(int i) const;
  /// Returns sizes, which may grow with the batch.
  [[nodiscard]] std::vector<Dim> sizes(int i) const;

  // Attributes.

  [[nodiscard]] bool has(std::string_view name) const {
    return node_.attributes.find(name) != node_.attributes.end();
  }
  [[nodiscard]] const Attribute& attribute(std::string_view name) const;
  /// Returns the elements of an attribute that is a tensor.
  [[nodiscard]] Constant tensor(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t otherwise = 0) const;
  [[nodiscard]] double number(std::string_view name, double otherwise = 0) const;
  [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise = "") const;
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view name,
                                                   std::vector<std::int64_t> otherwise = {}) const;
  /// Returns an attribute that is operand `i` in later opsets, such as the axes of Squeeze.
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view name, int i) const;

  // Results, in order. One that nobody wants may be left out at the end.

  [[nodiscard]] int outputs() const { return static_cast<int>(node_.outputs.size()); }
  /// Returns true if somebody reads the result.
  [[nodiscard]] bool wants(int output) const {
    return output < outputs() && importer_.is_read(node_.outputs[index(output)]);
  }
  /// States the next result, its axes as in the file.
  void give(Tensor tensor) { give(tensor, Order::plain(tensor.shape().rank)); }
  /// States the next result, its axes in `order`.
  void give(Tensor tensor, const Order& order);
  void give_channels_last(Tensor tensor) {
    give(tensor, Order::channels_last(tensor.shape().rank));
  }
  void give(Constant constant);
  void give(Known known);

 private:
  [[nodiscard]] static std::size_t index(int i) { return static_cast<std::size_t>(i); }

  Importer& importer_;
  const FileNode& node_;
  int given_ = 0;
};

/// Returns `axis` counted from the front. Throws DataError if the rank has no such axis.
[[nodiscard]] int from_front(std::int64_t axis, int rank);

}  // namespace foregraph::onnx
