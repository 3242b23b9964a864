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

/// The test of the order of delivery for a stream, which cannot be looked at before training: its
/// targets are noted as they come by in the first epoch, up to 200,000, and tested at the end.
class StreamOrder {
 public:
  static constexpr std::int64_t most_samples = 200'000;

  /// `evaluation` is the model's forward graph. Without a target nothing is noted.
  StreamOrder(const Graph& evaluation, const Pipeline& data);
  void add(const Batch& part);
  /// "class-mix" or "target-order", if the order is not that of chance.
  [[nodiscard]] Report finish() const;

  /// What it takes for an epoch of `samples`.
  [[nodiscard]] static std::int64_t own_bytes(std::int64_t samples) {
    return 2 * 8 * (samples < most_samples ? samples : most_samples);
  }

 private:
  Pipeline data_;
  std::optional<checks::InputRole> target_;
  std::size_t field_ = 0;
  checks::DeliveredTargets targets_{};
};

}  // namespace foregraph
