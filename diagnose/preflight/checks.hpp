#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/preflight/preflight.hpp>
#include <foregraph/detail/diagnose/preflight/roles.hpp>
#include <foregraph/detail/diagnose/samples/sampled_rows.hpp>

/// The checks of preflight(), each in its own file. They add to the report their findings and the
/// names of checks that could not be made.
namespace foregraph::checks {

/// Data shared by all checks.
struct Context {
  const PreflightModel& model;
  const data::Pipeline& data;
  const PreflightOptions& options;
  Report& report;
  std::vector<InputRole> roles{};
  SampledRows sample{};
  std::optional<SampledRows> evaluation{};
  std::optional<Bytes> budget{};  ///< empty: no limit
  std::string budget_source{};
  bool inputs_match = false;  ///< the data can be fed to the model
  bool data_are_finite = true;
  bool can_run = false;  ///< the model can be run on the data
  /// Fields that stages fill with random values: constant in the data set, but not as delivered.
  std::vector<std::string> noise{};
  double gradient_norm = 0;       ///< over a few samples; 0 if not measured
  bool order_was_tested = false;  ///< order tested, and the class mix is consistent with chance

  [[nodiscard]] const InputRole* role(std::string_view field) const {
    for (const InputRole& each : roles)
      if (each.name == field) return &each;
    return nullptr;
  }
  [[nodiscard]] bool is_noise(std::string_view field) const {
    return std::find(noise.begin(), noise.end(), field) != noise.end();
  }
  /// Returns the first target of the model that is a field of the data.
  [[nodiscard]] const InputRole* target() const {
    for (const InputRole& each : roles)
      if (each.is_target && data.find(each.name) >= 0) return &each;
    return nullptr;
  }
};

/// Checks batch sizes against the data, tails and batch norm.
void check_batches(Context& context);
/// Checks fields against inputs, and finds samples that cannot be read.
void check_inputs(Context& context);
/// Checks class mix or means of the batches in delivery order, and shuffle buffers.
void check_order(Context& context);
/// Checks range, type and spread of labels and targets.
void check_targets(Context& context);
/// Finds NaN, infinities, and constant or badly scaled features.
void check_features(Context& context);
/// Finds labels among the features.
void check_leaks(Context& context);
/// Finds mismatched activations, losses and targets.
void check_predictions(Context& context);
/// Checks rates of dropout, decay and the optimizer's other settings.
void check_settings(Context& context);
/// Finds evaluation labels whose meaning differs from the training labels.
void check_evaluation_labels(Context& context);
/// Finds parameter penalties that outweigh the rest of the loss.
void check_penalty(Context& context);
/// Finds units that are inactive or saturated for all samples.
void check_activations(Context& context);
/// Finds gradients that vanish towards the first layers, by their squared norms.
void check_depth(Context& context, const std::vector<double>& squared_norms);
/// Finds fields that stages fill with noise, and stores them in Context::noise.
void find_noise(Context& context);
/// Finds duplicate rows.
void check_duplicates(Context& context);
/// Compares the validation data with the training data.
void check_validation(Context& context);
/// Compares the planned peak with the budget.
void check_memory(Context& context);
/// Checks the initial loss, and finds losses that mix samples.
void check_loss(Context& context);
/// Returns the mean loss of the first batches, of `batch_size` samples, for predictions of equal
/// chances; nothing if it was not measured.
[[nodiscard]] std::optional<double> measured_equal_chances(Context& context,
                                                           std::int64_t batch_size,
                                                           std::byte* variables);
/// Runs a few trial steps on a copy of the variables.
void check_learning_rate(Context& context);
/// Checks gradients, and the batch size against their noise.
void check_gradients(Context& context);

using text::counted;
using text::number;
using text::percent;

}  // namespace foregraph::checks
