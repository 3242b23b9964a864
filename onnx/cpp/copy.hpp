#pragma once

#include <vector>

#include <foregraph/detail/onnx/cpp/call.hpp>

namespace foregraph::onnx::cpp {

/// A graph that is built by the calls that to_cpp() writes, and is equal to the first nodes of the
/// original. What is written is thereby exact.
class Copy {
 public:
  explicit Copy(const Graph& from);

  [[nodiscard]] Graph& graph() { return copy_; }
  /// Returns the number of nodes so far.
  [[nodiscard]] NodeId size() const { return copy_.size(); }

  /// Makes the call. If it appends nodes that are equal to the next ones of the original, and
  /// nobody reads those before the last, returns that one; otherwise leaves the copy as it was and
  /// returns no_node.
  [[nodiscard]] NodeId accept(const Call& call);
  /// Appends the next node as it is. Handles of earlier nodes stay valid, which accept() ends when
  /// it refuses a call.
  void append_next();
  /// Appends the next update, if its value and its variable are there, and returns true.
  [[nodiscard]] bool append_update();

 private:
  [[nodiscard]] bool is_equal(NodeId first, NodeId result) const;
  [[nodiscard]] bool is_equal(NodeId id) const;
  [[nodiscard]] Graph first_nodes(NodeId count, std::size_t updates) const;

  const Graph& from_;
  Graph copy_;
  std::vector<NodeId> last_reader_;  ///< of each node; the number of nodes if it is a result
};

}  // namespace foregraph::onnx::cpp
