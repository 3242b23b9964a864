// How fit() handles non-finite numbers.
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <string>

#include <foregraph/detail/train/fit_run.hpp>

namespace foregraph {

void FitRun::take_snapshot() {
  if (options_.trace_non_finite == 0) return;
  // Snapshots hold only finite variables.
  if (!core_.non_finite().empty()) {
    if (snapshot_.taken) find_failing_step();
    return;
  }
  core_.copy_variables_to(snapshot_.variables);
  snapshot_.position = loader_->position();
  snapshot_.steps = core_.record().steps();
  snapshot_.taken = true;
}

void FitRun::fail_not_finite(const data::Batch& part, const std::string& what) {
  const Plan& plan = core_.step().program().plan();
  FailedStep failed;
  failed.epoch = core_.record().epoch();
  failed.batch = part.index;
  failed.samples = part.size;
  failed.rows.assign(part.row_indices.begin(), part.row_indices.end());
  failed.batch_size = plan.batch;
  failed.part = core_.step().part();
  failed.inputs.assign(part.base, part.base + plan.slot_bytes);
  std::string text = what + " in batch " + std::to_string(failed.batch) + " of epoch " +
                     std::to_string(failed.epoch) + ". ";
  try {
    failed.origin =
        find_non_finite(core_.step_graph(), plan.batch, part.size, core_.variables().data(),
                        part.base, core_.budget_now().bytes, failed.part);
  } catch (const BudgetError& error) {
    text += std::string("The origin was not searched for: ") + error.what() + ". ";
  }
  if (!failed.origin.variables.empty()) {
    if (snapshot_.taken) find_failing_step();
    text += failed.origin.describe() +
            " The gradients of an earlier step were not finite: a second run with "
            "FitOptions::trace_non_finite fails in the same way and names the step and the op.";
  } else {
    if (failed.origin.found()) text += failed.origin.describe() + ' ';
    const NonFiniteValues* values = failed.origin.nan        ? &*failed.origin.nan
                                    : failed.origin.infinite ? &*failed.origin.infinite
                                                             : nullptr;
    if (values != nullptr && values->first_sample >= 0 &&
        values->first_sample < static_cast<std::int64_t>(failed.rows.size()))
      text += "That sample is row " +
              std::to_string(failed.rows[static_cast<std::size_t>(values->first_sample)]) +
              " of the data. ";
    text +=
        "The parameters are those from before this batch, and failed_step() holds the batch; check "
        "its data, keep the op's operand inside its domain, or lower the learning rate.";
  }
  core_.step().restart();
  core_.record().fail(std::move(failed));
  throw NumericsError(text);
}

/// Replays the steps from the last snapshot until one makes the variables non-finite. The replay is
/// deterministic, since order, augmentation and random numbers are functions of seed, epoch and
/// step.
void FitRun::find_failing_step() {
  Arena before(core_.variables().size_bytes());
  core_.copy_variables_from(snapshot_.variables);
  core_.record().rewind_to(snapshot_.steps);
  core_.step().restart();
  snapshot_.taken = false;  // do not search again
  loader_->resume(snapshot_.position);
  std::int64_t samples = 0;  // of the current batch, over its micro-batches
  data::Batch part;
  std::int64_t left = data_.samples_per_epoch() -
                      std::min(data_.samples_per_epoch(), snapshot_.position.delivered.samples);
  while (loader_->next(part)) {
    if (samples == 0) core_.copy_variables_to(before);
    if (options_.schedule) core_.set_learning_rate(options_.schedule.rate(core_.record().steps()));
    const std::int64_t whole = std::min(data_.batch_size(), left);
    bool updated = false;
    try {
      updated =
          core_.run_step(part.size, part.slot, data_.tail() == data::Tail::pad ? part.size : whole);
    } catch (const NumericsError& error) {
      fail_not_finite(part, error.what());
    }
    samples += part.samples;
    if (!updated) continue;
    left -= samples;
    samples = 0;
    if (core_.non_finite().empty()) continue;
    core_.record().rewind_to(core_.record().steps() - 1);
    core_.copy_variables_from(before);
    fail_not_finite(part, "the gradients are not finite");
  }
  throw NumericsError(
      "gradients that were not finite in epoch " + std::to_string(core_.record().epoch()) +
      " are finite when its steps are replayed from step " + std::to_string(snapshot_.steps) +
      ": the data differed the second time. Make sources and transforms depend only on the sample "
      "and Sample::random_seed(). The parameters are those of the second run.");
}

}  // namespace foregraph
