#pragma once

#include <foregraph/detail/train/options/fit_options.hpp>

namespace foregraph {

/// Returns the value by which fit() compares epochs, and in which direction it is better: the value
/// of `options.early_stopping`, or else the evaluation loss (the training loss if there is none).
/// `has_rate` is true if the history has a learning rate. Throws UsageError if epochs will have no
/// value of that name or several, if its direction is not known, or if the options contradict it.
/// Adds a monitored metric to `options.metrics` if it is not there; the result then has its name.
[[nodiscard]] EarlyStoppingOptions monitor_of(FitOptions& options, bool has_rate);

}  // namespace foregraph
