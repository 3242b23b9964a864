#include <algorithm>
#include <cmath>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <set>

namespace foregraph::checks {
namespace {

std::string fingerprint_text(const data::Preprocessing* preprocessing) {
  if (preprocessing == nullptr) return "none";
  return text::hexadecimal(preprocessing->fingerprint(), 16);
}

/// Returns whether a finding was made.
bool check_fingerprints(Context& context) {
  const data::Preprocessing* const training = context.data.preprocessing();
  const data::Preprocessing* const evaluation = context.options.evaluation->preprocessing();
  const bool same = training == nullptr || evaluation == nullptr
                        ? training == evaluation
                        : training->fingerprint() == evaluation->fingerprint();
  if (same) return false;
  context.report.add(
      {"evaluation-preprocessed-differently",
       Severity::error,
       "the preprocessing of the training data has the fingerprint " + fingerprint_text(training) +
           ", that of the evaluation data " + fingerprint_text(evaluation),
       "the model is evaluated on data unlike any it was trained on; its metrics mean nothing",
       "fit one Preprocessing on the training data, and use the same object in both pipelines",
       {}});
  return true;
}

struct Moments {
  double mean = 0;
  double deviation = 0;
};
Moments moments_of(const SampledRows& sample, const Column& column, std::int64_t element) {
  Moments m;
  double squares = 0;
  for (std::int64_t r = 0; r < sample.size(); ++r) {
    const double value = column.value(r, element);
    const double off = value - m.mean;
    m.mean += off / static_cast<double>(r + 1);
    squares += off * (value - m.mean);
  }
  m.deviation = std::sqrt(squares / static_cast<double>(sample.size()));
  return m;
}

/// Finds features most of whose means lie far apart, or whose deviations differ strongly.
void check_statistics(Context& context, const Column& training, const Column& evaluation) {
  std::vector<double> shifts;
  std::vector<double> ratios;
  Moments first_training;
  Moments first_evaluation;
  double furthest = 0;
  const std::int64_t step = std::max<std::int64_t>(1, training.elements / 1024);
  for (std::int64_t e = 0; e < training.elements; e += step) {
    const Moments a = moments_of(context.sample, training, e);
    const Moments b = moments_of(*context.evaluation, evaluation, e);
    if (a.deviation <= 0 || !std::isfinite(a.mean) || !std::isfinite(b.mean)) continue;
    const double shift = std::abs(b.mean - a.mean) / a.deviation;
    if (shift >= furthest) {
      furthest = shift;
      first_training = a;
      first_evaluation = b;
    }
    shifts.push_back(shift);
    ratios.push_back(b.deviation / a.deviation);
  }
  if (shifts.empty()) return;
  const auto median = [](std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  };
  const double shift = median(shifts);
  const double ratio = median(ratios);
  if (shift < 2 && ratio > 0.2 && ratio < 5) return;
  context.report.add(
      {"evaluation-statistics-differ",
       Severity::warning,
       "the means of the features in '" + training.spec.name + "' of the evaluation data are " +
           number(shift) +
           " standard deviations (median) away from those of the training data, and their standard "
           "deviations are " +
           number(ratio) + " times as large; the feature furthest off has mean " +
           number(first_evaluation.mean) + " and standard deviation " +
           number(first_evaluation.deviation) + ", in training " + number(first_training.mean) +
           " and " + number(first_training.deviation),
       "the model is evaluated on data unlike any it was trained on; its metrics mean nothing",
       "the same preprocessing for both, with the statistics of the training data; data from one "
       "source, split at random",
       {{"median_shift", shift}, {"median_deviation_ratio", ratio}}});
}

void check_classes(Context& context, const InputRole& role) {
  if (role.classes == 0 && !role.is_probability) return;
  const Column* const training = context.sample.find(role.name);
  const Column* const evaluation = context.evaluation->find(role.name);
  if (training == nullptr || evaluation == nullptr || training->elements != 1) return;
  std::set<double> in_training;
  std::set<double> in_evaluation;
  for (std::int64_t r = 0; r < context.sample.size(); ++r)
    in_training.insert(training->value(r, 0));
  for (std::int64_t r = 0; r < context.evaluation->size(); ++r)
    in_evaluation.insert(evaluation->value(r, 0));
  if (in_evaluation.size() != 1 || in_training.size() < 2 || context.evaluation->size() < 8) return;
  context.report.add({"evaluation-of-one-class",
                      Severity::warning,
                      "all " + counted(context.evaluation->size(), "label") +
                          " of the evaluation data examined are " + number(*in_evaluation.begin()) +
                          "; the training data have " +
                          counted(static_cast<std::int64_t>(in_training.size()), "class"),
                      "the evaluation only measures how often the model predicts that class",
                      "split at random or stratified by class, not at the end of sorted data",
                      {{"rows", static_cast<double>(context.evaluation->size())}}});
}

}  // namespace

void check_validation(Context& context) {
  if (!context.options.evaluation || !context.evaluation) return;
  context.report.add_checked("evaluation data");
  const bool different = check_fingerprints(context);
  for (const InputRole& role : context.roles) {
    if (role.is_target) {
      check_classes(context, role);
      continue;
    }
    const Column* const training = context.sample.find(role.name);
    const Column* const evaluation = context.evaluation->find(role.name);
    // Noise may be absent in evaluation.
    if (different || !role.is_feature || context.is_noise(role.name) || training == nullptr ||
        evaluation == nullptr || !is_floating(training->spec.dtype) ||
        training->elements != evaluation->elements || context.sample.size() < 30 ||
        context.evaluation->size() < 30)
      continue;
    check_statistics(context, *training, *evaluation);
  }
}

}  // namespace foregraph::checks
