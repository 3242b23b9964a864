#pragma once

/// @file
/// Checkpoints, and whether one belongs to a model.

#include <foregraph/detail/train/checkpoint/check_variables.hpp>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <foregraph/detail/train/checkpoint/model_fingerprint.hpp>
