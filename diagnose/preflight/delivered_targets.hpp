#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/diagnose/findings/report.hpp>
#include <foregraph/detail/diagnose/preflight/roles.hpp>

namespace foregraph::checks {

/// Targets of samples in the order in which a pipeline delivers them.
struct DeliveredTargets {
  /// Targets of the first epoch, all or evenly sampled; the source of the class frequencies.
  std::vector<double> population;
  /// Targets of each batch, all or evenly sampled. If the order is random, such a part is a random
  /// batch as well.
  std::vector<std::vector<double>> batches;
  std::int64_t samples = 0;  ///< per epoch
};

/// Reads only field `name` of the data set, as one number per row: the index of the largest value
/// if the field has several and `by_largest` is set, else the first value. Reads all rows if they
/// are in memory and at most 200,000; otherwise 20,000 rows and, for eight batches, 256 samples
/// each. Returns nothing if the data set has no such field, or if reading takes more than
/// `most_seconds`. Throws any exception of the source.
[[nodiscard]] std::optional<DeliveredTargets> delivered_targets(const data::Pipeline& data,
                                                                const std::string& name,
                                                                bool by_largest,
                                                                double most_seconds);

/// Tests the order of the targets and adds findings: by the class mix of the batches or, for a
/// regression, by their means. Returns true if the order was tested and is consistent with chance.
bool test_order(Report& report, const data::Pipeline& data, const InputRole& target,
                const DeliveredTargets& targets);

}  // namespace foregraph::checks
