#include <algorithm>
#include <cmath>
#include <cstring>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph::checks {
namespace {

/// More features than this are pixels or similar, some of which are always constant.
constexpr std::int64_t most_columns_by_meaning = 64;
constexpr double largest_ratio = 1e3;
constexpr std::int64_t most_scanned_elements = std::int64_t{1} << 26;

struct Feature {
  double mean = 0;
  double deviation = 0;
  double least = 0;
  double most = 0;
  bool two_values = true;
  [[nodiscard]] bool is_constant() const { return least == most; }
};

Feature feature_of(const Column& column, std::int64_t rows, std::int64_t element) {
  Feature f;
  double squares = 0;
  double second = 0;
  bool has_second = false;
  for (std::int64_t r = 0; r < rows; ++r) {
    const double value = column.value(r, element);
    if (r == 0) f.least = f.most = value;
    f.least = std::min(f.least, value);
    f.most = std::max(f.most, value);
    const double off = value - f.mean;
    f.mean += off / static_cast<double>(r + 1);
    squares += off * (value - f.mean);
    if (value != column.value(0, element)) {
      f.two_values = f.two_values && (!has_second || value == second);
      second = value;
      has_second = true;
    }
  }
  f.deviation = std::sqrt(squares / static_cast<double>(std::max<std::int64_t>(1, rows)));
  return f;
}

void report_not_finite(Context& context, const std::string& field, std::int64_t count,
                       std::int64_t row, double value, const std::string& of) {
  context.data_are_finite = false;
  context.report.add({"nan-in-data",
                      Severity::error,
                      counted(count, "value") + " of field '" + field + "'" + of +
                          " are not finite; the first is " + number(value) + " in row " +
                          with_separators(row),
                      "the first step with such a sample makes the loss and every parameter NaN",
                      "replace missing values when reading (CsvOptions::missing) or in a pipeline "
                      "stage, or remove such samples",
                      {{"values", static_cast<double>(count)}, {"row", static_cast<double>(row)}}});
}

void check_finite(Context& context, const SampledRows& sample, const Column& column,
                  const std::string& of) {
  std::int64_t count = 0;
  std::int64_t first = 0;
  double first_value = 0;
  for (std::int64_t r = 0; r < sample.size(); ++r)
    for (std::int64_t e = 0; e < column.elements; ++e) {
      const double value = column.value(r, e);
      if (std::isfinite(value)) continue;
      if (count++ > 0) continue;
      first = sample.rows[static_cast<std::size_t>(r)];
      first_value = value;
    }
  if (count > 0) report_not_finite(context, column.spec.name, count, first, first_value, of);
}

/// Scans a whole in-memory field that reaches the model unchanged. A sum of products with zero is
/// NaN if any value is not finite, and such a loop runs at memory speed.
void scan_all(Context& context, std::size_t field) {
  const data::FieldSpec& spec = context.data.dataset().fields()[field];
  const std::int64_t rows = context.data.dataset().size();
  const std::int64_t elements = spec.row_elements();
  if (spec.dtype != f32 || rows * elements > most_scanned_elements) return;
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto* values = reinterpret_cast<const float*>(context.data.dataset().row(field, r));
    float sum = 0;
    for (std::int64_t e = 0; e < elements; ++e) sum += values[e] * 0.0F;
    if (sum == 0) continue;
    for (std::int64_t e = 0; e < elements; ++e)
      if (!std::isfinite(values[e]))
        return report_not_finite(context, spec.name, 1, r, static_cast<double>(values[e]),
                                 " (or more)");
  }
}

void check_scales(Context& context, const Column& column) {
  const std::int64_t rows = context.sample.size();
  std::vector<Feature> features;
  // Examine at most some ten thousand features, evenly spread.
  const std::int64_t step = std::max<std::int64_t>(1, column.elements / 4096);
  for (std::int64_t e = 0; e < column.elements; e += step)
    features.push_back(feature_of(column, rows, e));

  std::int64_t constant = 0;
  double least = column.value(0, 0);
  double most = least;
  for (const Feature& f : features) {
    constant += f.is_constant() ? 1 : 0;
    least = std::min(least, f.least);
    most = std::max(most, f.most);
  }
  const auto count = static_cast<std::int64_t>(features.size());
  const std::string name = "'" + column.spec.name + "'";
  const bool has_meaning =
      column.spec.row_shape.size() <= 1 && column.elements <= most_columns_by_meaning;
  if (constant > 0 && rows >= 8) {
    std::int64_t first = 0;
    while (!features[static_cast<std::size_t>(first)].is_constant()) ++first;
    const bool all = constant == count;
    context.report.add(
        {all ? "all-features-constant" : "constant-features",
         all           ? Severity::error
         : has_meaning ? Severity::warning
                       : Severity::note,
         counted(constant, "feature") + " of " + with_separators(count) + " in " + name +
             " examined have a single value in all " + counted(rows, "sample") + "; feature " +
             std::to_string(first * step) + " is always " +
             number(features[static_cast<std::size_t>(first)].mean),
         all ? "the model can only learn a constant"
             : "they carry no information, and their weights act as a second bias",
         "check how the data are read; remove such columns",
         {{"constant", static_cast<double>(constant)}, {"features", static_cast<double>(count)}}});
    if (all) return;
  }

  const bool are_images = column.spec.row_shape.size() >= 2 || column.elements > 64;
  if (are_images && least >= 0 && most > 16 && most <= 255) {
    context.report.add({"features-0-to-255",
                        Severity::warning,
                        "values of " + name + " are from " + number(least) + " to " + number(most) +
                            ", like pixels in image files",
                        "the first layer's outputs are a hundred times too large: sigmoids "
                        "saturate, ReLUs die, and the usual learning rates diverge",
                        "divide by 255, or subtract the mean and divide by the standard deviation "
                        "of the training data; do the same in evaluation",
                        {{"least", least}, {"most", most}}});
    return;
  }

  double smallest = 0;
  double largest = 0;
  const Feature* far = nullptr;
  double largest_size = 0;
  for (const Feature& f : features) {
    if (f.is_constant()) continue;
    largest_size = std::max(largest_size, std::max(std::abs(f.mean), f.deviation));
    if (!f.two_values) {
      smallest = smallest == 0 ? f.deviation : std::min(smallest, f.deviation);
      largest = std::max(largest, f.deviation);
    }
    if (std::abs(f.mean) > 20 * f.deviation && std::abs(f.mean) > 1 && (far == nullptr)) far = &f;
  }
  const std::string standardise =
      "standardize each feature: subtract the mean and divide by the standard deviation of the "
      "training data (Preprocessing().standardize()); do the same in evaluation";
  if (has_meaning && smallest > 0 && largest / smallest > largest_ratio) {
    context.report.add({"feature-scales-differ",
                        Severity::warning,
                        "the standard deviations of the features in " + name + " are from " +
                            number(smallest) + " to " + number(largest) + ": a factor of " +
                            number(largest / smallest),
                        "a learning rate that suits the large features is too low for the small "
                        "ones; their gradients differ by the square of that factor",
                        standardise,
                        {{"smallest", smallest}, {"largest", largest}}});
  } else if (largest_size > 100) {
    context.report.add({"feature-scale",
                        Severity::warning,
                        "features in " + name + " are as large as " + number(largest_size) +
                            " (mean or standard deviation)",
                        "outputs of the first layer are just as large: sigmoids saturate, ReLUs "
                        "die, and the usual learning rates diverge",
                        standardise,
                        {{"size", largest_size}}});
  } else if (largest_size > 0 && largest_size < 1e-3) {
    context.report.add({"feature-scale",
                        Severity::warning,
                        "no feature in " + name + " is larger than " + number(largest_size) +
                            " (mean or standard deviation)",
                        "weights have to grow a thousandfold before the features matter",
                        standardise,
                        {{"size", largest_size}}});
  }
  if (far != nullptr && has_meaning)
    context.report.add({"feature-offset",
                        Severity::warning,
                        "a feature in " + name + " has mean " + number(far->mean) +
                            " and a standard deviation of only " + number(far->deviation),
                        "its weight and the bias counteract each other, and its variation is lost "
                        "next to its offset",
                        standardise,
                        {{"mean", far->mean}, {"deviation", far->deviation}}});
}

}  // namespace

void check_features(Context& context) {
  context.report.add_checked("features");
  const auto& fields = context.data.dataset().fields();
  for (const Column& column : context.sample.columns) {
    const InputRole* const role = context.role(column.spec.name);
    if (role == nullptr || context.sample.size() == 0 || !is_floating(column.spec.dtype)) continue;
    const std::size_t before = context.report.findings().size();
    check_finite(context, context.sample, column, "");
    const std::ptrdiff_t field = context.data.dataset().find(column.spec.name);
    if (context.report.findings().size() == before && context.data.stages().empty() &&
        !context.sample.complete() && field >= 0 && fields.size() > 0 &&
        context.data.dataset().in_memory(static_cast<std::size_t>(field)))
      scan_all(context, static_cast<std::size_t>(field));
    if (context.report.findings().size() > before) continue;
    if (role->is_feature && !role->is_target && !role->is_normalised) check_scales(context, column);
  }
  if (!context.evaluation) return;
  for (const Column& column : context.evaluation->columns)
    if (context.role(column.spec.name) != nullptr && is_floating(column.spec.dtype))
      check_finite(context, *context.evaluation, column, " of the evaluation data");
}

}  // namespace foregraph::checks
