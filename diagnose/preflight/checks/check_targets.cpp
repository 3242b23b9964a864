#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <map>

namespace foregraph::checks {
namespace {

struct Spread {
  double mean = 0;
  double deviation = 0;
  double least = 0;
  double most = 0;
};
Spread spread_of(const Column& column, std::int64_t rows) {
  Spread s;
  double squares = 0;
  double n = 0;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t e = 0; e < column.elements; ++e) {
      const double value = column.value(r, e);
      if (!std::isfinite(value)) continue;
      if (n == 0) s.least = s.most = value;
      s.least = std::min(s.least, value);
      s.most = std::max(s.most, value);
      n += 1;
      const double off = value - s.mean;
      s.mean += off / n;
      squares += off * (value - s.mean);
    }
  s.deviation = n > 0 ? std::sqrt(squares / n) : 0;
  return s;
}

/// Checks that integer labels are in [0, limit).
void check_range(Context& context, const Column& column, std::int64_t limit, bool is_label) {
  std::int64_t wrong = 0;
  std::int64_t first_row = 0;
  double first = 0;
  double least = 0;
  double most = 0;
  for (std::int64_t r = 0; r < context.sample.size(); ++r)
    for (std::int64_t e = 0; e < column.elements; ++e) {
      const double value = column.value(r, e);
      if (r == 0 && e == 0) least = most = value;
      least = std::min(least, value);
      most = std::max(most, value);
      if (value >= 0 && value < static_cast<double>(limit)) continue;
      if (wrong++ > 0) continue;
      first = value;
      first_row = context.sample.rows[static_cast<std::size_t>(r)];
    }
  if (wrong == 0) return;
  const bool from_one = least >= 1 && most == static_cast<double>(limit);
  context.report.add(
      {is_label ? "label-out-of-range" : "index-out-of-range",
       Severity::error,
       counted(wrong, "value") + " of '" + column.spec.name + "' in " +
           counted(context.sample.size(), "sample") + " examined are outside 0 to " +
           with_separators(limit - 1) + "; the first is " + number(first) + " in row " +
           with_separators(first_row) + ", the range is " + number(least) + " to " + number(most),
       "the first step with such a value throws a DataError",
       from_one ? "labels seem to start at 1: subtract 1, or give the model one more class"
       : is_label
           ? "give the model as many classes as there are labels, or number the labels from 0"
           : "give the table a row for each index, or map unknown indices to one of its rows",
       {{"wrong", static_cast<double>(wrong)},
        {"least", least},
        {"most", most},
        {"limit", static_cast<double>(limit)}}});
}

void check_classes(Context& context, const Column& column, std::int64_t classes) {
  std::map<double, std::int64_t> counts;
  for (std::int64_t r = 0; r < context.sample.size(); ++r) ++counts[column.value(r, 0)];
  const std::int64_t rows = context.sample.size();
  if (rows < 8) return;
  if (counts.size() == 1) {
    context.report.add(
        {"labels-of-one-class",
         Severity::error,
         "all " + counted(rows, "label") + " of '" + column.spec.name + "' examined are " +
             number(counts.begin()->first),
         "the model learns to always give the same answer, with a loss near zero",
         "check how the labels are read, and, if the data are sorted, that none are missing",
         {{"rows", static_cast<double>(rows)}}});
    return;
  }
  std::int64_t most = 0;
  for (const auto& [label, count] : counts) most = std::max(most, count);
  const double share = static_cast<double>(most) / static_cast<double>(rows);
  if (share > 0.95)
    context.report.add({"unbalanced-classes",
                        Severity::note,
                        percent(share) + " of the labels are of one class",
                        "always predicting that class has the same accuracy; rare classes "
                        "contribute almost no gradient",
                        "judge by precision and recall or AUC; Pipeline::class_balanced(), or "
                        "weights in the loss",
                        {{"share", share}}});
  const auto present = static_cast<std::int64_t>(counts.size());
  if (classes > present && rows >= 20 * classes)
    context.report.add(
        {"unused-classes",
         Severity::note,
         "the model has " + counted(classes, "class") + ", but " + counted(rows, "sample") +
             " have labels of " + with_separators(present) + " only",
         "the other outputs only learn to be small",
         "check the number of classes, and that no class is missing in the data",
         {{"classes", static_cast<double>(classes)}, {"present", static_cast<double>(present)}}});
}

void check_probabilities(Context& context, const Column& column) {
  const Spread s = spread_of(column, context.sample.size());
  if (s.least >= 0 && s.most <= 1) return;
  const bool is_signed = s.least == -1 && s.most == 1;
  context.report.add(
      {"target-outside-0-to-1",
       Severity::error,
       "targets '" + column.spec.name + "' of a binary cross-entropy are from " + number(s.least) +
           " to " + number(s.most),
       "the loss has no minimum at a finite prediction: it falls below zero, and predictions go to "
       "0 or 1",
       is_signed ? "map labels -1 and 1 to targets 0 and 1"
                 : "targets are probabilities: scale them to [0,1], use softmax_cross_entropy for "
                   "more than two classes, or a squared error for other numbers",
       {{"least", s.least}, {"most", s.most}}});
}

void check_distributions(Context& context, const Column& column, std::int64_t classes) {
  if (classes < 1) return;
  for (std::int64_t r = 0; r < context.sample.size(); ++r)
    for (std::int64_t e = 0; e + classes <= column.elements; e += classes) {
      double sum = 0;
      double least = 0;
      for (std::int64_t k = 0; k < classes; ++k) {
        sum += column.value(r, e + k);
        least = std::min(least, column.value(r, e + k));
      }
      if (std::abs(sum - 1) < 1e-3 && least >= 0) continue;
      context.report.add({"target-is-no-distribution",
                          Severity::error,
                          "row " +
                              with_separators(context.sample.rows[static_cast<std::size_t>(r)]) +
                              " of targets '" + column.spec.name + "' sums to " + number(sum) +
                              (least < 0 ? " with negative values" : ""),
                          "the minimum of a cross-entropy with such targets is not at the targets",
                          "divide each row by its sum, or pass labels to softmax_cross_entropy()",
                          {{"sum", sum}, {"least", least}}});
      return;
    }
}

void check_scale(Context& context, const Column& column) {
  const Spread s = spread_of(column, context.sample.size());
  const std::vector<Figure> figures{{"mean", s.mean}, {"deviation", s.deviation}};
  if (context.sample.size() >= 8 && s.least == s.most) {
    context.report.add({"constant-target", Severity::error,
                        "all targets '" + column.spec.name + "' examined are " + number(s.mean),
                        "the model learns a constant", "check how the targets are read", figures});
    return;
  }
  const double size = std::max(std::abs(s.mean), s.deviation);
  if (size > 300 || (s.deviation > 0 && size < 1e-3))
    context.report.add(
        {"target-scale", Severity::warning,
         "targets '" + column.spec.name + "' have mean " + number(s.mean) +
             " and standard deviation " + number(s.deviation),
         size > 300
             ? "errors and gradients are just as large: with the usual learning rates training "
               "diverges, or crawls for thousands of steps until the outputs have grown"
             : "errors and gradients are just as small: a loss near zero says nothing, and "
               "training barely moves",
         "train on (target - mean) / standard deviation, and convert predictions back with the "
         "same two numbers",
         figures});
}

}  // namespace

void check_targets(Context& context) {
  context.report.add_checked("targets");
  for (const InputRole& role : context.roles) {
    const Column* const column = context.sample.find(role.name);
    if (column == nullptr || context.sample.size() == 0) continue;
    const bool is_floating_field = is_floating(column->spec.dtype);
    if (role.is_index && role.table_rows > 0 && !is_floating_field)
      check_range(context, *column, role.table_rows, false);
    if (!role.is_target) continue;
    if (role.classes > 0 && !is_floating_field) check_range(context, *column, role.classes, true);
    if (column->elements == 1 && (role.classes > 0 || role.is_probability))
      check_classes(context, *column, role.classes);
    if (role.is_probability) {
      check_probabilities(context, *column);
    } else if (role.is_distribution) {
      const Node& node = context.model.evaluation->node(role.node);
      check_distributions(context, *column, node.shape[-1].constant);
    } else if (role.classes == 0 && is_floating_field &&
               !is_classification(*context.model.evaluation)) {
      check_scale(context, *column);
    }
  }
}

}  // namespace foregraph::checks
