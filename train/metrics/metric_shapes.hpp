#pragma once

#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/train/metrics/metric.hpp>

namespace foregraph {

/// Throws UsageError if the dimensions of output and target are in different orders, since a metric
/// pairs their elements in memory order: {8, 8, 3} against {3, 8, 8}, or scores whose classes are
/// not the last dimension, {classes, time} against labels of {time}. Dimensions of 1 do not count.
void check_metric_shapes(const Metric& metric, const Node& output, const Node& target);

}  // namespace foregraph
