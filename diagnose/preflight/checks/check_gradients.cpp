#include <algorithm>
#include <bit>
#include <cmath>
#include <foregraph/detail/diagnose/findings/gradient_noise.hpp>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/diagnose/preflight/measuring.hpp>
#include <foregraph/detail/diagnose/preflight/model_run.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph::checks {
namespace {

constexpr std::int64_t most_batches = 512;
constexpr std::int64_t fewest_batches = 8;
constexpr std::int64_t most_samples_of_gradient = 16;

/// Samples per gradient: few, to get many gradients; a whole batch if samples interact.
std::int64_t samples_of_gradient(const Context& context) {
  if (values_per_sample_in_batch_norm(*context.model.gradients) > 0)
    return context.data.largest_batch();
  return std::max<std::int64_t>(
      1, std::min(most_samples_of_gradient, context.data.samples_per_epoch() / fewest_batches));
}

/// Compares in the loss's unit, since it may be a sum over pixels or have other terms.
void check_loss_at_start(Context& context, double loss, std::int64_t size, std::byte* variables) {
  const double of_one = loss_of_equal_chances(*context.model.evaluation);
  if (of_one <= 0 || loss <= 2 * of_one + 0.5) return;
  const double chance = measured_equal_chances(context, size, variables).value_or(0);
  if (!(chance > 0) || loss <= 2 * chance + 0.5 * chance / of_one) return;
  const bool is_far = loss > 100 * chance;
  context.report.add(
      {"loss-at-start",
       is_far ? Severity::warning : Severity::note,
       "the first loss is " + number(loss) + "; predicting equal probabilities gives " +
           number(chance),
       "the model starts out confidently wrong, and spends its first steps unlearning that",
       is_far ? "smaller initial weights, such as the layer's default; standardized features"
              : "smaller initial weights in the last layer; standardized features",
       {{"loss", loss}, {"equal_chances", chance}}});
}

void report_not_finite(Context& context, double loss, double squared_norm) {
  const bool is_loss = !std::isfinite(loss);
  context.report.add(
      {is_loss ? "loss-not-finite" : "gradient-not-finite",
       Severity::error,
       is_loss ? "the loss of the first batch is " + number(loss) +
                     " before any step, though the data are finite"
               : "the gradient of the first batch has the squared norm " + number(squared_norm) +
                     " before any step; its loss is " + number(loss),
       "the first step makes every parameter NaN",
       "look for a logarithm, root, quotient or power at the edge of its domain; add a small "
       "number inside, or use the fused form, such as binary_cross_entropy_with_logits()",
       {{"loss", loss}, {"squared_norm", squared_norm}}});
}

/// Finds parameters whose gradients are zero in all batches.
void check_zeros(Context& context, const std::vector<double>& squared_norms) {
  const Graph& g = *context.model.gradients;
  std::vector<std::string> names;
  std::size_t next = 0;
  std::size_t weights = 0;  // multiplied with features; the rest are biases and similar
  std::size_t zero_weights = 0;
  for (const Variable& v : g.variables) {
    if (!v.trainable || next >= squared_norms.size()) continue;
    const bool is_zero = squared_norms[next++] == 0;
    const bool is_weight = g.node(v.node).shape.rank > 1;
    weights += is_weight ? 1 : 0;
    zero_weights += is_weight && is_zero ? 1 : 0;
    if (is_zero) names.push_back("'" + full_name(g, v.node) + "'");
  }
  if (names.empty()) return;
  const bool is_all = names.size() == next;
  if (is_all || (weights > 0 && zero_weights == weights)) {
    context.report.add({"gradient-is-zero",
                        Severity::error,
                        std::string("the gradient of every ") + (is_all ? "parameter" : "weight") +
                            " is zero in all batches examined",
                        is_all ? "nothing is learned, whatever the learning rate"
                               : "only biases are learned: the model becomes a constant",
                        "look for ReLUs that are all negative, weights that are all zero, a "
                        "stop_gradient, or a loss that does not depend on the prediction",
                        {}});
    return;
  }
  std::string list;
  for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 3); ++i)
    list += (i > 0 ? ", " : "") + names[i];
  if (names.size() > 3) list += " and " + std::to_string(names.size() - 3) + " more";
  context.report.add({"parameter-without-gradient",
                      Severity::note,
                      "the gradient of " + list + " is zero in all batches examined",
                      "they do not learn now: expected if a later factor starts at zero, otherwise "
                      "they never will",
                      "look for units that are always off, a stop_gradient, or an unused parameter",
                      {{"parameters", static_cast<double>(names.size())}}});
}

/// Returns the seconds per sample of a gradient of `batch_size` samples. Returns nothing if it
/// would not fit, or would take too long judging by the time per floating-point operation of
/// smaller ones.
std::optional<double> seconds_per_sample(Context& context, std::int64_t batch_size,
                                         std::byte* variables, double seconds_per_flop) {
  const Graph& g = *context.model.gradients;
  const Plan plan = plan_memory(g, batch_size);
  constexpr int runs = 3;
  const double expected = runs * static_cast<double>(flops_of(g, batch_size)) * seconds_per_flop;
  if (expected > 2 * context.options.most_seconds || !too_large(context, plan).empty())
    return std::nullopt;
  ModelRun run(g, plan, variables);
  data::Loader loader = run.loader(at_random(context.data, batch_size));
  data::Batch batch_data;
  double best = 0;
  for (int i = 0; i < runs; ++i) {
    loader.start_epoch(0);
    if (!loader.next(batch_data) || batch_data.size < batch_size) return std::nullopt;
    const Stopwatch watch;
    run.run(batch_data);
    const double seconds = watch.seconds();
    if (i == 1 || (i > 1 && seconds < best)) best = seconds;  // the first run warms the caches
  }
  return best / static_cast<double>(batch_size);
}

void advise(Context& context, const NoiseScale& scale, std::byte* variables,
            double seconds_per_flop) {
  const std::int64_t batch_size = context.data.largest_batch();
  const std::int64_t samples = context.data.samples_per_epoch();
  const std::string about = "about " + number(std::round(scale.scale)) +
                            " (95 %: " + number(std::round(scale.low)) + " to " +
                            number(std::round(scale.high)) + ")";
  std::vector<Figure> figures{{"noise_scale", scale.scale},
                              {"low", scale.low},
                              {"high", scale.high},
                              {"batch", static_cast<double>(batch_size)},
                              {"samples", static_cast<double>(scale.samples)}};
  const std::string caution =
      "; an estimate from " + counted(scale.samples, "sample") +
      " at the current parameters; the noise scale grows during training, so take it as a guide";
  if (static_cast<double>(batch_size) * 4 < scale.low) {
    // Move towards the scale, but keep a few steps per epoch.
    const auto wanted = static_cast<std::uint64_t>(
        std::clamp<double>(std::min(scale.scale, static_cast<double>(batch_size) * 8),
                           static_cast<double>(batch_size), 1e9));
    const auto larger =
        std::min<std::int64_t>(static_cast<std::int64_t>(std::bit_floor(wanted)), samples / 4);
    std::string way_out = "a larger batch";
    if (larger > batch_size) {
      way_out = "a batch of " + with_separators(larger);
      const auto small = seconds_per_sample(context, batch_size, variables, seconds_per_flop);
      const auto large = seconds_per_sample(context, larger, variables, seconds_per_flop);
      if (small && large && *small > 0) {
        way_out += ", which costs " + number(std::round(*large / *small * 100) / 100) +
                   " times as much per sample";
        figures.push_back({"larger_batch", static_cast<double>(larger)});
        figures.push_back({"cost_per_sample", *large / *small});
      } else {
        way_out += " (its cost was not measured)";
      }
    }
    context.report.add(
        {"batch-below-noise-scale", Severity::note,
         "batch " + with_separators(batch_size) + " is far below the gradient's noise scale of " +
             about + caution,
         "expect noisy steps: the loss jumps from batch to batch even while its mean falls",
         way_out + "; or a lower learning rate, and judge by the mean over an epoch",
         std::move(figures)});
  } else if (static_cast<double>(batch_size) > 8 * scale.high && batch_size > 32) {
    context.report.add(
        {"batch-above-noise-scale", Severity::note,
         "batch " + with_separators(batch_size) + " is far above the gradient's noise scale of " +
             about + caution,
         "most samples of a batch are redundant: fewer of them would give an equally good step",
         "a smaller batch takes more steps for the same work, unless its cost per sample is much "
         "higher",
         std::move(figures)});
  }
}

}  // namespace

void check_gradients(Context& context) {
  const char* const name = "batch size against gradient noise";
  if (context.model.gradients == nullptr) return;
  const Graph& g = *context.model.gradients;
  const std::int64_t size = samples_of_gradient(context);
  const Plan plan = plan_memory(g, size);
  if (const std::string reason = too_expensive(context, g, plan, 2 * fewest_batches);
      !reason.empty()) {
    context.report.add_skipped(name, "unresolved: " + reason);
    return;
  }
  const Variables variables = Variables::present(context.model);
  ModelRun run(g, plan, variables.data());
  const Gradients gradients(run);
  const data::Pipeline data = at_random(context.data, size);
  std::int64_t batches = std::min(most_batches, data.samples_per_epoch() / size);

  // First the sum of all gradients, then the dot product of each with it: no gradient is kept.
  std::vector<float> sum(static_cast<std::size_t>(gradients.elements()), 0.0F);
  std::vector<double> squared_norms;
  std::vector<double> of_parameters;
  double loss = 0;
  const Stopwatch watch;
  data::Loader loader = run.loader(data);
  data::Batch batch_data;
  loader.start_epoch(0);
  while (static_cast<std::int64_t>(squared_norms.size()) < batches && loader.next(batch_data)) {
    const double batch_loss = run.run(batch_data);
    const std::vector<double> each = gradients.squared_norms();
    of_parameters.resize(each.size(), 0);
    double total = 0;
    for (std::size_t i = 0; i < each.size(); ++i) {
      of_parameters[i] += each[i];
      total += each[i];
    }
    if (!std::isfinite(batch_loss) || !std::isfinite(total))
      return report_not_finite(context, batch_loss, total);
    loss += batch_loss;
    squared_norms.push_back(total);
    gradients.add_to(sum, 1);
    if (watch.seconds() > context.options.most_seconds / 2)
      batches = static_cast<std::int64_t>(squared_norms.size());
  }
  if (squared_norms.empty()) return;
  const double seconds_per_flop = watch.seconds() / static_cast<double>(squared_norms.size()) /
                                  static_cast<double>(std::max<std::int64_t>(1, flops_of(g, size)));
  const auto m = static_cast<double>(squared_norms.size());
  context.report.add_checked("gradients");
  check_loss_at_start(context, loss / m, size, variables.data());
  double mean_norm = 0;
  for (const double each : squared_norms) mean_norm += each / m;
  context.gradient_norm = std::sqrt(mean_norm);
  check_zeros(context, of_parameters);
  check_depth(context, of_parameters);
  if (context.model.stopped_gradients) {
    context.report.add_skipped(
        name,
        "gradients are stopped at values that depend on trained parameters, as with two players or "
        "targets from the model itself, so they are not the gradients of one loss");
    return;
  }
  if (static_cast<std::int64_t>(squared_norms.size()) < fewest_batches) {
    context.report.add_skipped(
        name, "unresolved: only " +
                  counted(static_cast<std::int64_t>(squared_norms.size()), "gradient") + " of " +
                  counted(size, "sample") +
                  (watch.seconds() > context.options.most_seconds / 2 ? " in the time allowed"
                                                                      : " in the data"));
    return;
  }
  GradientNoise noise(size);
  loader.start_epoch(0);
  for (const double squared_norm : squared_norms) {
    if (!loader.next(batch_data)) return;
    run.run(batch_data);
    noise.add_batch(squared_norm, gradients.dot(sum) / m);
  }
  const NoiseScale scale = noise.estimate();
  if (!scale.resolved) {
    context.report.add_skipped(
        name, "unresolved: " + scale.reason + " (" + counted(scale.samples, "sample") + ")");
    return;
  }
  if (scale.high < 1) {
    context.report.add_skipped(name,
                               "unresolved: the gradients of all samples still point the same way, "
                               "which says nothing about later steps (" +
                                   counted(scale.samples, "sample") + ")");
    return;
  }
  context.report.add_checked(name);
  advise(context, scale, variables.data(), seconds_per_flop);
}

}  // namespace foregraph::checks
