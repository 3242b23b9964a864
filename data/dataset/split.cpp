#include <algorithm>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/label_classes.hpp>
#include <foregraph/detail/data/dataset/permutation.hpp>
#include <foregraph/detail/data/dataset/split.hpp>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace foregraph::data {
namespace {

using detail::LabelClasses;
using Counts = std::vector<std::int64_t>;

/// An epoch number that no loader reaches, so a loader with the same seed uses a different order.
constexpr std::uint64_t split_epoch = 0x53504c4954000000;

std::int64_t validation_size(std::int64_t samples, double share) {
  if (!(share > 0 && share < 1))
    throw UsageError("SplitOptions::validation is " + std::to_string(share) +
                     ", expected a fraction above 0 and below 1, such as 0.2");
  const auto size = static_cast<std::int64_t>(std::llround(share * static_cast<double>(samples)));
  if (size == 0 || size == samples)
    throw DataError("splitting " + std::to_string(samples) + " samples with " +
                    std::to_string(share) + " of them for validation leaves no samples for " +
                    (size == 0 ? "validation" : "training") +
                    "; change SplitOptions::validation, or give more samples");
  return size;
}

/// Returns how many samples of each class go to validation, by Hamilton's method of largest
/// remainders. O(c log c) for c classes.
Counts shares(const Counts& class_sizes, double share, std::int64_t total) {
  Counts counts(class_sizes.size());
  std::vector<std::pair<double, std::size_t>> remainders;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const double exact = share * static_cast<double>(class_sizes[c]);
    counts[c] = static_cast<std::int64_t>(exact);
    // The only sample of a class is taken last.
    remainders.emplace_back(class_sizes[c] == 1 ? -1.0 : exact - std::floor(exact), c);
  }
  std::ranges::stable_sort(remainders, [](auto& a, auto& b) { return a.first > b.first; });
  std::int64_t left = total - std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  for (std::size_t i = 0; left > 0; ++i, --left) ++counts[remainders[i].second];
  return counts;
}

/// Throws DataError if a side would hold only one class.
void check_side(const char* side, const std::vector<std::int64_t>& rows,
                const LabelClasses& classes, const SplitOptions& options) {
  const auto class_of = [&](std::int64_t row) {
    return classes.of_sample[static_cast<std::size_t>(row)];
  };
  const std::int32_t first = class_of(rows[0]);
  if (std::ranges::any_of(rows, [&](std::int64_t row) { return class_of(row) != first; })) return;
  throw DataError("the " + std::string(side) + " side of the split would have " +
                  std::to_string(rows.size()) + (rows.size() == 1 ? " sample" : " samples, all") +
                  " of class " + classes.names[static_cast<std::size_t>(first)] + " (field '" +
                  options.label + "'), while the data has " + std::to_string(classes.sizes.size()) +
                  " classes: training or evaluating on one class is meaningless; " +
                  (options.stratify ? "there are too few samples of the other classes: change "
                                      "SplitOptions::validation, or give more samples"
                                    : "set SplitOptions::stratify, or make this side larger"));
}

std::optional<LabelClasses> classes_for(const Dataset& data, const SplitOptions& options) {
  std::optional<LabelClasses> classes;
  const bool has_label = data.find(options.label) >= 0 || data.has_text(options.label);
  if (has_label) classes = detail::label_classes(data, options.label);
  if (classes || !options.stratify) return classes;
  if (has_label)
    throw DataError(
        "SplitOptions::stratify needs classes, but the field '" + options.label +
        "' is floating-point and has more than " + std::to_string(detail::most_floating_classes) +
        " distinct values; split without stratify, or choose another field in SplitOptions::label");
  std::string has;
  for (const FieldSpec& spec : data.fields()) has += (has.empty() ? "'" : ", '") + spec.name + "'";
  throw DataError("SplitOptions::stratify needs the field '" + options.label +
                  "', which does not exist; the fields are " + (has.empty() ? "none" : has) +
                  "; set SplitOptions::label to the one that holds the classes");
}

}  // namespace

Split split(const Dataset& data, const SplitOptions& options) {
  const std::int64_t total = validation_size(data.size(), options.validation);
  const std::optional<LabelClasses> classes = classes_for(data, options);

  std::vector<std::int64_t> order(static_cast<std::size_t>(data.size()));
  permute(order, options.seed, split_epoch);
  // Without stratify, treat all samples as one class.
  Counts wanted =
      options.stratify ? shares(classes->sizes, options.validation, total) : Counts{total};
  std::vector<std::int64_t> training;
  std::vector<std::int64_t> validation;
  training.reserve(order.size() - static_cast<std::size_t>(total));
  validation.reserve(static_cast<std::size_t>(total));
  for (const std::int64_t row : order) {
    const std::size_t c =
        options.stratify
            ? static_cast<std::size_t>(classes->of_sample[static_cast<std::size_t>(row)])
            : 0;
    const bool validates = wanted[c] > 0;
    if (validates) --wanted[c];
    (validates ? validation : training).push_back(row);
  }
  if (classes && classes->sizes.size() > 1) {
    check_side("training", training, *classes, options);
    check_side("validation", validation, *classes, options);
  }
  return {data.select(std::move(training)), data.select(std::move(validation))};
}

}  // namespace foregraph::data
