#pragma once

/// @file
/// Metrics of predictions, such as accuracy and ROC AUC.

#include <foregraph/detail/train/metrics/metrics.hpp>
