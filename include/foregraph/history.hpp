#pragma once

/// @file
/// Training histories as JSON, CSV and TensorBoard events.

#include <foregraph/detail/train/history/csv_history.hpp>
#include <foregraph/detail/train/history/json_history.hpp>
#include <foregraph/detail/train/history/tensorboard.hpp>
