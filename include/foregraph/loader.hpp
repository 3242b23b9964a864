#pragma once

/// @file
/// The loader that makes batches of a pipeline; Trainer and Predictor have one of their own.

#include <foregraph/detail/data/loader/loader.hpp>
