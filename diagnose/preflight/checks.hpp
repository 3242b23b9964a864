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

/// The single checks of preflight(), each in a file of its own. They add what they find to the
/// report, and what they could not look at.
namespace foregraph::checks {

/// What all checks look at.
struct Context {
  const PreflightModel& model;
  const Pipeline& data;
  const PreflightOptions& options;
  Report& report;
  std::vector<InputRole> roles{};
  SampledRows sample{};
  std::optional<SampledRows> evaluation{};
  std::optional<Bytes> budget{};  ///< nothing: no limit
  std::string budget_source{};
  bool inputs_match = false;  ///< the model can be fed with the data
  bool data_are_finite = true;
  bool can_run = false;  ///< the model may be run on the data
  /// Fields that stages fill with random values: constant as stored, but not as delivered.
  std::vector<std::string> noise{};
  double gradient_norm = 0;       ///< of a few samples; 0 if not measured
  bool order_was_tested = false;  ///< and the class mix is that of chance

  [[nodiscard]] const InputRole* role(std::string_view field) const {
    for (const InputRole& each : roles)
      if (each.name == field) return &each;
    return nullptr;
  }
  [[nodiscard]] bool is_noise(std::string_view field) const {
    return std::find(noise.begin(), noise.end(), field) != noise.end();
  }
  /// The first target of the model that is a field of the data.
  [[nodiscard]] const InputRole* target() const {
    for (const InputRole& each : roles)
      if (each.is_target && data.find(each.name) >= 0) return &each;
    return nullptr;
  }
};

/// Batch against data, tails, batch norm.
void check_batches(Context& context);
/// Fields against inputs; samples that cannot be read.
void check_inputs(Context& context);
/// Class mix or means of the batches in the order they will come in, and shuffle buffers.
void check_order(Context& context);
/// Range, type and spread of labels and targets.
void check_targets(Context& context);
/// NaN and infinities, constant and badly scaled features.
void check_features(Context& context);
/// Labels that are in the features.
void check_leaks(Context& context);
/// Activations, losses and targets that do not go together.
void check_predictions(Context& context);
/// Rates of dropout, decay and the optimizer's other settings.
void check_settings(Context& context);
/// Labels of the evaluation data that mean others than those of the training data.
void check_evaluation_labels(Context& context);
/// Penalties of parameters that outweigh the rest of the loss.
void check_penalty(Context& context);
/// Units that are off or saturated for all samples.
void check_activations(Context& context);
/// Gradients that fade on their way to the first layers, by their squared norms.
void check_depth(Context& context, const std::vector<double>& squared_norms);
/// Fields that stages fill with noise; fills Context::noise.
void find_noise(Context& context);
/// Rows that are there more than once.
void check_duplicates(Context& context);
/// Validation against training data.
void check_validation(Context& context);
/// The planned peak against the budget.
void check_memory(Context& context);
/// Loss at the start; losses in which samples mix.
void check_loss(Context& context);
/// The mean loss of the first batches, of `batch_size` samples, for predictions of equal chances;
/// nothing if it was not measured.
[[nodiscard]] std::optional<double> measured_equal_chances(Context& context,
                                                           std::int64_t batch_size,
                                                           std::byte* variables);
/// A few steps on a copy of the variables.
void check_learning_rate(Context& context);
/// Gradients, and the batch size against their noise.
void check_gradients(Context& context);

using text::counted;
using text::number;
using text::percent;

}  // namespace foregraph::checks
