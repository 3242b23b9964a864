// Comparison of the evaluation labels with the training labels.
#include <algorithm>
#include <cmath>
#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <map>
#include <set>
#include <vector>

namespace foregraph::checks {
namespace {

constexpr std::int64_t fewest_labels = 8;
constexpr std::int64_t most_labelled = 512;
constexpr std::int64_t most_compared = 512;

std::string list_of(const std::set<double>& labels) {
  std::string list;
  int count = 0;
  for (const double label : labels) {
    if (++count > 12) return list + ", ...";
    list += (list.empty() ? "" : ", ") + number(label);
  }
  return list;
}

double label_at(const InputRole& role, const Column& column, std::int64_t row) {
  if (!role.is_distribution) return column.value(row, 0);
  std::int64_t best = 0;
  for (std::int64_t e = 1; e < column.elements; ++e)
    if (column.value(row, e) > column.value(row, best)) best = e;
  return static_cast<double>(best);
}

void report_labels(Context& context, Severity severity, const std::string& what) {
  context.report.add({"evaluation-labels-differ",
                      severity,
                      what,
                      "the evaluation compares predictions with labels of a different meaning: its "
                      "metrics, early stopping and the best model are wrong",
                      "read and encode the labels of both data sets in the same way",
                      {}});
}

/// Reports labels and probabilities that the model cannot have; returns whether there are any.
bool check_limits(Context& context, const InputRole& role, const Column& column) {
  const bool is_label = role.classes > 0 && !is_floating(column.spec.dtype);
  if (!is_label && !role.is_probability) return false;
  const double limit = is_label ? static_cast<double>(role.classes - 1) : 1;
  std::int64_t wrong = 0;
  double first = 0;
  const std::int64_t rows = context.evaluation->size();
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t e = 0; e < column.elements; ++e) {
      const double value = column.value(r, e);
      if (value >= 0 && value <= limit) continue;
      if (wrong++ == 0) first = value;
    }
  if (wrong == 0) return false;
  report_labels(context, Severity::error,
                counted(wrong, "value") + " of '" + column.spec.name + "' in " +
                    counted(rows, "sample") + " of the evaluation data are outside 0 to " +
                    number(limit) + "; the first is " + number(first));
  return true;
}

/// Reports labels that never occur in the training data; returns whether there are any.
bool check_sets(Context& context, const InputRole& role, const Column& training,
                const Column& evaluation) {
  std::set<double> in_training;
  std::set<double> in_evaluation;
  for (std::int64_t r = 0; r < context.sample.size(); ++r)
    in_training.insert(label_at(role, training, r));
  std::int64_t unknown = 0;
  for (std::int64_t r = 0; r < context.evaluation->size(); ++r) {
    const double label = label_at(role, evaluation, r);
    in_evaluation.insert(label);
    unknown += in_training.contains(label) ? 0 : 1;
  }
  // Numbers that hardly repeat are not labels.
  if (role.classes == 0 && !role.is_distribution &&
      (in_training.size() > 32 ||
       static_cast<std::int64_t>(4 * in_training.size()) > context.sample.size()))
    return false;
  // Rare classes may be missing from the sampled rows.
  const double share =
      static_cast<double>(unknown) / static_cast<double>(context.evaluation->size());
  const double by_chance = 10 / static_cast<double>(context.sample.size());
  if (unknown < 2 || share <= std::max(0.02, context.sample.complete() ? 0.0 : by_chance))
    return false;
  report_labels(
      context, Severity::warning,
      percent(share) + " of the labels '" + role.name +
          "' of the evaluation data examined do not occur in the training data: they are " +
          list_of(in_evaluation) + ", the training labels " + list_of(in_training));
  return true;
}

/// Mean features per class, and the class nearest to a sample, in units of the deviation.
class Centroids {
 public:
  Centroids(const std::vector<const Column*>& features, std::int64_t elements)
      : features_(features), step_(std::max<std::int64_t>(1, elements / most_compared)) {}

  [[nodiscard]] std::vector<double> row(std::int64_t index) const {
    return row_of(features_, index);
  }
  [[nodiscard]] std::vector<double> row_of(const std::vector<const Column*>& features,
                                           std::int64_t index) const {
    std::vector<double> values;
    for (const Column* const feature : features)
      for (std::int64_t e = 0; e < feature->elements; e += step_)
        values.push_back(feature->value(index, e));
    return values;
  }
  /// Adds a sample; call finish() after the last.
  void add(double label, const std::vector<double>& values) {
    auto& [count, sums] = classes_[label];
    sums.resize(values.size());
    squares_.resize(values.size());
    totals_.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      sums[i] += values[i];
      totals_[i] += values[i];
      squares_[i] += values[i] * values[i];
    }
    count += 1;
    ++samples_;
  }
  void finish() {
    for (auto& [label, each] : classes_)
      for (double& value : each.second) value /= each.first;
    weights_.resize(squares_.size());
    for (std::size_t i = 0; i < squares_.size(); ++i) {
      const double mean = totals_[i] / samples_;
      const double variance = squares_[i] / samples_ - mean * mean;
      weights_[i] = variance > 1e-12 * (1 + mean * mean) ? 1 / variance : 0;
    }
  }
  [[nodiscard]] double nearest(const std::vector<double>& values) const {
    double best = std::nan("");
    double least = 0;
    for (const auto& [label, each] : classes_) {
      double distance = 0;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double off = values[i] - each.second[i];
        distance += weights_[i] * off * off;
      }
      if (std::isnan(best) || distance < least) {
        best = label;
        least = distance;
      }
    }
    return best;
  }

 private:
  const std::vector<const Column*>& features_;
  std::int64_t step_;
  std::map<double, std::pair<double, std::vector<double>>> classes_;
  std::vector<double> squares_;
  std::vector<double> totals_;
  std::vector<double> weights_;
  double samples_ = 0;
};

/// Returns the fraction of samples in the most frequent class.
double share_of_largest(const Context& context, const InputRole& role, const Column& column,
                        std::int64_t rows) {
  std::map<double, double> counts;
  double most = 0;
  for (std::int64_t r = 0; r < rows && r < context.sample.size(); ++r)
    most = std::max(most, counts[label_at(role, column, r)] += 1);
  return most / static_cast<double>(std::max<std::int64_t>(1, rows));
}

/// Finds labels with the same numbers but different meanings: if the nearest class mean of the
/// training data separates the classes, it must do so in the evaluation data as well.
void check_meaning(Context& context, const InputRole& role, const Column& training,
                   const Column& evaluation) {
  std::vector<const Column*> in_training;
  std::vector<const Column*> in_evaluation;
  std::int64_t elements = 0;
  for (const InputRole& each : context.roles) {
    const Column* const a = context.sample.find(each.name);
    const Column* const b = context.evaluation->find(each.name);
    if (a == nullptr || b == nullptr || !each.is_feature || each.is_target ||
        a->elements != b->elements || !is_floating(a->spec.dtype) || context.is_noise(each.name))
      continue;
    in_training.push_back(a);
    in_evaluation.push_back(b);
    elements += a->elements;
  }
  const std::int64_t rows = std::min(context.sample.size(), 2 * most_labelled);
  const std::int64_t others = std::min(context.evaluation->size(), most_labelled);
  if (elements == 0 || rows < 64 || others < 32) return;
  std::set<double> classes;
  for (std::int64_t r = 0; r < rows; ++r) classes.insert(label_at(role, training, r));
  if (classes.size() < 2 || classes.size() > 64 ||
      static_cast<std::int64_t>(8 * classes.size()) > rows)
    return;
  Centroids centroids(in_training, elements);
  for (std::int64_t r = 0; r < rows; r += 2)
    centroids.add(label_at(role, training, r), centroids.row(r));
  centroids.finish();
  double right_in_training = 0;
  double tried = 0;
  for (std::int64_t r = 1; r < rows; r += 2, ++tried)
    right_in_training += centroids.nearest(centroids.row(r)) == label_at(role, training, r) ? 1 : 0;
  right_in_training /= tried;
  const double by_chance = share_of_largest(context, role, training, rows);
  if (right_in_training < by_chance + 0.2) return;
  // By evaluation label: the classes that the training data assign to its samples.
  std::map<double, std::map<double, int>> called;
  double right = 0;
  for (std::int64_t r = 0; r < others; ++r) {
    const double label = label_at(role, evaluation, r);
    const double found = centroids.nearest(centroids.row_of(in_evaluation, r));
    ++called[label][found];
    right += found == label ? 1 : 0;
  }
  right /= static_cast<double>(others);
  double renamed = 0;
  std::set<double> names;
  std::string example;
  for (const auto& [label, by_name] : called) {
    const auto most =
        std::max_element(by_name.begin(), by_name.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    renamed += most->second;
    names.insert(most->first);
    if (most->first != label && example.empty())
      example = "samples with label " + number(label) +
                " in the evaluation data resemble those of label " + number(most->first) +
                " in the training data";
  }
  renamed /= static_cast<double>(others);
  // A different numbering maps each class to one other label.
  const double gain = right_in_training - by_chance;
  const double error = 0.5 / std::sqrt(static_cast<double>(others));
  if (right > by_chance + 0.25 * gain || right_in_training - right < 4 * error ||
      renamed < by_chance + 0.75 * gain || names.size() != called.size() || example.empty())
    return;
  report_labels(context, Severity::warning,
                "the nearest class mean of the training data predicts " +
                    percent(right_in_training) + " of the training labels '" + role.name +
                    "' and " + percent(right) + " of the evaluation labels, but " +
                    percent(renamed) + " after renaming the latter: " + example);
}

/// Finds regression targets on a different scale.
void check_scale_of(Context& context, const Column& training, const Column& evaluation) {
  const auto moments = [](const Column& column, std::int64_t rows) {
    double mean = 0;
    double squares = 0;
    double n = 0;
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t e = 0; e < column.elements; ++e) {
        const double value = column.value(r, e);
        if (!std::isfinite(value)) continue;
        const double off = value - mean;
        mean += off / ++n;
        squares += off * (value - mean);
      }
    return std::pair{mean, std::sqrt(squares / std::max(1.0, n))};
  };
  const auto [mean, deviation] = moments(training, context.sample.size());
  const auto [other_mean, other_deviation] = moments(evaluation, context.evaluation->size());
  if (!(deviation > 0)) return;
  const double shift = std::abs(other_mean - mean) / deviation;
  const double ratio = other_deviation / deviation;
  if (shift < 3 && ratio > 0.2 && ratio < 5) return;
  context.report.add({"evaluation-targets-differ",
                      Severity::warning,
                      "targets '" + training.spec.name + "' of the evaluation data have mean " +
                          number(other_mean) + " and standard deviation " +
                          number(other_deviation) + ", those of the training data " + number(mean) +
                          " and " + number(deviation),
                      "the evaluation measures errors against targets on another scale",
                      "the same preprocessing for both, with the statistics of the training data",
                      {{"shift", shift}, {"deviation_ratio", ratio}}});
}

}  // namespace

void check_evaluation_labels(Context& context) {
  if (!context.evaluation || !context.evaluation->error.empty() || !context.sample.error.empty())
    return;
  for (const InputRole& role : context.roles) {
    const Column* const training = context.sample.find(role.name);
    const Column* const evaluation = context.evaluation->find(role.name);
    if (!role.is_target || training == nullptr || evaluation == nullptr ||
        training->elements != evaluation->elements || context.sample.size() < fewest_labels ||
        context.evaluation->size() < fewest_labels)
      continue;
    if (check_limits(context, role, *evaluation)) continue;
    const bool is_one =
        training->elements == 1 || (role.is_distribution && training->spec.row_shape.size() == 1);
    if (is_one && check_sets(context, role, *training, *evaluation)) continue;
    const bool is_class = role.classes > 0 || role.is_distribution || role.is_probability;
    if (is_class && is_one)
      check_meaning(context, role, *training, *evaluation);
    else if (!is_class && is_floating(training->spec.dtype) && context.sample.size() >= 30 &&
             context.evaluation->size() >= 30)
      check_scale_of(context, *training, *evaluation);
  }
}

}  // namespace foregraph::checks
