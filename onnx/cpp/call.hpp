#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/onnx/cpp/text.hpp>

namespace foregraph::onnx::cpp {

/// A call of a function of the library, as text and as the call itself. Whoever writes it has only
/// to guess: to_cpp() makes the call and compares the nodes that it appends with those it stands
/// for.
struct Call {
  std::string function{};          ///< in namespace foregraph: "relu", "nn::batch_norm_with"
  std::string arguments{};         ///< "x, {.stride_h = 2}"
  std::function<Tensor()> make{};  ///< appends the nodes to the copy
  std::vector<NodeId> operands{};  ///< the nodes that the arguments name
};

/// The graph that is written, and its copy that the calls build: equal node for node so far.
class Source {
 public:
  Source(const Graph& from, Graph& copy, const std::vector<std::string>& names)
      : from_(from), copy_(copy), names_(names) {}

  [[nodiscard]] const Graph& graph() const { return from_; }
  [[nodiscard]] Graph& copy() const { return copy_; }
  [[nodiscard]] const Node& node(NodeId id) const { return from_.node(id); }
  [[nodiscard]] bool has(NodeId id) const { return id < from_.size(); }
  [[nodiscard]] const OpDef* op(NodeId id) const { return has(id) ? from_.node(id).op : nullptr; }
  /// Returns operand `i` of a node.
  [[nodiscard]] NodeId operand(NodeId id, int i) const {
    return from_.inputs_of(id)[static_cast<std::size_t>(i)];
  }
  [[nodiscard]] std::int64_t integer(NodeId id, int i) const {
    return node(id).attributes.integers[static_cast<std::size_t>(i)];
  }
  /// Returns a node in the copy.
  [[nodiscard]] Tensor tensor(NodeId id) const { return copy_.tensor(id); }
  /// Returns the identifier of a node; empty if it has none yet.
  [[nodiscard]] const std::string& name(NodeId id) const {
    return names_[static_cast<std::size_t>(id)];
  }

 private:
  const Graph& from_;
  Graph& copy_;
  const std::vector<std::string>& names_;
};

/// Writes the arguments of a Call one after another.
class Arguments {
 public:
  explicit Arguments(const Source& source) : source_(source) {}

  Arguments& node(NodeId id) {
    operands_.push_back(id);
    return text(source_.name(id));
  }
  Arguments& text(const std::string& argument) {
    text_ += (text_.empty() ? "" : ", ") + argument;
    return *this;
  }
  Arguments& text_if(bool wanted, const std::string& argument) {
    return wanted ? text(argument) : *this;
  }
  Arguments& integer(std::int64_t value) { return text(std::to_string(value)); }
  Arguments& number(double value) { return text(cpp::number(value)); }
  /// Returns the call.
  [[nodiscard]] Call call(std::string function, std::function<Tensor()> make) const {
    return {std::move(function), text_, std::move(make), operands_};
  }

 private:
  const Source& source_;
  std::string text_;
  std::vector<NodeId> operands_;
};

/// Writes designated initialisers, those that differ from the default.
class Fields {
 public:
  Fields& integer(const char* name, std::int64_t value, std::int64_t usual) {
    return value == usual ? *this : text(name, std::to_string(value));
  }
  Fields& text(const char* name, const std::string& value) {
    text_ += std::string(text_.empty() ? "." : ", .") + name + " = " + value;
    return *this;
  }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::string braces() const { return '{' + text_ + '}'; }

 private:
  std::string text_;
};

/// Return the calls that may stand for the nodes from `first` on, the best first.
using Calls = std::vector<Call>;
void add_elementwise_calls(const Source& source, NodeId first, Calls& calls);
void add_layer_calls(const Source& source, NodeId first, Calls& calls);
void add_image_calls(const Source& source, NodeId first, Calls& calls);
void add_shape_calls(const Source& source, NodeId first, Calls& calls);
void add_reduction_calls(const Source& source, NodeId first, Calls& calls);

}  // namespace foregraph::onnx::cpp
