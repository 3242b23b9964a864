#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include <foregraph/detail/onnx/load.hpp>

#include "commands.hpp"

namespace foregraph {
class TrainerBase;
}

namespace foregraph::cli {

/// The model after --model: one that the command knows by name, or a file of ONNX with a loss.
struct ChosenModel {
  NamedModel named{};
  std::vector<std::string> notes{};                       ///< how the file was read
  std::shared_ptr<const onnx::ImportedModel> imported{};  ///< null for a model known by name
};

/// Returns the model called `request.model`, or that of the file, which is read once. Throws
/// UsageError if there is neither or an option does not suit it, and the errors of onnx::load().
[[nodiscard]] ChosenModel choose_model(const Request& request,
                                       const std::vector<NamedModel>& models);
/// Returns the model of a file of ONNX with the loss that the options name.
[[nodiscard]] ChosenModel read_model(const std::string& path, const OnnxRequest& options);

/// Throws UsageError unless save_model() knows the ending of the name and its folder exists: said
/// before a training that may last hours.
void check_model_file(const std::string& path);
/// Writes a trained model: NAME.safetensors as a checkpoint, NAME.onnx as a file of ONNX. Throws as
/// the functions that write these do.
void save_model(const std::string& path, const TrainerBase& trainer, const ChosenModel& chosen);

/// Prints a line for each note.
void print_notes(const std::vector<std::string>& notes, std::ostream& out,
                 const char* prefix = "note: ");
/// Returns a JSON object with the notes as its field "notes", unless there are none.
[[nodiscard]] std::string with_notes(const std::string& json,
                                     const std::vector<std::string>& notes);

}  // namespace foregraph::cli
