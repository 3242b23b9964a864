#pragma once

#include <filesystem>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/train/trainer_base.hpp>

namespace foregraph {

/// Sets the model's own variables, parameters and states, to the tensors of the same names in a
/// safetensors file: one written by `foregraph import`, a checkpoint of another optimizer, or any
/// other with the same shapes and dtypes. The optimizer's state and the number of the training step
/// stay as they are, and tensors that the model has no variable for are left out. Throws FileError
/// if the file cannot be read, DataError if it is damaged or lacks variables of the model, listing
/// them; in that case nothing has changed.
FOREGRAPH_EXPORT void load_weights(TrainerBase& trainer, const std::filesystem::path& path);

}  // namespace foregraph
