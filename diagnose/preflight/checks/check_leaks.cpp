// Labels that leak into the features.
#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <map>
#include <set>
#include <vector>

namespace foregraph::checks {
namespace {

constexpr std::int64_t fewest_samples_of_leak = 16;
constexpr std::int64_t most_searched = 4096;

/// Returns one number per sample: the label, or the class of a distribution.
std::vector<double> labels_of(const Context& context, const InputRole& role, const Column& column) {
  std::vector<double> labels;
  for (std::int64_t r = 0; r < context.sample.size(); ++r) {
    std::int64_t best = 0;
    for (std::int64_t e = 1; role.is_distribution && e < column.elements; ++e)
      if (column.value(r, e) > column.value(r, best)) best = e;
    labels.push_back(role.is_distribution ? static_cast<double>(best) : column.value(r, 0));
  }
  return labels;
}

/// Returns whether feature and label determine each other.
bool is_one_to_one(const std::vector<double>& labels, const Column& column, std::int64_t element) {
  std::map<double, double> label_of;
  std::map<double, double> value_of;
  for (std::size_t r = 0; r < labels.size(); ++r) {
    const double value = column.value(static_cast<std::int64_t>(r), element);
    if (label_of.emplace(value, labels[r]).first->second != labels[r]) return false;
    if (value_of.emplace(labels[r], value).first->second != value) return false;
  }
  return true;
}

/// Returns the class that the feature indicates: one value for that class, another value for all
/// others. -1 if there is none.
int indicated_class(const std::vector<int>& classes, int count, const Column& column,
                    std::int64_t element) {
  std::vector<double> value_of(static_cast<std::size_t>(count));
  std::vector<char> seen(static_cast<std::size_t>(count), 0);
  for (std::size_t r = 0; r < classes.size(); ++r) {
    const auto k = static_cast<std::size_t>(classes[r]);
    const double value = column.value(static_cast<std::int64_t>(r), element);
    if (seen[k] != 0 && value_of[k] != value) return -1;
    value_of[k] = value;
    seen[k] = 1;
  }
  std::map<double, int> counts;
  for (const double value : value_of) ++counts[value];
  if (counts.size() != 2) return -1;
  for (int k = 0; k < count; ++k)
    if (counts[value_of[static_cast<std::size_t>(k)]] == 1) return k;
  return -1;
}

bool is_copy(const std::vector<double>& labels, const Column& column, std::int64_t element) {
  for (std::size_t r = 0; r < labels.size(); ++r)
    if (column.value(static_cast<std::int64_t>(r), element) != labels[r]) return false;
  return true;
}

/// Returns whether label = a * feature + b up to rounding.
bool is_scaled(const std::vector<double>& labels, const Column& column, std::int64_t element) {
  double mean_x = 0;
  double mean_y = 0;
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t r = 0; r < labels.size(); ++r) {
    const double x = column.value(static_cast<std::int64_t>(r), element);
    const auto n = static_cast<double>(r + 1);
    const double dx = x - mean_x;
    const double dy = labels[r] - mean_y;
    mean_x += dx / n;
    mean_y += dy / n;
    xx += dx * (x - mean_x);
    yy += dy * (labels[r] - mean_y);
    xy += dx * (labels[r] - mean_y);
    if (r == 15 && xy * xy < 0.999 * xx * yy) return false;
  }
  return xx > 0 && yy > 0 && xy * xy > (1 - 1e-9) * xx * yy;
}

void report_leak(Context& context, const InputRole& target, const std::string& feature,
                 const std::string& how) {
  context.report.add({"label-is-a-feature",
                      Severity::warning,
                      feature + ' ' + how + " '" + target.name + "' in all " +
                          counted(context.sample.size(), "sample") + " examined",
                      "the model learns to read the label there, has almost no error in training "
                      "and evaluation, and is useless where the label is unknown",
                      "remove it from the features, with everything else derived from the label",
                      {{"rows", static_cast<double>(context.sample.size())}}});
}

/// Names an element: "feature 'age'", "element 3 of 'x'".
std::string name_of_element(const Column& column, std::int64_t element) {
  return column.elements == 1
             ? "feature '" + column.spec.name + "'"
             : "element " + std::to_string(element) + " of '" + column.spec.name + "'";
}

void check_target(Context& context, const InputRole& target, const Column& column,
                  const std::vector<const Column*>& features) {
  const std::vector<double> labels = labels_of(context, target, column);
  const std::set<double> classes(labels.begin(), labels.end());
  const bool is_class = target.classes > 0 || target.is_distribution || classes.size() <= 2 ||
                        (target.is_probability && classes.size() <= 32);
  // Each class needs several samples, else a coincidence would count as evidence.
  if (classes.size() < 2 || (is_class && labels.size() < 4 * classes.size())) return;
  const std::vector<double> in_order(classes.begin(), classes.end());
  std::vector<int> numbers;
  for (const double label : labels)
    numbers.push_back(static_cast<int>(std::lower_bound(in_order.begin(), in_order.end(), label) -
                                       in_order.begin()));
  const auto count = static_cast<int>(classes.size());
  std::set<int> indicated;
  std::string first_indicator;
  for (const Column* const feature : features)
    for (std::int64_t e = 0; e < feature->elements; ++e) {
      const auto name = [&] { return name_of_element(*feature, e); };
      if (is_copy(labels, *feature, e)) return report_leak(context, target, name(), "equals");
      if (is_class && is_one_to_one(labels, *feature, e))
        return report_leak(context, target, name(), "has one value for each value of");
      if (!is_class && is_scaled(labels, *feature, e))
        return report_leak(context, target, name(), "is a linear function of");
      if (!is_class || count < 3) continue;
      const int indicates = indicated_class(numbers, count, *feature, e);
      if (indicates < 0) continue;
      if (indicated.empty()) first_indicator = name();
      indicated.insert(indicates);
    }
  if (is_class && classes.size() >= 3 && indicated.size() + 1 >= classes.size())
    report_leak(context, target,
                counted(static_cast<std::int64_t>(indicated.size()), "feature") + " (" +
                    first_indicator + " first)",
                "together are the one-hot form of");
}

}  // namespace

void check_leaks(Context& context) {
  if (context.sample.size() < fewest_samples_of_leak || !context.sample.error.empty()) return;
  std::vector<const Column*> features;
  std::int64_t elements = 0;
  for (const InputRole& role : context.roles) {
    const Column* const column = context.sample.find(role.name);
    // The label may well be a position of a token sequence.
    if (column == nullptr || !role.is_feature || role.is_target ||
        (role.is_index && column->elements > 1) || column->elements > most_searched)
      continue;
    features.push_back(column);
    elements += column->elements;
  }
  // With a single feature, the label has to be a function of it.
  if (elements < 2) return;
  context.report.add_checked("labels among features");
  for (const InputRole& role : context.roles) {
    const Column* const column = context.sample.find(role.name);
    if (column == nullptr || !role.is_target || role.is_feature) continue;
    if (column->elements == 1 || (role.is_distribution && column->spec.row_shape.size() == 1))
      check_target(context, role, *column, features);
  }
}

}  // namespace foregraph::checks
