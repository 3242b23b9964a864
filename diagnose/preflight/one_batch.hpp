#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/diagnose/preflight/model_run.hpp>

namespace foregraph::checks {

/// Runs a graph once on a small random batch, with the model's current variables.
class OneBatch {
 public:
  /// Runs a batch of at most `samples` samples.
  OneBatch(const Context& context, const Graph& g, std::int64_t samples);

  /// Returns false if the graph was not run.
  [[nodiscard]] explicit operator bool() const { return size_ > 0; }
  /// Returns why it was not run; empty if there was no batch.
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] double loss() const { return loss_; }
  [[nodiscard]] const ModelRun& run() const { return *run_; }

 private:
  std::string reason_;
  std::optional<Variables> variables_;
  std::optional<ModelRun> run_;
  std::int64_t size_ = 0;
  double loss_ = 0;
};

}  // namespace foregraph::checks
