#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/metrics/metric.hpp>
#include <utility>

namespace foregraph {
namespace {

std::string sizes(const char* what, std::size_t got, std::int64_t samples, std::int64_t elements) {
  return std::string(what) + " has " + std::to_string(got) + " values for " +
         std::to_string(samples) + " samples (" + std::to_string(elements) +
         " per sample), expected " + std::to_string(samples * elements);
}

void check_sizes(const MetricBatch& batch, MetricReads reads) {
  const auto samples = static_cast<std::size_t>(batch.samples);
  if (reads == MetricReads::output_and_target) {
    if (batch.output_elements < 1 || batch.target_elements < 1)
      throw UsageError("output_elements is " + std::to_string(batch.output_elements) +
                       " and target_elements " + std::to_string(batch.target_elements) +
                       ", expected at least 1 of both per sample");
    if (batch.output.size() != samples * static_cast<std::size_t>(batch.output_elements))
      throw UsageError(
          sizes("the output", batch.output.size(), batch.samples, batch.output_elements));
    if (!batch.exact_output.empty() && batch.exact_output.size() != batch.output.size())
      throw UsageError(sizes("the exact output", batch.exact_output.size(), batch.samples,
                             batch.output_elements));
    const auto each = static_cast<std::size_t>(bytes_per_element(batch.target_dtype));
    if (batch.target.size() != samples * static_cast<std::size_t>(batch.target_elements) * each)
      throw UsageError(
          sizes("the target", batch.target.size() / each, batch.samples, batch.target_elements));
  }
  if (batch.mask.empty()) return;
  if (batch.mask.size() != samples)
    throw UsageError("the mask has " + std::to_string(batch.mask.size()) + " values, expected " +
                     std::to_string(batch.samples) + ", one per sample");
  for (const float weight : batch.mask)
    if (weight != 0 && weight != 1)
      throw DataError("the mask holds " + std::to_string(weight) +
                      ", expected 1 for samples and 0 for padding");
}

/// Checks batches for another accumulator, and adds the metric's name to errors.
class Checked final : public MetricAccumulator {
 public:
  Checked(const Metric& metric, std::unique_ptr<MetricAccumulator> inner)
      : inner_(std::move(inner)), reads_(metric.reads()), where_("metric '" + metric.name() + "'") {
    if (reads_ == MetricReads::output_and_target) {
      where_ += " of output " + std::to_string(metric.output()) + " against ";
      where_ += metric.target().empty() ? "its target" : "'" + metric.target() + "'";
    }
    where_ += ": ";
  }

  void add(const MetricBatch& batch) override {
    try {
      if (batch.samples < 0)
        throw UsageError("a batch of " + std::to_string(batch.samples) + " samples");
      check_sizes(batch, reads_);
      if (batch.samples > 0) inner_->add(batch);
    } catch (const IndexError& error) {
      throw error.prefixed(where_);
    } catch (const DataError& error) {
      throw DataError(where_ + error.what());
    } catch (const UsageError& error) {
      throw UsageError(where_ + error.what());
    }
  }
  [[nodiscard]] double value() const override { return inner_->value(); }
  void reset() override { inner_->reset(); }

 private:
  std::unique_ptr<MetricAccumulator> inner_;
  MetricReads reads_;
  std::string where_;
};

}  // namespace

Metric::Metric(std::string name, Better better, Factory factory, MetricReads reads)
    : name_(std::move(name)), better_(better), reads_(reads), factory_(std::move(factory)) {
  if (name_.empty())
    throw UsageError("a metric has no name; give it one, as the history stores its values by name");
  if (!factory_)
    throw UsageError("metric '" + name_ +
                     "' has no factory; give it a function that makes its "
                     "accumulator");
}

Metric Metric::of_output(std::size_t output) const {
  Metric result = *this;
  result.output_ = output;
  return result;
}

Metric Metric::against(std::string target) const {
  Metric result = *this;
  result.target_ = std::move(target);
  return result;
}

Metric Metric::named(std::string name) const {
  if (name.empty()) throw UsageError("metric '" + name_ + "' cannot be renamed to ''; give a name");
  Metric result = *this;
  result.name_ = std::move(name);
  return result;
}

std::unique_ptr<MetricAccumulator> Metric::accumulator() const {
  auto inner = factory_();
  if (!inner) throw UsageError("metric '" + name_ + "': its factory returned no accumulator");
  return std::make_unique<Checked>(*this, std::move(inner));
}

std::size_t target_of(const Metric& metric, std::span<const MetricInput> inputs) {
  std::string names;
  std::size_t first_integer = inputs.size();
  std::size_t other = inputs.size();
  std::size_t others = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const MetricInput& input = inputs[i];
    if (!metric.target().empty() && input.name == metric.target()) return i;
    names += (names.empty() ? "'" : ", '") + input.name + "'";
    if (input.read_by_output) continue;
    const bool integer = input.dtype == i32 || input.dtype == i64;
    if (integer && first_integer == inputs.size()) first_integer = i;
    other = i;
    ++others;
  }
  const std::string inputs_are = names.empty() ? "has no inputs" : "has the inputs " + names;
  const std::string where = "metric '" + metric.name() + "'";
  if (!metric.target().empty())
    throw UsageError(where + " compares output " + std::to_string(metric.output()) +
                     " with the input '" + metric.target() + "', but the model " + inputs_are +
                     "; choose one of them with against()");
  if (first_integer < inputs.size()) return first_integer;
  if (others == 1) return other;
  throw UsageError(where + " names no target, and " +
                   (others == 0
                        ? "output " + std::to_string(metric.output()) + " depends on every input"
                        : "there are several inputs that output " +
                              std::to_string(metric.output()) + " does not depend on") +
                   ": the model " + inputs_are + "; choose one with against()");
}

MetricBatch metric_batch(std::span<const float> outputs, std::span<const std::byte> targets,
                         DType target_dtype, std::int64_t samples) {
  const auto target_count =
      targets.size() / static_cast<std::size_t>(bytes_per_element(target_dtype));
  if (samples < 1)
    throw UsageError("metric_batch: samples is " + std::to_string(samples) +
                     ", expected at least 1");
  const auto rows = static_cast<std::size_t>(samples);
  if (outputs.empty() || target_count == 0 || outputs.size() % rows != 0 ||
      target_count % rows != 0)
    throw UsageError("metric_batch: got " + std::to_string(outputs.size()) + " output values and " +
                     std::to_string(target_count) + " targets for " + std::to_string(samples) +
                     " samples, expected the same number for each sample");
  return {.output = outputs,
          .output_elements = static_cast<std::int64_t>(outputs.size() / rows),
          .target = targets,
          .target_dtype = target_dtype,
          .target_elements = static_cast<std::int64_t>(target_count / rows),
          .samples = samples};
}

double measure(const Metric& metric, const MetricBatch& values) {
  const auto accumulator = metric.accumulator();
  accumulator->add(values);
  return accumulator->value();
}

}  // namespace foregraph
