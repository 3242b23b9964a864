#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/findings/batch_means.hpp>
#include <foregraph/detail/diagnose/findings/class_mix.hpp>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/diagnose/preflight/delivered_targets.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <map>

namespace foregraph::checks {
namespace {

constexpr std::size_t most_classes = 100'000;

std::string order_of(const data::Pipeline& data) {
  if (data.shuffle_buffer() > 0)
    return "through a shuffle buffer of " + with_separators(data.shuffle_buffer()) + " of " +
           counted(data.samples_per_epoch(), "sample");
  return data.shuffled() ? "shuffled" : "not shuffled";
}

/// Reports the result of either test. Returns true if the order is consistent with chance.
bool report_order(Report& report, const data::Pipeline& data, const PooledChiSquare& pooled,
                  const std::string& id, const std::string& of_what, const std::string& details) {
  const std::vector<Figure> figures{{"z", pooled.z()},
                                    {"mean_statistic", pooled.mean()},
                                    {"expected_statistic", pooled.expected_mean()},
                                    {"batches", static_cast<double>(pooled.count())},
                                    {"batch", static_cast<double>(data.batch_size())}};
  const std::string evidence = " of " + counted(pooled.count(), "batch") + " in delivery order (" +
                               order_of(data) + ", " + with_separators(data.batch_size()) +
                               " per batch): Z = " + number(pooled.z()) +
                               ", threshold 6; the statistic averages " + number(pooled.mean()) +
                               ", expected " + number(pooled.expected_mean()) + details;
  if (pooled.too_uneven()) {
    report.add({id, Severity::warning, of_what + evidence + ".",
                "every batch is a biased sample: the model adapts to the current batch and forgets "
                "earlier ones, and the epoch's loss looks better than the model is",
                data.shuffle_buffer() > 0 || data.stream()
                    ? "a full permutation, .shuffle(seed), instead of a buffer; a stream must "
                      "arrive in random order, or be written to a file first"
                    : ".shuffle(seed): a full permutation of the data in each epoch",
                figures});
  } else if (pooled.too_even() && !data.class_balanced()) {
    report.add(
        {"batches-too-even", Severity::note, of_what + evidence + ".",
         "batches are more alike than random ones, so the gradient noise looks smaller than it is",
         "nothing, if the order is balanced on purpose; otherwise .shuffle(seed)", figures});
  }
  return !pooled.too_uneven();
}

bool test_classes(Report& report, const data::Pipeline& data, const DeliveredTargets& targets) {
  // Labels may be any numbers; number the classes in label order.
  std::map<double, std::int64_t> number_of;
  for (const double label : targets.population) number_of.emplace(label, 0);
  if (number_of.size() < 2 || number_of.size() > most_classes) return false;
  std::int64_t next = 0;
  for (auto& [label, index] : number_of) index = next++;
  std::vector<std::int64_t> counts(number_of.size(), 0);
  for (const double label : targets.population)
    ++counts[static_cast<std::size_t>(number_of[label])];
  // Scale the counts of the examined population up to the samples of an epoch.
  const auto looked_at = static_cast<std::int64_t>(targets.population.size());
  if (looked_at < targets.samples)
    for (std::int64_t& count : counts)
      count = std::max<std::int64_t>(
          1, static_cast<std::int64_t>(
                 std::llround(static_cast<double>(count) * static_cast<double>(targets.samples) /
                              static_cast<double>(looked_at))));
  const auto batch_size = static_cast<std::int64_t>(targets.batches.front().size());
  ClassMix mix(counts, batch_size);
  if (!mix.possible()) return false;
  std::vector<std::int64_t> labels;
  for (const auto& each : targets.batches) {
    labels.clear();
    for (const double label : each) {
      const auto found = number_of.find(label);
      labels.push_back(found == number_of.end() ? -1 : found->second);
    }
    mix.add_batch(labels);
  }
  return report_order(report, data, mix.pooled(), "class-mix", "The class mix (chi-square test)",
                      "; the most frequent class of a batch makes up " +
                          percent(mix.mean_largest_share()) + " of it, " +
                          percent(mix.largest_share()) + " of the data");
}

bool test_means(Report& report, const data::Pipeline& data, const DeliveredTargets& targets) {
  BatchMeans means(targets.population, targets.samples,
                   static_cast<std::int64_t>(targets.batches.front().size()));
  if (!means.possible()) return false;
  for (const auto& each : targets.batches) means.add_batch(each);
  return report_order(report, data, means.pooled(), "target-order",
                      "The mean targets (rank test of their variance)", "");
}

void check_buffer(Context& context) {
  const std::int64_t buffer = context.data.shuffle_buffer();
  const std::int64_t samples = context.data.samples_per_epoch();
  if (buffer == 0 || buffer >= samples) return;
  if (buffer * 2 >= samples && context.order_was_tested) return;
  context.report.add(
      {"small-shuffle-buffer",
       context.order_was_tested ? Severity::note : Severity::warning,
       "the shuffle buffer holds " + with_separators(buffer) + " of " + counted(samples, "sample") +
           ", " + percent(static_cast<double>(buffer) / static_cast<double>(samples)),
       "a sample moves forward by at most that many positions, so sorted data stay mostly sorted" +
           std::string(context.order_was_tested ? "; the class mix shows no harm here" : ""),
       "a full permutation, .shuffle(seed); for a stream, data written in random "
       "order, or a buffer as large as memory allows",
       {{"buffer", static_cast<double>(buffer)}, {"samples", static_cast<double>(samples)}}});
}

}  // namespace

bool test_order(Report& report, const data::Pipeline& data, const InputRole& target,
                const DeliveredTargets& targets) {
  const data::FieldSpec& spec = data.fields()[static_cast<std::size_t>(data.find(target.name))];
  const bool classes = !is_floating(spec.dtype) || target.is_distribution || target.is_probability;
  return classes ? test_classes(report, data, targets) : test_means(report, data, targets);
}

void check_order(Context& context) {
  const InputRole* const target = context.target();
  if (context.data.batches_per_epoch() > 1 && !context.data.stream()) {
    if (target == nullptr) {
      context.report.add_skipped("order", "no target of the model is a field of the data");
    } else {
      std::optional<DeliveredTargets> targets;
      std::string reason = "reading the targets would take too long";
      try {
        targets = delivered_targets(context.data, target->name, target->is_distribution,
                                    context.options.most_seconds);
      } catch (const std::exception& error) {
        reason = error.what();
      }
      if (!targets || targets->batches.empty()) {
        context.report.add_skipped("order", reason);
      } else {
        context.report.add_checked("order");
        context.order_was_tested = test_order(context.report, context.data, *target, *targets);
      }
    }
  }
  check_buffer(context);
}

}  // namespace foregraph::checks
