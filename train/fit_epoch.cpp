// The end of an epoch of fit(): its result, and reporting it.
#include <algorithm>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/core_wait.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/findings/finding_ids.hpp>
#include <foregraph/detail/diagnose/findings/stall.hpp>
#include <foregraph/detail/train/history/json_history.hpp>
#include <utility>

#include <foregraph/detail/train/fit_run.hpp>

namespace foregraph {
namespace {

/// Returns the loader's stages in the form the report needs, with the training step last.
std::vector<StageFigures> figures_of(const data::LoaderStatistics& statistics) {
  std::vector<StageFigures> figures;
  const int workers = std::max(1, statistics.workers);
  for (const data::LoaderStatistics::Stage& stage : statistics.stages)
    figures.push_back({.name = stage.name, .work_seconds = stage.seconds, .workers = workers});
  figures.back().blocked_seconds = statistics.workers_wait_seconds;
  figures.back().queue_depth = statistics.mean_batches_ready;
  figures.back().queue_capacity = statistics.slots;
  figures.push_back({.name = "step",
                     .work_seconds = statistics.consumer_work_seconds,
                     .wait_seconds = statistics.consumer_wait_seconds});
  return figures;
}

}  // namespace

bool FitRun::finish_epoch(ProgressBar& bar, bool goes_on) {
  EpochResult result;
  result.epoch = core_.record().epoch();
  result.steps = sums_.steps;
  result.samples = sums_.samples;
  result.loss = sums_.samples > 0 ? sums_.weighted_loss / static_cast<double>(sums_.samples) : 0;
  result.batch_loss_deviation =
      sums_.steps > 0 ? std::sqrt(sums_.squares / static_cast<double>(sums_.steps)) : 0;
  result.seconds =
      sums_.seconds +
      std::chrono::duration<double>(std::chrono::steady_clock::now() - epoch_start_).count();
  result.loader = loader_->statistics();
  core_wait_ = seconds_waited_for_cores() - core_wait_;
  const std::string bad = core_.non_finite();
  if (!bad.empty()) {
    if (snapshot_.taken) find_failing_step();
    throw NumericsError("after epoch " + std::to_string(core_.record().epoch()) +
                        ", values that are not finite: " + bad +
                        "; the gradients of its last step were not finite: run it again with "
                        "FitOptions::trace_non_finite to find the step and the op");
  }
  {
    const TrainingCore::StepIsFree step_is_free(core_);
    evaluate_epoch(result);
    result.learning_rate = core_.learning_rate();
    options_.schedule.after_epoch(result.evaluation_loss.value_or(result.loss));
    watch(result);
    core_.record().epoch_done();  // before saving, because the epoch is complete
    if (best_model_ && history_.empty() && !best_model_->note().empty())
      result.notes.push_back(best_model_->note());
    if (early_stopping_ && early_stopping_->after_epoch(result.epoch, result.values())) {
      goes_on = false;
      result.notes.push_back("training stopped: " + early_stopping_->options().monitor.name() +
                             " has not improved for " +
                             std::to_string(early_stopping_->epochs_without_improvement()) +
                             " epochs");
    }
    keep_best(result);
    bar.finish(summary(result));
    history_.push_back(result);
    {
      const ExclusiveUse::Open open(core_.use());
      for (const Callbacks& each : options_.callbacks)
        if (each.after_epoch && !each.after_epoch(training_, history_.back())) goes_on = false;
    }
  }
  write_history(history_.back());
  const CheckpointOptions& checkpoint = options_.checkpoint;
  const bool is_last = !goes_on || core_.record().epoch() == last_epoch_;
  if (!checkpoint.path.empty() &&
      (is_last || (core_.record().epoch() - first_epoch_) % checkpoint.every_epochs == 0))
    write_checkpoint_file({.epoch = core_.record().epoch()});
  return goes_on;
}

void FitRun::evaluate_epoch(EpochResult& result) {
  if (options_.evaluation) {
    const Evaluation evaluation = core_.evaluate(*options_.evaluation, options_.metrics);
    result.evaluation_loss = evaluation.loss;
    for (const auto& [name, value] : evaluation.metrics)
      result.metrics.emplace_back("evaluation_" + name, value);
  }
  if (measures_training_data()) {
    const Evaluation evaluation = core_.evaluate(data_, options_.metrics);
    result.metrics.insert(result.metrics.end(), evaluation.metrics.begin(),
                          evaluation.metrics.end());
  }
}

/// Collects the findings of the epoch; the first epoch includes the preflight.
void FitRun::watch(EpochResult& result) {
  if (history_.empty()) result.report = preflight_;
  result.report.add(std::exchange(epoch_report_, {}));
  if (!options_.preflight) return;
  if (stream_order_) {
    Report order = stream_order_->finish();
    order.silence(options_.silence);
    stream_order_.reset();
    result.report.add(order);
    tell(order);
  }
  auto stall = find_stall(figures_of(result.loader), 0.1, 0.1, core_wait_);
  if (!stall || is_silenced(options_.silence, stall->id)) return;
  // Without a loader thread, time spent on reading is expected.
  if (result.loader.workers == 0) stall->severity = Severity::note;
  Report found;
  found.add(std::move(*stall));
  result.report.add(found);
  if (history_.empty()) tell(found);
}

void FitRun::keep_best(const EpochResult& result) {
  if (early_stopping_) {
    if (early_stopping_->best().epoch() == result.epoch && best_variables_.size_bytes() > 0)
      core_.copy_variables_to(best_variables_);
  }
  const double value = monitored_value(result.values(), monitor_.monitor.name(), "best_model");
  if (best_model_ && best_model_->after_epoch(result.epoch, value)) {
    CheckpointContent content = core_.content();
    best_model_->add_value(content.state);
    write_checkpoint(best_model_->path(), content);
  }
  if (best_.after_epoch(result.epoch, value) && best_variables_.size_bytes() > 0 &&
      !options_.checkpoint.path.empty())
    write_checkpoint(best_file(), core_.content());
}

/// Creates the history files, so that one that cannot be written fails before the first epoch.
void FitRun::begin_history() {
  std::vector<EpochRecord> earlier;
  for (const EpochResult& result : history_) earlier.push_back(result.record());
  if (!options_.history_csv.empty()) csv_.emplace(options_.history_csv, earlier);
  if (!options_.history_json.empty()) write_history_json(options_.history_json, earlier);
  if (!options_.tensorboard.empty()) tensorboard_.emplace(options_.tensorboard);
}

void FitRun::write_history(const EpochResult& result) {
  const EpochRecord record = result.record();
  if (csv_) csv_->add(record);
  if (tensorboard_) tensorboard_->add(record);
  if (options_.history_json.empty()) return;
  std::vector<EpochRecord> records;
  for (const EpochResult& each : history_) records.push_back(each.record());
  write_history_json(options_.history_json, records);
}

std::string FitRun::summary(const EpochResult& result) const {
  const auto number = [](double value) { return text::significant(value, 4); };
  std::string text = "epoch " + std::to_string(result.epoch + 1) + '/' +
                     std::to_string(last_epoch_) + ": loss " + number(result.loss) + ", " +
                     text::fixed(result.seconds, 2) + " s";
  if (result.evaluation_loss) text += ", evaluation loss " + number(*result.evaluation_loss);
  for (const auto& [name, value] : result.metrics) text += ", " + name + ' ' + number(value);
  return text;
}

}  // namespace foregraph
