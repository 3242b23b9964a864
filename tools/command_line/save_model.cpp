#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/train/trainer_base.hpp>

#include "model.hpp"

namespace foregraph::cli {
namespace {

/// False until onnx::save() is there.
constexpr bool can_write_onnx = false;

void save_onnx(const std::string& path, const TrainerBase&, const ChosenModel&) {
  throw UsageError("--output: " + in_quotes(path) +
                   " cannot be written, as files of ONNX are only read");
}

}  // namespace

void check_model_file(const std::string& path) {
  const bool is_onnx = path.ends_with(".onnx");
  if (!path.ends_with(".safetensors") && !(is_onnx && can_write_onnx))
    throw UsageError("--output: the ending of " + in_quotes(path) +
                     " is unknown, expected a name that ends in " +
                     (can_write_onnx ? ".onnx or .safetensors" : ".safetensors"));
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code failed;
  if (!folder.empty() && !std::filesystem::is_directory(folder, failed))
    throw UsageError("--output: cannot write " + in_quotes(path) + ": " +
                     in_quotes(folder.string()) + " is no folder; give a file in one that exists");
}

void save_model(const std::string& path, const TrainerBase& trainer, const ChosenModel& chosen) {
  if (path.ends_with(".onnx"))
    save_onnx(path, trainer, chosen);
  else
    trainer.save(path);
}

}  // namespace foregraph::cli
