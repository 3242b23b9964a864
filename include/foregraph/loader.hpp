#pragma once

/// @file
/// The loader that makes batches from a pipeline. Trainer and Predictor create theirs themselves.

#include <foregraph/detail/data/loader/loader.hpp>
