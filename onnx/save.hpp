#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/onnx/load.hpp>
#include <foregraph/detail/onnx/variable.hpp>
#include <foregraph/detail/train/predict/predictor.hpp>
#include <foregraph/detail/train/trainer_base.hpp>

namespace foregraph::onnx {

/// Options of save().
struct SaveOptions {
  std::int64_t opset = 17;         ///< the version of ONNX's ops: 17 to 21
  std::string name = "foregraph";  ///< the name of the graph in the file
  /// ImportedModel::variables of the model, if it was made by load(): the variables are then
  /// written with the dimensions and the order of elements that they had in that file.
  std::span<const ImportedVariable> variables{};
  /// Puts the weights into a second file, named as the first with ".data" at the end. This is
  /// always done if they are larger than 2 GiB, which a file of ONNX cannot hold.
  bool external_data = false;
};

/// A model that ONNX cannot express. The message lists every op that is in the way, with the number
/// of nodes, their names and the reason.
class FOREGRAPH_EXPORT ExportError : public GraphError {
 public:
  /// Makes the message.
  ExportError(const std::filesystem::path& file, std::vector<Refusal> refusals);
  /// Returns what is in the way, an entry for each op and reason.
  [[nodiscard]] const std::vector<Refusal>& refusals() const { return refusals_; }

 private:
  std::vector<Refusal> refusals_;
};

/// Returns the elements of a variable, row-major in its dtype, by its full name.
using VariableValues = std::function<std::span<const std::byte>(const std::string& name)>;

/// Writes what the trainer's predict() computes as an ONNX file, with the present values of its
/// variables, for ONNX Runtime and other programs:
///
///     fg::onnx::save("classifier.onnx", trainer);
///     fg::onnx::save("tuned.onnx", trainer, {.variables = imported.variables});
///
/// Inputs, outputs and variables keep their names, and the batch size stays open. A weight of a
/// convolution is written in ONNX's order [filters,channels,height,width]. Images lie in ONNX as
/// [N,C,H,W]: an input f[batch,height,width,channels] stays as it is and is transposed once.
/// Replaces the file in one step, once all is written. Throws ExportError if the model cannot be
/// expressed, UsageError for options out of range, FileError; the file is then as it was.
FOREGRAPH_EXPORT void save(const std::filesystem::path& path, const TrainerBase& trainer,
                           const SaveOptions& options = {});
/// Writes the model of a checkpoint; see save() of a trainer.
FOREGRAPH_EXPORT void save(const std::filesystem::path& path, const PredictorBase& predictor,
                           const SaveOptions& options = {});
/// Writes the outputs of a model in evaluation, with values from elsewhere, such as a safetensors
/// file; see save() of a trainer. Throws UsageError if the size of a variable's values is wrong.
FOREGRAPH_EXPORT void save(const std::filesystem::path& path, const Graph& graph,
                           const Model& model, const VariableValues& values,
                           const SaveOptions& options = {});

}  // namespace foregraph::onnx
