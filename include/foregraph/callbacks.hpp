#pragma once

/// @file
/// Early stopping and schedules of the learning rate.

#include <foregraph/detail/train/callbacks/early_stopping.hpp>
#include <foregraph/detail/train/callbacks/schedule.hpp>
