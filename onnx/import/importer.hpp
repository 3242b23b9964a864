#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/onnx/import/constant.hpp>
#include <foregraph/detail/onnx/import/order.hpp>
#include <foregraph/detail/onnx/import/parameters.hpp>
#include <foregraph/detail/onnx/import/unsupported.hpp>
#include <foregraph/detail/onnx/load.hpp>

namespace foregraph::onnx {

/// What is known of a value of the file. It enters the graph when a node first needs it there.
struct Known {
  Shape shape{};  ///< with the axes as in the file
  DType dtype = f32;
  std::shared_ptr<const Constant> constant{};  ///< its elements, if they do not depend on the data
  const FileTensor* parameter = nullptr;       ///< a tensor that the file stores
  std::shared_ptr<const Constant> stored{};    ///< its elements, once somebody has asked for them
  bool trainable = true;                       ///< of a parameter
  bool has_values = true;                      ///< of a parameter
  bool is_literal = false;                     ///< of a constant: written down in a Constant node
  std::string name{};

  Tensor tensor{};  ///< in the graph, its axes in `order`
  Order order{};
  /// The last axis joins axes of these sizes (in the file's order), which lie in the tensor in the
  /// order `joined`: an image flattened with its channels last. Empty otherwise.
  std::vector<std::int64_t> joined_sizes{};
  std::vector<int> joined{};
  /// How a variable is stored, if its axes are joined after they were reordered.
  Arrangement arrangement{};
  Tensor plain{};  ///< the tensor with its axes as in the file, once somebody has asked for it
  bool is_broken = false;  ///< not in the graph, since a node before could not be imported
  std::string why{};       ///< why it is broken, if no node is to blame
};

/// A file on its way into a graph.
class Importer {
 public:
  Importer(std::shared_ptr<const FileModel> model, const LoadOptions& options);

  /// Imports the graph. Throws ImportError with all that could not be imported.
  [[nodiscard]] ImportedModel run();

  // For Op.

  /// Returns the elements of a constant that became a variable, null for other nodes.
  [[nodiscard]] const Constant* constant_of(NodeId id) const {
    const auto found = placed_constants_.find(id);
    return found == placed_constants_.end() ? nullptr : found->second.get();
  }
  [[nodiscard]] Graph& graph() { return result_.graph; }
  [[nodiscard]] const LoadOptions& options() const { return options_; }
  [[nodiscard]] std::int64_t opset() const { return opset_; }
  [[nodiscard]] const FileModel& file() const { return *model_; }
  /// Returns the batch size that the file was exported with, if it has a fixed one.
  [[nodiscard]] std::optional<std::int64_t> fixed_batch() const { return fixed_batch_; }
  /// Returns the value of a name. Throws DataError if there is none.
  [[nodiscard]] Known& known(const std::string& name);
  void set(const std::string& name, Known known);
  /// Returns the value in the graph, its axes as in the file.
  [[nodiscard]] Tensor plain(Known& known);
  /// Returns the value in the graph with its axes in `order`.
  [[nodiscard]] Tensor in_order(Known& known, const Order& order);
  /// Puts the value into the graph, in whichever order is best.
  [[nodiscard]] Tensor placed(Known& known);
  /// Returns the elements of a value that does not depend on the data, null for others.
  [[nodiscard]] std::shared_ptr<const Constant> constant(Known& known);
  /// Returns the elements that the file stores for a value, null if it stores none.
  [[nodiscard]] const Constant* stored_elements(Known& known);
  /// Makes the variable of a parameter or of a constant, arranged as given, with the shape given.
  Tensor make_variable(Known& known, const Arrangement& arrangement, const Shape& shape);
  /// Imports the nodes of a graph inside this one: a branch of an If.
  void run_branch(const FileGraph& graph);
  /// Returns true if a node or an output of the model reads the value.
  [[nodiscard]] bool is_read(const std::string& name) const { return reads_of(name) > 0; }
  /// Returns how often nodes and outputs of the model read the value.
  [[nodiscard]] int reads_of(const std::string& name) const {
    const auto found = reads_.find(name);
    return found == reads_.end() ? 0 : found->second;
  }
  /// Adds a remark to the report, once.
  void note(const std::string& text);

 private:
  void run_nodes(const FileGraph& graph);
  void add_inputs();
  void add_initializers(const FileGraph& graph);
  void run_node(const FileNode& node);
  void add_outputs();
  [[nodiscard]] std::int32_t scope_of(const FileNode& node);
  void refuse(const FileNode& node, const std::string& reason);
  [[noreturn]] void fail(const FileNode& node, const std::string& problem) const;
  void find_statistics(const FileGraph& graph);
  void throw_if_refused() const;
  [[nodiscard]] Initializer initializer_of(const Known& known, const Arrangement& arrangement);

  std::shared_ptr<const FileModel> model_;
  const LoadOptions& options_;
  std::int64_t opset_ = 0;
  ImportedModel result_;
  FileValues* values_ = nullptr;  ///< owned by the graph
  std::unordered_map<std::string, Known> known_;
  std::vector<std::shared_ptr<const FileTensor>> own_tensors_;  ///< parameters without values
  std::unordered_map<std::string, int> reads_;
  std::map<NodeId, std::shared_ptr<const Constant>> placed_constants_;
  std::optional<std::int64_t> fixed_batch_;
  std::map<std::string, std::int32_t, std::less<>> scopes_;
  std::vector<Refusal> refusals_;
  std::int32_t node_number_ = 0;
};

}  // namespace foregraph::onnx
