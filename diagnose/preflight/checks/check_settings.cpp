// Settings far outside the range in use.
#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <string_view>

namespace foregraph::checks {
namespace {

void refuse_setting(Context& context, const std::string& name, double value,
                    const std::string& consequence, const std::string& way_out,
                    Severity severity = Severity::warning) {
  context.report.add({"optimizer-setting",
                      severity,
                      "the optimizer's setting '" + name + "' is " + number(value),
                      consequence,
                      way_out,
                      {{"value", value}}});
}

void check_decay(Context& context, const std::string& name, double decay, double rate) {
  // Lion uses decays ten times larger, with rates ten times smaller.
  const bool is_lion = name.find("lion") != std::string::npos;
  const double per_step = rate * decay;
  if (!(decay > (is_lion ? 30 : 2)) && !(per_step > 5e-3)) return;
  context.report.add({"weight-decay",
                      Severity::warning,
                      "'" + name + "' is " + number(decay) + "; with a learning rate of " +
                          number(rate) + " each step removes " + percent(per_step) +
                          " of every weight",
                      per_step >= 1 ? "weights change sign in every step, and grow"
                                    : "weights decay faster than gradients can build them up: the "
                                      "model stays nearly constant",
                      "usual values are 1e-5 to 0.1, and at most 1",
                      {{"weight_decay", decay}, {"learning_rate", rate}, {"per_step", per_step}}});
}

/// Checks a setting that weighs past values against new ones.
void check_memory_of(Context& context, const std::string& name, double value, double highest) {
  if (value >= 0 && value < highest) return;
  refuse_setting(context, name, value,
                 value < 0    ? "past gradients count with the opposite sign"
                 : value >= 1 ? "new gradients are never forgotten or never counted: steps grow "
                                "without limit, or stay zero"
                              : "a step averages more gradients than training may have: it keeps "
                                "going long after the gradient has turned",
                 "0.9 for momentum and beta1, 0.99 to 0.999 for beta2 and rho");
}

void check_dropout(Context& context) {
  const Graph& g =
      context.model.gradients != nullptr ? *context.model.gradients : *context.model.step;
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& node = g.node(id);
    if (node.op->name != "dropout" || node.phase != Phase::forward) continue;
    const double rate = node.attributes.number;
    if (rate < 0.9) continue;
    context.report.add(
        {"dropout-rate",
         Severity::warning,
         "a dropout (" + file_and_line(node.at) + ") drops " + percent(rate) +
             " of the values in each step",
         "the rest is mostly noise: the model in training differs from the model in evaluation",
         "the rate is the fraction to drop, not to keep: usual rates are 0.05 to 0.5",
         {{"rate", rate}}});
    return;
  }
}

}  // namespace

void check_settings(Context& context) {
  context.report.add_checked("settings");
  check_dropout(context);
  const Graph& g = *context.model.step;
  const auto value_of = [&](std::size_t i) {
    return i < context.model.settings.size() ? context.model.settings[i]
                                             : g.node(g.settings[i]).attributes.number;
  };
  const auto name_at = [&](std::size_t i) { return g.text(g.node(g.settings[i]).name); };
  double rate = 0;
  for (std::size_t i = 0; i < g.settings.size(); ++i)
    if (name_at(i) == "learning_rate") rate = std::max(rate, value_of(i));
  rate = context.options.learning_rate.value_or(rate);
  for (std::size_t i = 0; i < g.settings.size(); ++i) {
    const std::string_view name = name_at(i);
    const std::string whole = full_name(g, g.settings[i]);
    const double value =
        name == "learning_rate" ? context.options.learning_rate.value_or(value_of(i)) : value_of(i);
    if (name == "learning_rate" && value < 0)
      refuse_setting(context, whole, value, "steps ascend the gradient: the loss rises",
                     "a positive learning rate; training minimizes the loss", Severity::error);
    else if (name == "learning_rate" && value == 0)
      refuse_setting(context, whole, value, "nothing is learned", "a positive learning rate");
    else if (name == "weight_decay")
      check_decay(context, whole, value, rate);
    else if (name == "momentum" || name == "beta1")
      check_memory_of(context, whole, value, 0.9991);
    else if (name == "beta2" || name == "rho")
      check_memory_of(context, whole, value, 0.99999);
    else if (name == "epsilon" && !(value > 0))
      refuse_setting(
          context, whole, value,
          "the update of a parameter with zero gradient divides by zero and makes it NaN",
          "1e-8, or 1e-6 for f32 with small gradients");
  }
}

}  // namespace foregraph::checks
