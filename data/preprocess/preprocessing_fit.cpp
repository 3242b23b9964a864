// Fits statistics on the training data. Rows are cut into blocks of fixed size. Each block computes
// its moments and extremes separately, and these are merged in block order, so the result does not
// depend on the number of threads. Each pass fits the first unfitted step of each field, on rows
// that have gone through the steps before it.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/random.hpp>
#include <foregraph/detail/base/system/background.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>
#include <limits>

#include <foregraph/detail/data/dataset/row_reader.hpp>
#include <foregraph/detail/data/preprocess/preprocessing_state.hpp>
#include <foregraph/detail/data/preprocess/running_moments.hpp>
#include <foregraph/detail/data/preprocess/vocabulary.hpp>

namespace foregraph::data {
namespace {

using Kind = PreprocessingStep::Kind;
constexpr std::size_t block_rows = 4096;

/// Returns the rows to use: one random row from each of `most` equal parts, so that sorted or
/// periodic data do not bias the result.
std::vector<std::int64_t> rows_to_read(std::int64_t count, const StatisticsOptions& options) {
  const std::int64_t most = options.max_rows > 0 ? std::min(options.max_rows, count) : count;
  std::vector<std::int64_t> rows(static_cast<std::size_t>(most));
  const double part = static_cast<double>(count) / static_cast<double>(most);
  for (std::int64_t i = 0; i < most; ++i) {
    const auto first = static_cast<std::int64_t>(static_cast<double>(i) * part);
    const auto end =
        i + 1 == most ? count : static_cast<std::int64_t>(static_cast<double>(i + 1) * part);
    const std::int64_t choice = std::max<std::int64_t>(1, end - first);
    rows[static_cast<std::size_t>(i)] =
        most == count ? i
                      : first + static_cast<std::int64_t>(
                                    random_bits(options.seed, 0, static_cast<std::uint64_t>(i)) %
                                    static_cast<std::uint64_t>(choice));
  }
  return rows;
}

/// One step to fit in a pass: the steps before it are applied to each row, then statistics are
/// taken.
struct Job {
  std::size_t step = 0;
  std::size_t field = 0;
  const FieldSpec* spec = nullptr;
  std::vector<const PreprocessingStep*> described{};
  std::vector<NumericStep<float>> f32{};
  std::vector<NumericStep<double>> f64{};
  std::size_t width = 1;

  void before(std::span<float> row) const {
    for (const auto& each : f32) each.apply(row);
  }
  void before(std::span<double> row) const {
    for (const auto& each : f64) each.apply(row);
  }
};

struct Statistics {
  explicit Statistics(std::size_t width)
      : moments(width),
        low(width, std::numeric_limits<double>::infinity()),
        high(width, -std::numeric_limits<double>::infinity()) {}

  void merge(const Statistics& other) {
    moments.merge(other.moments);
    for (std::size_t i = 0; i < low.size(); ++i) {
      low[i] = std::min(low[i], other.low[i]);
      high[i] = std::max(high[i], other.high[i]);
    }
  }

  RunningMoments moments;
  std::vector<double> low;
  std::vector<double> high;
};

[[noreturn]] void fail_value(const Job& job, std::int64_t row, std::size_t element, double value) {
  std::string after;
  for (const PreprocessingStep* step : job.described)
    after += (after.empty() ? " after " : ", ") + std::string(name_of(step->kind));
  throw DataError("fit: field '" + job.spec->name + "', row " + std::to_string(row) + ", element " +
                  std::to_string(element) + " is " + std::to_string(value) + after +
                  "; statistics need finite numbers: remove the row, fill in the value, or clip() "
                  "first if it is too large");
}

template <class T>
void take(const Job& job, bool extremes, std::int64_t row, std::span<T> values, Statistics& to) {
  job.before(values);
  // x * 0 is 0 unless x is not finite.
  T sum{0};
  for (const T value : values) sum += value * T{0};
  if (!(sum == T{0}))
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!std::isfinite(values[i])) fail_value(job, row, i, static_cast<double>(values[i]));
  for (std::size_t first = 0; first < values.size(); first += job.width) {
    const T* part = values.data() + first;
    if (!extremes) {
      to.moments.add(part);
      continue;
    }
    for (std::size_t i = 0; i < job.width; ++i) {
      const auto x = static_cast<double>(part[i]);
      to.low[i] = x < to.low[i] ? x : to.low[i];
      to.high[i] = x > to.high[i] ? x : to.high[i];
    }
  }
}

std::vector<Statistics> statistics_of(const Dataset& data, std::span<const Job> jobs,
                                      const std::vector<PreprocessingStep>& steps,
                                      std::span<const std::int64_t> rows) {
  std::vector<Statistics> found;
  std::vector<std::size_t> fields;
  for (const Job& job : jobs) {
    found.emplace_back(job.width);
    fields.push_back(job.field);
  }
  for_each_row(data, fields, rows, [&](std::int64_t row, std::span<std::byte* const> to) {
    for (std::size_t j = 0; j < jobs.size(); ++j) {
      const Job& job = jobs[j];
      const auto elements = static_cast<std::size_t>(job.spec->row_elements());
      const bool extremes = steps[job.step].kind == Kind::min_max;
      std::byte* at = to[job.field];
      if (job.spec->dtype == DType::f32)
        take(job, extremes, row, std::span(reinterpret_cast<float*>(at), elements), found[j]);
      else
        take(job, extremes, row, std::span(reinterpret_cast<double*>(at), elements), found[j]);
    }
    return true;
  });
  return found;
}

/// Computes the statistics of all rows with several threads.
std::vector<Statistics> statistics_of_all(const Dataset& data, std::span<const Job> jobs,
                                          const std::vector<PreprocessingStep>& steps,
                                          std::span<const std::int64_t> rows, int workers) {
  std::vector<Statistics> all;
  for (const Job& job : jobs) all.emplace_back(job.width);
  const auto join = [&](const std::vector<Statistics>& block) {
    for (std::size_t j = 0; j < all.size(); ++j) all[j].merge(block[j]);
  };
  for (std::size_t first = 0; first < rows.size();) {
    std::vector<Background<std::vector<Statistics>>> running;
    for (int w = 0; w < workers && first < rows.size(); ++w) {
      const auto block = rows.subspan(first, std::min(block_rows, rows.size() - first));
      first += block.size();
      if (workers == 1)
        join(statistics_of(data, jobs, steps, block));
      else
        running.emplace_back(
            [&data, jobs, &steps, block] { return statistics_of(data, jobs, steps, block); });
    }
    for (auto& block : running) join(block.get());
  }
  return all;
}

void finish(PreprocessingStep& step, const Statistics& found) {
  for (std::size_t i = 0; i < found.low.size(); ++i) {
    const bool moments = step.kind == Kind::standardize;
    const double shift = moments ? found.moments.mean(i) : found.low[i];
    double divisor = moments ? std::sqrt(found.moments.variance(i)) : found.high[i] - found.low[i];
    if (!std::isfinite(shift) || !std::isfinite(divisor))
      throw DataError("fit: feature " + std::to_string(i) + " of field '" + step.field +
                      "' has values too large to compute its deviation or range; scale() it first");
    const bool constant = !step.can_divide_by(divisor);
    step.shift.push_back(shift);
    step.divisor.push_back(constant ? 1 : divisor);
    step.constant.push_back(constant ? 1 : 0);
  }
  step.fitted = true;
}

const FieldSpec& field_for(const PreprocessingStep& step, const Dataset& data) {
  const std::string what =
      "fit: " + std::string(name_of(step.kind)) + " is for field '" + step.field + "', ";
  const std::ptrdiff_t index = data.find(step.field);
  if (index < 0) {
    if (data.has_text(step.field))
      throw DataError(what + "which is text; only vocabulary() applies to text");
    std::string names;
    for (const FieldSpec& spec : data.fields())
      names += (names.empty() ? "'" : ", '") + spec.name + "'";
    throw DataError(what + "which is not in the training data; its fields are " + names);
  }
  const FieldSpec& spec = data.fields()[static_cast<std::size_t>(index)];
  if (spec.dtype != DType::f32 && spec.dtype != DType::f64)
    throw DataError(what + "which is " + std::string(name_of(spec.dtype)) +
                    "; expected f32 or f64");
  return spec;
}

}  // namespace

Preprocessing Preprocessing::fit(const Dataset& training, const StatisticsOptions& options) const {
  if (options.max_rows < 0 || options.workers < 1 || options.workers > most_workers)
    throw UsageError("fit: max_rows is " + std::to_string(options.max_rows) + " and workers " +
                     std::to_string(options.workers) +
                     ", expected max_rows of 0 or more and 1 to " + std::to_string(most_workers) +
                     " workers");
  if (training.size() < 1) throw DataError("fit: the training data have no samples");
  std::vector<PreprocessingStep> steps = state_->steps;
  const std::vector<std::int64_t> rows = rows_to_read(training.size(), options);
  for (PreprocessingStep& step : steps) {
    step.shift.clear();
    step.divisor.clear();
    step.constant.clear();
    step.words.clear();
    step.fitted = false;
    if (step.kind == Kind::vocabulary) continue;
    const FieldSpec& spec = field_for(step, training);
    step.dtype = spec.dtype;
    step.row_shape = spec.row_shape;
    state_->find(step.field)->check_numbers(step.dtype);
    step.fitted = !step.needs_fit();
  }
  for (PreprocessingStep& step : steps) {
    if (step.kind != Kind::vocabulary) continue;
    step.words = most_frequent_words(training.text(step.field), step.field, step.options, rows);
    step.fitted = true;
  }
  while (true) {
    std::vector<Job> jobs;
    std::vector<std::string> busy;
    for (std::size_t s = 0; s < steps.size(); ++s) {
      if (steps[s].fitted || std::ranges::find(busy, steps[s].field) != busy.end()) continue;
      busy.push_back(steps[s].field);
      Job job{.step = s, .field = static_cast<std::size_t>(training.find(steps[s].field))};
      job.spec = &training.fields()[job.field];
      job.width = steps[s].width();
      for (std::size_t b = 0; b < s; ++b) {
        if (steps[b].field != steps[s].field) continue;
        job.described.push_back(&steps[b]);
        if (job.spec->dtype == DType::f32)
          job.f32.emplace_back(steps[b]);
        else
          job.f64.emplace_back(steps[b]);
      }
      jobs.push_back(std::move(job));
    }
    if (jobs.empty()) break;
    const auto found = statistics_of_all(training, jobs, steps, rows, options.workers);
    for (std::size_t j = 0; j < jobs.size(); ++j) finish(steps[jobs[j].step], found[j]);
  }
  return Preprocessing(std::make_shared<const State>(std::move(steps)));
}

}  // namespace foregraph::data
