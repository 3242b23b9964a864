#pragma once

#include <foregraph/detail/train/options/fit_options.hpp>

namespace foregraph {

/// Returns the value by which fit() compares epochs, with the direction in which it is better:
/// that of `options.early_stopping`, or else the loss of the evaluation (of the training if there
/// is none). `has_rate`: the history has a learning rate. Throws UsageError if epochs will have no
/// value of that name or several, if its direction is not known, or if the options contradict it.
[[nodiscard]] EarlyStoppingOptions monitor_of(const FitOptions& options, bool has_rate);

}  // namespace foregraph
