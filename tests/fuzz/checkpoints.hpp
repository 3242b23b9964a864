#pragma once

#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <foregraph/detail/train/trainer_base.hpp>
#include <memory>

#include "support.hpp"

namespace foregraph::fuzz {

/// Returns the model of the checkpoints here: two small layers.
Model checkpointed_model(Graph& g);
/// Returns it in training.
std::unique_ptr<TrainerBase> checkpointed_training();
/// Returns data for it, in batches.
data::Pipeline checkpointed_data();
/// Options of fit() that write and resume `path`.
FitOptions checkpointing(const std::filesystem::path& path);

/// Returns the file that fit() leaves in the middle of its second epoch.
const std::string& checkpoint_of_a_fit();
/// Returns the content that the file holds.
CheckpointContent content_of(const Checkpoint& checkpoint);
/// Returns the file, with the checksum that its content should have, if it has one at all.
std::string with_checksum(std::string file);

}  // namespace foregraph::fuzz
