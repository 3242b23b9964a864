#pragma once

/// @file
/// Planned graphs as programs that run in memory of yours; Trainer and Predictor do this for you.

#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/runtime/initialize.hpp>
#include <foregraph/detail/runtime/program.hpp>
