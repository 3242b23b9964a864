#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/diagnose/preflight/measuring.hpp>
#include <foregraph/detail/diagnose/preflight/model_run.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/runtime/settings.hpp>

namespace foregraph::checks {
namespace {

constexpr int trial_steps = 10;
constexpr int fewest_steps = 4;
constexpr std::int64_t trial_batch = 32;

/// Squared norms over the trained parameters.
struct Parameters {
  double squared_norm = 0;
  double squared_change = 0;
  double elements = 0;
};

template <class T>
void compare(const std::byte* before, const std::byte* after, std::int64_t count, Parameters& p) {
  const auto* a = reinterpret_cast<const T*>(before);
  const auto* b = reinterpret_cast<const T*>(after);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto old = static_cast<double>(a[i]);
    const double change = static_cast<double>(b[i]) - old;
    p.squared_norm += old * old;
    p.squared_change += change * change;
  }
  p.elements += static_cast<double>(count);
}

Parameters compared(const Graph& step, const Plan& plan, const std::byte* before,
                    const std::byte* after) {
  Parameters p;
  for (const Variable& v : step.variables) {
    if (!v.trainable) continue;
    const Node& node = step.node(v.node);
    const std::int64_t offset = plan.places[static_cast<std::size_t>(v.node)].offset;
    const std::int64_t count = node.shape.elements().constant;
    if (node.dtype == f64)
      compare<double>(before + offset, after + offset, count, p);
    else if (node.dtype == f32)
      compare<float>(before + offset, after + offset, count, p);
  }
  return p;
}

/// Applies the trainer's settings to the program. Returns the learning rate, or nothing if the
/// optimizer has none or several different ones.
std::optional<double> use_settings(const Context& context, Program& program) {
  const SettingNames names(program.graph());
  std::vector<double>& settings = program.settings();
  for (std::size_t i = 0; i < settings.size(); ++i)
    if (i < context.model.settings.size()) settings[i] = context.model.settings[i];
  const auto rates = names.learning_rates();
  if (rates.empty() || !all_equal(rates, settings)) return std::nullopt;
  if (context.options.learning_rate)
    for (const std::size_t i : rates) settings[i] = *context.options.learning_rate;
  return settings[rates.front()];
}

}  // namespace

void check_learning_rate(Context& context) {
  const Graph& step = *context.model.step;
  const bool has_batch_norm = context.model.gradients != nullptr &&
                              values_per_sample_in_batch_norm(*context.model.gradients) > 0;
  const std::int64_t batch_size =
      std::min(context.data.largest_batch(),
               has_batch_norm ? std::max<std::int64_t>(trial_batch, 64) : trial_batch);
  const Plan plan = plan_memory(step, batch_size);
  if (const std::string reason = too_expensive(context, step, plan, trial_steps); !reason.empty()) {
    context.report.add_skipped("learning rate", reason);
    return;
  }
  const Variables before(step, plan, context.model.variables);
  const Variables after(step, plan, before.data());
  ModelRun run(step, plan, after.data());
  const std::optional<double> rate = use_settings(context, run.program());
  data::Loader loader = run.loader(at_random(context.data, batch_size));
  data::Batch batch_data;
  const Stopwatch watch;
  std::vector<double> losses;
  // Repeat one batch: its loss must fall, independently of other batches.
  for (int i = 0; i < trial_steps; ++i) {
    loader.start_epoch(0);
    if (!loader.next(batch_data)) return;
    losses.push_back(run.run(batch_data));
    if (!std::isfinite(losses.back())) break;
    if (watch.seconds() < context.options.most_seconds || i + 1 == trial_steps) continue;
    if (i + 1 >= fewest_steps) break;
    context.report.add_skipped("learning rate", "the trial would take too long");
    return;
  }
  if (!std::isfinite(losses.front())) return;  // check_gradients() reports this
  context.report.add_checked("learning rate");
  const double rise = losses.back() - losses.front();
  const std::string with_rate = rate ? " with a learning rate of " + number(*rate) : "";
  const std::vector<Figure> figures{{"learning_rate", rate.value_or(0)},
                                    {"first_loss", losses.front()},
                                    {"last_loss", losses.back()},
                                    {"steps", static_cast<double>(losses.size())}};
  // If steps do not descend along the loss's gradient, the loss may rise at first.
  const double most_rise = context.model.stopped_gradients ? 20 : 2;
  const Parameters p = compared(step, plan, before.data(), after.data());
  // Steps that replace the parameters without any gain are too large as well.
  const double usual = std::max(std::sqrt(p.squared_norm), 0.1 * std::sqrt(p.elements));
  const bool is_lost = std::sqrt(p.squared_change) > 30 * usual &&
                       losses.back() > 0.9 * losses.front() && losses.front() > 0;
  if (!std::isfinite(losses.back()) || rise > most_rise * std::abs(losses.front()) + 1e-3 ||
      is_lost) {
    context.report.add({"learning-rate-too-high", Severity::warning,
                        counted(static_cast<std::int64_t>(losses.size()) - 1, "trial step") +
                            " on one batch" + with_rate + " took its loss from " +
                            number(losses.front()) + " to " + number(losses.back()),
                        "steps overshoot by more than they gain; training diverges, or settles far "
                        "from any minimum",
                        "a ten times lower learning rate, or a warm-up; standardized features and "
                        "targets; clipped gradients",
                        figures});
    return;
  }
  // Treat parameters initialised to zero as if they had a usual size.
  const double size = std::max(std::sqrt(p.squared_norm), 1e-2 * std::sqrt(p.elements));
  const double change = std::sqrt(p.squared_change) / std::max(size, 1e-30);
  // Where the loss hardly depends on the parameters, as at a minimum, small steps are right.
  const bool has_slope = context.gradient_norm * size > 1e-3 * std::abs(losses.front());
  if (change < 1e-6 && has_slope && context.gradient_norm > 0)
    context.report.add(
        {"learning-rate-too-low",
         Severity::warning,
         counted(static_cast<std::int64_t>(losses.size()), "trial step") + with_rate +
             " changed the parameters by " + number(change) + " of their norm",
         "training takes millions of steps, and f32 rounding loses most of each step",
         "a learning rate at least a hundred times higher to start with",
         {{"learning_rate", rate.value_or(0)}, {"relative_change", change}}});
}

}  // namespace foregraph::checks
