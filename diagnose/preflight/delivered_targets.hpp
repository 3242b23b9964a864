#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/diagnose/findings/report.hpp>
#include <foregraph/detail/diagnose/preflight/roles.hpp>

namespace foregraph::checks {

/// The targets of samples in the order in which a pipeline delivers them.
struct DeliveredTargets {
  /// Of the first epoch, all or an even sample of it: what the shares of the classes are taken
  /// from.
  std::vector<double> population;
  /// Of each batch, all of its samples or some of them, evenly spread. In an order that is random,
  /// such a part is a random batch as well.
  std::vector<std::vector<double>> batches;
  std::int64_t samples = 0;  ///< of an epoch
};

/// Reads field `name` of the data set, and nothing else of the rows: one number for each, the index
/// of the largest if it has several and `by_largest`, else the first. Everything if the rows lie in
/// memory and are at most 200,000; else 20,000 of them, and of eight batches 256 samples each.
/// Nothing if the data set has no such field, or reading takes more than `most_seconds`. Throws
/// what the source does.
[[nodiscard]] std::optional<DeliveredTargets> delivered_targets(const Pipeline& data,
                                                                const std::string& name,
                                                                bool by_largest,
                                                                double most_seconds);

/// Adds what the order of these targets shows: the class mix of the batches, or the means of those
/// of a regression. Whether it was tested and is that of chance.
bool test_order(Report& report, const Pipeline& data, const InputRole& target,
                const DeliveredTargets& targets);

}  // namespace foregraph::checks
