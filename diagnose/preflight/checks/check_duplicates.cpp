#include <algorithm>
#include <cstddef>
#include <cstring>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/diagnose/samples/row_hashes.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph::checks {
namespace {

/// Returns the features as stored; excludes noise made by a stage.
std::vector<std::string> feature_fields(const Context& context) {
  std::vector<std::string> names;
  for (const InputRole& role : context.roles)
    if (role.is_feature && !context.is_noise(role.name) &&
        context.data.dataset().find(role.name) >= 0)
      names.push_back(role.name);
  return names;
}

/// Returns the fraction of rows that repeat another row. Sorts `hashes`.
double share_repeated(std::vector<std::uint64_t>& hashes) {
  std::sort(hashes.begin(), hashes.end());
  std::int64_t repeated = 0;
  for (std::size_t i = 1; i < hashes.size(); ++i) repeated += hashes[i] == hashes[i - 1] ? 1 : 0;
  return hashes.empty() ? 0 : static_cast<double>(repeated) / static_cast<double>(hashes.size());
}

/// Rows of a few discrete features repeat by nature.
bool are_continuous(const Context& context) {
  for (const InputRole& role : context.roles) {
    const Column* const column = context.sample.find(role.name);
    if (!role.is_feature || context.is_noise(role.name) || column == nullptr ||
        !is_floating(column->spec.dtype))
      continue;
    std::vector<double> values;
    for (std::int64_t r = 0; r < std::min<std::int64_t>(context.sample.size(), 256); ++r)
      values.push_back(column->value(r, r % column->elements));
    std::sort(values.begin(), values.end());
    const auto distinct = std::unique(values.begin(), values.end()) - values.begin();
    if (distinct > 16) return true;
  }
  return false;
}

void check_overlap(Context& context, const std::vector<std::string>& names,
                   const RowHashes& training, double repeated) {
  const data::Dataset& evaluation = context.options.evaluation->dataset();
  const RowHashes others = row_hashes(evaluation, names, context.options.most_seconds);
  if (others.hashes.empty()) return;
  std::int64_t found = 0;
  for (const std::uint64_t hash : others.hashes)
    found += std::binary_search(training.hashes.begin(), training.hashes.end(), hash) ? 1 : 0;
  const double share = static_cast<double>(found) / static_cast<double>(others.hashes.size());
  const double in_all = std::min(1.0, share / std::max(training.share(), 1e-9));
  if (found < 2 || in_all < 0.01 || in_all < 2 * repeated) return;
  context.report.add(
      {"evaluation-overlaps-training",
       Severity::warning,
       with_separators(found) + " of " +
           counted(static_cast<std::int64_t>(others.hashes.size()), "row") +
           " of the evaluation data examined have exactly the features of a training row" +
           (training.share() < 1 ? "; only " + percent(training.share()) +
                                       " of the training data were compared, so about " +
                                       percent(in_all) + " in total"
                                 : ""),
       "the evaluation measures memorization, and early stopping stops too late",
       "remove duplicates, then split the data once, and keep the two parts separate",
       {{"found", static_cast<double>(found)}, {"share", in_all}}});
}

}  // namespace

void find_noise(Context& context) {
  const data::Dataset& data = context.data.dataset();
  if (context.data.stages().empty()) return;
  constexpr std::int64_t most_rows = 64;
  std::vector<std::vector<std::byte>> rows(data.fields().size());
  std::vector<std::byte*> to;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].resize(static_cast<std::size_t>(data.fields()[i].row_bytes()));
    to.push_back(rows[i].data());
  }
  std::vector<std::vector<std::byte>> first;
  std::vector<char> constant(rows.size(), 1);
  const std::int64_t looked_at = std::min(context.sample.size(), most_rows);
  for (std::int64_t r = 0; r < looked_at; ++r) {
    data.read(context.sample.rows[static_cast<std::size_t>(r)], to);
    if (r == 0) first = rows;
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (rows[i] != first[i]) constant[i] = 0;
  }
  for (std::size_t i = 0; i < rows.size() && looked_at > 1; ++i) {
    const Column* const column = context.sample.find(data.fields()[i].name);
    if (constant[i] == 0 || column == nullptr) continue;
    const auto bytes = static_cast<std::size_t>(column->spec.row_bytes());
    bool varies = false;
    for (std::int64_t r = 1; r < looked_at; ++r)
      varies = varies || std::memcmp(column->row(r), column->row(0), bytes) != 0;
    if (varies) context.noise.push_back(column->spec.name);
  }
}

void check_duplicates(Context& context) {
  const std::vector<std::string> names = feature_fields(context);
  if (names.empty() || context.data.stream() || !are_continuous(context)) return;
  try {
    context.report.add_checked("duplicates");
    RowHashes training = row_hashes(context.data.dataset(), names, context.options.most_seconds);
    if (training.hashes.empty()) return;
    const double repeated = share_repeated(training.hashes);
    const double in_all = std::min(1.0, repeated / training.share());
    if (repeated > 0.05 || (in_all > 0.2 && repeated > 0.01))
      context.report.add(
          {"duplicate-rows",
           Severity::warning,
           percent(repeated) + " of " +
               counted(static_cast<std::int64_t>(training.hashes.size()), "row") +
               " examined have exactly the features of another",
           "an epoch has fewer distinct samples than it seems; after a random split, the same rows "
           "are in training and evaluation",
           "remove duplicates before splitting the data; use class_balanced() instead of copies of "
           "rare classes",
           {{"share", repeated}, {"rows", static_cast<double>(training.hashes.size())}}});
    if (context.options.evaluation && !context.options.evaluation->stream())
      check_overlap(context, names, training, in_all);
  } catch (const std::exception& error) {
    context.report.add_skipped("duplicates", error.what());
  }
}

}  // namespace foregraph::checks
