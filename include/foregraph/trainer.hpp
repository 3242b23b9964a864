#pragma once

/// @file
/// Training: Trainer, fit() and their options.

#include <foregraph/detail/train/trainer.hpp>
