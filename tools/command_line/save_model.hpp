#pragma once

#include <string>

#include <foregraph/detail/train/trainer_base.hpp>

#include "model.hpp"

namespace foregraph::cli {

/// Throws UsageError unless save_model() knows the ending of the name and its folder exists: said
/// before a training that may last hours.
void check_model_file(const std::string& path);
/// Writes a trained model: NAME.safetensors as a checkpoint, NAME.onnx as a file of ONNX. Throws as
/// the functions that write these do.
void save_model(const std::string& path, const TrainerBase& trainer, const ChosenModel& chosen);

}  // namespace foregraph::cli
