#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/onnx/refusal.hpp>
#include <foregraph/detail/onnx/variable.hpp>

namespace foregraph::onnx {

/// Options of load().
struct LoadOptions {
  /// Sizes of axes that have names in the file, other than the batch: {{"sequence", 128}}.
  std::map<std::string, std::int64_t> dims{};
  /// Values of inputs that are switches and no data, such as a sampling rate: {{"sr", {16000}}}.
  /// One number stands for all elements.
  std::map<std::string, std::vector<double>> inputs{};
  /// The name of the axis that is the batch; if empty, axis 0 of the inputs is the batch.
  std::string batch{};
  /// False keeps all sizes of the file: the graph then does not depend on the batch size.
  bool has_batch = true;
  /// Makes a model that was exported for inference trainable as a whole: batch norm uses the
  /// moments of the batch in training and updates its running averages, and dropout drops.
  /// Otherwise batch norm keeps the moments of the file, and only nodes that were exported for
  /// training do so.
  bool as_training = false;
};

/// A file that is a valid model, but cannot be imported. The message lists every op that is in the
/// way, with the number of nodes, their names and the reason.
class FOREGRAPH_EXPORT ImportError : public GraphError {
 public:
  /// Makes the message.
  ImportError(const std::string& file, std::vector<Refusal> refusals);
  /// Returns what is in the way, an entry for each op and reason.
  [[nodiscard]] const std::vector<Refusal>& refusals() const { return refusals_; }

 private:
  std::vector<Refusal> refusals_;
};

/// A loss that is added to a model. Each needs one more input, the target, and averages over all
/// elements of it.
enum class Loss : std::uint8_t {
  softmax_cross_entropy,  ///< target i32: the class of each sample or position
  binary_cross_entropy,   ///< of probabilities; target in [0, 1] in the shape of the output
  binary_cross_entropy_with_logits,  ///< of logits; target in [0, 1] in the shape of the output
  mean_squared_error,                ///< target in the shape of the output
  mean_absolute_error,               ///< target in the shape of the output
  none  ///< the output is the loss itself, a scalar or one number a sample
};

/// Options of ImportedModel::with_loss().
struct LossOptions {
  std::string output{};           ///< the output that it is about; the first if empty
  std::string target = "target";  ///< the name of the input with the truth
  /// The axis of the classes in the output; 0 chooses: axis 1 of an image [N,C,H,W], else the last.
  int class_axis = 0;
};

/// A model of an ONNX file as a graph, with its variables' values. The variables have the names of
/// the file, the nodes its scopes. Trainers made of it start with the file's values:
///
///     fg::onnx::ImportedModel net = fg::onnx::load("model.onnx");
///     const fg::Model model = net.with_loss(fg::onnx::Loss::softmax_cross_entropy);
///     fg::Trainer trainer{net.graph, model, fg::optim::adam(1e-4)};
struct FOREGRAPH_EXPORT ImportedModel {
  Graph graph{};                              ///< inputs, variables and ops
  std::vector<Output> outputs{};              ///< the outputs of the file, with their names
  std::vector<ImportedVariable> variables{};  ///< those of the file, by their index
  std::vector<std::string> notes{};           ///< what was decided on the way, for people to read

  /// Returns the model without a loss, for a Predictor.
  [[nodiscard]] Model without_loss() const { return {{}, outputs}; }
  /// Appends a loss and the input that it needs, and returns the model to train. Throws GraphError
  /// for an output that does not exist or does not suit the loss.
  [[nodiscard]] Model with_loss(Loss loss, const LossOptions& options = {},
                                Location at = Location::current());
  /// Returns the model with any other loss: `make` gets the graph and the outputs, and returns
  /// a scalar.
  [[nodiscard]] Model with_loss(const std::function<Tensor(Graph&, std::span<const Output>)>& make);
};

/// Reads an ONNX file (opsets 6 to 21 of the default domain) into a graph. Images, which ONNX has
/// as [N,C,H,W], become [N,H,W,C] inside; inputs and outputs stay as they are in the file. Throws
/// FileError if the file cannot be read, DataError if it is damaged, ImportError if it has ops or
/// shapes that cannot be imported, UsageError for options that do not fit the file.
[[nodiscard]] FOREGRAPH_EXPORT ImportedModel load(const std::filesystem::path& path,
                                                  const LoadOptions& options = {});
/// Reads a model from bytes in memory, which are copied; external data are refused.
[[nodiscard]] FOREGRAPH_EXPORT ImportedModel load(std::span<const std::byte> bytes,
                                                  const LoadOptions& options = {});

}  // namespace foregraph::onnx
