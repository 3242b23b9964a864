#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/onnx/save.hpp>

#include "model.hpp"

namespace foregraph::cli {

void check_model_file(const std::string& path) {
  if (!path.ends_with(".safetensors") && !path.ends_with(".onnx"))
    throw UsageError("--output: the ending of " + in_quotes(path) +
                     " is unknown, expected a name that ends in .onnx or .safetensors");
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code failed;
  if (!folder.empty() && !std::filesystem::is_directory(folder, failed))
    throw UsageError("--output: cannot write " + in_quotes(path) + ": " +
                     in_quotes(folder.string()) + " is no folder; give a file in one that exists");
}

void save_model(const std::string& path, const TrainerBase& trainer, const ChosenModel& chosen) {
  if (!path.ends_with(".onnx")) return trainer.save(path);
  onnx::SaveOptions options;
  if (chosen.imported != nullptr) options.variables = chosen.imported->variables;
  onnx::save(path, trainer, options);
}

}  // namespace foregraph::cli
