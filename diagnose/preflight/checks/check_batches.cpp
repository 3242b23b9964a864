#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph::checks {
namespace {

/// With fewer values, the moments of a batch are too noisy for normalisation.
constexpr std::int64_t fewest_values = 8;

void check_batch_norm(Context& context, std::int64_t samples, std::int64_t batch_size) {
  if (context.model.gradients == nullptr) return;
  const std::int64_t values = values_per_sample_in_batch_norm(*context.model.gradients);
  if (values == 0) return;
  const std::string way_out =
      "use batches of 16 samples or more, or layer norm or group norm, which do not depend on "
      "other samples";
  if (batch_size * values == 1) {
    context.report.add(
        {"one-sample-batch-norm",
         Severity::error,
         "batches have one sample, and a batch norm sees one value per channel in each of them",
         "the variance of one value is zero: the normalized values are always zero, and layers "
         "before the batch norm learn nothing",
         way_out,
         {{"batch", 1}}});
    return;
  }
  if (batch_size * values < fewest_values)
    context.report.add({"tiny-batch-with-batch-norm",
                        Severity::warning,
                        "batches of " + counted(batch_size, "sample") + " give a batch norm " +
                            counted(batch_size * values, "value") +
                            " for the moments of each channel",
                        "the moments are mostly noise, and differ from those in evaluation",
                        way_out,
                        {{"batch", static_cast<double>(batch_size)},
                         {"values", static_cast<double>(batch_size * values)}}});
  const std::int64_t tail = samples % batch_size;
  if (context.data.tail() == data::Tail::keep && tail == 1 && values == 1 && samples > batch_size)
    context.report.add(
        {"one-sample-tail-with-batch-norm",
         Severity::warning,
         counted(samples, "sample") + " in batches of " + with_separators(batch_size) +
             " leave a last batch of one, in which a batch norm sees one value per channel",
         "in the last step of each epoch the variance is zero: layers before the batch norm learn "
         "nothing, and the running averages are corrupted",
         "Tail::drop, or another batch size",
         {{"samples", static_cast<double>(samples)}, {"batch", static_cast<double>(batch_size)}}});
}

}  // namespace

void check_batches(Context& context) {
  context.report.add_checked("batches");
  const std::int64_t samples = context.data.samples_per_epoch();
  const std::int64_t batch_size = context.data.batch_size();
  const std::vector<Figure> figures{{"samples", static_cast<double>(samples)},
                                    {"batch", static_cast<double>(batch_size)}};
  if (context.data.batches_per_epoch() == 0) {
    context.report.add({"epoch-without-batches", Severity::error,
                        "an epoch has " + counted(samples, "sample") + ", the batch size is " +
                            with_separators(batch_size) +
                            ", and smaller batches are dropped (Tail::drop)",
                        "an epoch has no steps: nothing is trained",
                        "a batch size of at most " + with_separators(samples) +
                            ", Tail::keep, or more data in the epoch",
                        figures});
    return;
  }
  if (batch_size > samples)
    context.report.add(
        {"batch-larger-than-data", Severity::warning,
         "the batch size is " + with_separators(batch_size) + ", but an epoch has only " +
             counted(samples, "sample"),
         "each epoch is a single step on all samples, with no noise in the gradient",
         "a smaller batch, or " + with_separators(samples) + " if full-batch training is intended",
         figures});
  check_batch_norm(context, samples, context.data.largest_batch());
}

}  // namespace foregraph::checks
