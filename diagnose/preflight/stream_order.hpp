#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/diagnose/findings/report.hpp>
#include <foregraph/detail/diagnose/preflight/delivered_targets.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// Tests the delivery order of a stream, which cannot be read before training: collects up to
/// 200,000 targets during the first epoch and tests them at its end.
class StreamOrder {
 public:
  static constexpr std::int64_t most_samples = 200'000;

  /// `evaluation` is the model's forward graph. Without a target nothing is collected.
  StreamOrder(const Graph& evaluation, const data::Pipeline& data);
  void add(const data::Batch& part);
  /// Reports "class-mix" or "target-order" if the order is not consistent with chance.
  [[nodiscard]] Report finish() const;

  /// Returns the bytes needed for an epoch of `samples`.
  [[nodiscard]] static std::int64_t own_bytes(std::int64_t samples) {
    return 2 * 8 * (samples < most_samples ? samples : most_samples);
  }

 private:
  data::Pipeline data_;
  std::optional<checks::InputRole> target_;
  std::size_t field_ = 0;
  checks::DeliveredTargets targets_{};
};

}  // namespace foregraph
