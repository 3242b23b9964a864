#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/atomic_file.hpp>
#include <foregraph/detail/base/system/core_wait.hpp>
#include <foregraph/detail/data/loader/match_fields.hpp>
#include <foregraph/detail/diagnose/findings/finding_ids.hpp>
#include <foregraph/detail/diagnose/preflight/stopped_gradients.hpp>
#include <foregraph/detail/graph/checked_size.hpp>
#include <foregraph/detail/train/checkpoint/training_state.hpp>
#include <foregraph/detail/train/options/monitor.hpp>
#include <iostream>
#include <limits>
#include <utility>

#include <foregraph/detail/train/fit_run.hpp>

namespace foregraph {
namespace {

void check(const FitOptions& options) {
  if (options.epochs < 0)
    throw UsageError("fit: epochs is " + std::to_string(options.epochs) + ", expected 0 or more");
  if (options.accumulate < 1)
    throw UsageError("fit: accumulate is " + std::to_string(options.accumulate) +
                     ", expected at least 1 batch per update");
  if (options.trace_non_finite < 0)
    throw UsageError("fit: trace_non_finite is " + std::to_string(options.trace_non_finite) +
                     ", expected 0 or more steps between snapshots (0 disables them)");
  if (options.profile) check_profile(*options.profile);
  check_finding_ids(options.silence, "fit: silence");
  const CheckpointOptions& checkpoint = options.checkpoint;
  if (!checkpoint.path.empty() && (checkpoint.every_epochs < 1 || checkpoint.every_steps < 0))
    throw UsageError("fit: a checkpoint every " + std::to_string(checkpoint.every_epochs) +
                     " epochs and " + std::to_string(checkpoint.every_steps) +
                     " steps, expected 1 epoch or more, 0 steps or more");
  const std::filesystem::path best = options.best_model.lexically_normal();
  std::filesystem::path best_beside = checkpoint.path;
  best_beside += ".best";
  if (!best.empty() && !checkpoint.path.empty() &&
      (best == checkpoint.path.lexically_normal() || best == best_beside.lexically_normal()))
    throw UsageError("fit: best_model '" + best.string() +
                     "' is also a file of the checkpoint, and the two would overwrite each other; "
                     "give them different paths");
}

/// Returns the pipeline with the batch size of one update.
data::Pipeline accumulated(const data::Pipeline& data, std::int64_t batches) {
  if (batches <= 1) return data;
  const CheckedSize size = CheckedSize(data.batch_size()) * batches;
  if (!size.fits())
    throw UsageError("fit: accumulate is " + std::to_string(batches) + ", and " +
                     std::to_string(batches) + " batches of " + std::to_string(data.batch_size()) +
                     " samples do not fit in 64 bits; accumulate fewer");
  return data.batch(size.value(), data.tail());
}

Report without_errors(const Report& report) {
  Report rest;
  for (const Finding& finding : report.findings())
    if (finding.severity != Severity::error) rest.add(finding);
  return rest;
}

}  // namespace

void FitRun::tell(const Report& report) const {
  if (report.worst() == Severity::note) return;
  const ExclusiveUse::Open open(core_.use());
  if (options_.on_report) return options_.on_report(report);
  std::cerr << report.to_text() << std::flush;
}

std::int64_t FitRun::last_of(std::int64_t first, std::int64_t epochs) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  return epochs > most - first ? most : first + epochs;
}

void FitRun::Sums::add(double batch_loss, std::int64_t batch_samples) {
  weighted_loss += batch_loss * static_cast<double>(batch_samples);
  samples += batch_samples;
  ++steps;
  const double deviation = batch_loss - mean;
  mean += deviation / static_cast<double>(steps);
  squares += deviation * (batch_loss - mean);
}

FitRun::FitRun(TrainerBase& training, TrainingCore& core, const data::Pipeline& data,
               const FitOptions& options)
    : training_(training),
      core_(core),
      data_(accumulated(data, options.accumulate)),
      options_(options),
      micro_batch_(options.accumulate > 1 ? data.batch_size() : core.options().micro_batch),
      first_epoch_(core.record().epoch()),
      last_epoch_(last_of(first_epoch_, options.epochs)),
      monitor_(monitor_of(options_, core.learning_rate().has_value())),
      best_(monitor_.better.value_or(Better::smaller), monitor_.least_improvement) {
  check(options);
  if (options.schedule) core.check_schedule();
  if (core.record().has_trained()) check_preprocessing(core.record().preprocessing(), data, "fit");
  if (options.early_stopping) early_stopping_.emplace(monitor_);
  // With adversarial players, no loss is required to fall.
  if (options.preflight && core.has_stopped_gradients())
    divergence_ = DivergenceDetector({.watch_rises = false});
}

std::int64_t FitRun::copies_of_variables() const {
  const bool keeps_best = options_.early_stopping && options_.early_stopping->restore_best;
  return (keeps_best ? 1 : 0) + (options_.trace_non_finite > 0 ? 1 : 0);
}

std::vector<ForwardRequest> FitRun::evaluations() const {
  std::vector<ForwardRequest> passes;
  const auto add = [&](const data::Pipeline& data) {
    passes.push_back(core_.forward_request(core_.evaluation_graph(), data, "fit"));
  };
  if (options_.evaluation) add(*options_.evaluation);
  if (measures_training_data()) add(data_);
  return passes;
}

std::int64_t FitRun::bytes_besides_the_plan(bool watches_order) const {
  const auto variables = static_cast<std::int64_t>(core_.variables().size_bytes());
  CheckedSize bytes = data_.own_bytes().count;
  bytes += CheckedSize(copies_of_variables()) * variables;
  if (watches_order) bytes += StreamOrder::own_bytes(data_.samples_per_epoch());
  if (options_.profile)
    bytes += Recording::bytes(options_.profile->steps, core_.step_graph().size(),
                              options_.profile->memory);
  constexpr std::int64_t most = std::int64_t{1} << 61;  // so that a plan's bytes can be added
  if (!bytes.fits() || bytes.value() > most)
    throw BudgetError("fit: the pipeline's order, buffers and cache, for " +
                      std::to_string(data_.samples_per_epoch()) +
                      " samples per epoch, need more than 2^61 bytes besides the plan; use "
                      "Permutation::computed, or fewer samples");
  return bytes.value();
}

void FitRun::prepare() {
  Bytes evaluation{};       // the passes share an arena
  Bytes evaluation_data{};  // and run one after another
  for (const ForwardRequest& pass : evaluations()) {
    evaluation = std::max(evaluation, pass.arena_bytes());
    evaluation_data = std::max(evaluation_data, pass.data->in_order().own_bytes());
  }
  const bool watches_order = options_.preflight && data_.stream() && !resumed_;
  core_.prepare_step({.batch_size = data_.largest_batch(),
                      .input_buffers = data_.prefetch_depth() + 1,
                      .other_bytes = bytes_besides_the_plan(watches_order),
                      .micro_batch = micro_batch_,
                      .may_split = data_.tail() != data::Tail::pad,
                      .evaluation_bytes = evaluation.count,
                      .evaluation_data_bytes = evaluation_data.count});
  core_.prepare_evaluations(evaluations());
  const PreparedStep& step = core_.step();
  const Program& program = step.program();
  const data::Pipeline parts =
      step.in_parts() ? data_.batch(step.remedy().part, data_.tail()) : data_;
  loader_.emplace(parts, data::match_fields(program.graph(), program.plan(), parts),
                  data::slot_bases(step.work().data(), program.plan()));
  if (options_.profile) start_profile();
  if (watches_order) stream_order_.emplace(core_.evaluation_graph(), parts);
  if (options_.early_stopping && options_.early_stopping->restore_best)
    best_variables_ = Arena(core_.variables().size_bytes());
  if (resumed_ && best_variables_.size_bytes() > 0) resume_best();
  if (options_.trace_non_finite > 0) snapshot_.variables = Arena(core_.variables().size_bytes());
}

History FitRun::run() {
  // Fail now, not after the first epoch.
  for (const auto& path : {options_.checkpoint.path, options_.best_model})
    if (!path.empty()) check_writable(path);
  if (!options_.checkpoint.path.empty() && options_.checkpoint.resume) resumed_ = resume();
  if (!options_.best_model.empty())
    best_model_.emplace(options_.best_model, monitor_, core_.model_fingerprint(),
                        options_.replace_best_model && !resumed_);
  Report to_print;  // used if there is no on_report
  if (options_.preflight && !resumed_ && options_.epochs > 0) {
    preflight_ = core_.preflight(data_, options_);
    if (core_.record().is_news(preflight_.to_text())) {
      if (options_.on_report)
        tell(preflight_);
      else
        to_print = preflight_;
    }
  }
  try {
    prepare();
  } catch (const Error&) {  // the exception itself reports what the report calls an error
    tell(without_errors(to_print));
    throw;
  }
  tell(to_print);
  begin_history();
  // The file's position counts whole batches; micro-batches depend on the current budget.
  if (const RemedyResult& answer = core_.step().remedy(); resume_at_.batch > 0)
    resume_at_.batch = std::min(resume_at_.batch * (answer.batch / answer.part),
                                loader_->pipeline().batches_per_epoch());
  core_.record().begin_fit(data_.preprocessing(), options_.checkpoint.path);
  const bool stopped = early_stopping_ && early_stopping_->stopped();
  bool goes_on = !stopped;
  while (core_.record().epoch() < last_epoch_ && goes_on) goes_on = run_epoch();
  if (best_variables_.size_bytes() > 0 && early_stopping_->best().epoch() >= 0)
    core_.copy_variables_from(best_variables_);
  core_.step().restart();
  if (recording_) finish_profile();  // training had fewer steps than the profile
  return std::move(history_);
}

bool FitRun::run_epoch() {
  if (resume_at_.epoch != core_.record().epoch() || resume_at_.batch == 0) {
    resume_at_ = {.epoch = core_.record().epoch()};
    sums_ = {};
  }
  const std::string label =
      "epoch " + std::to_string(core_.record().epoch() + 1) + '/' + std::to_string(last_epoch_);
  ProgressBar bar(std::cerr, options_.progress && stderr_is_a_terminal(), label,
                  data_.batches_per_epoch());
  epoch_start_ = std::chrono::steady_clock::now();
  core_wait_ = seconds_waited_for_cores();
  loader_->resume(resume_at_);
  core_.step().restart();
  take_snapshot();
  const std::int64_t batches = data_.batches_per_epoch();
  bool goes_on = true;
  data::Batch part;  // a micro-batch or a whole batch
  while (goes_on && sums_.steps < batches && loader_->next(part)) {
    const std::int64_t steps_before = sums_.steps;
    run_step(part, bar);
    if (sums_.steps != steps_before) goes_on = after_step();
  }
  if (sums_.steps == batches) return finish_epoch(bar, goes_on);
  // A callback stopped training in the middle of the epoch.
  if (!options_.checkpoint.path.empty()) write_checkpoint_file(loader_->position());
  return false;
}

void FitRun::run_step(const data::Batch& part, ProgressBar& bar) {
  if (options_.schedule) core_.set_learning_rate(options_.schedule.rate(core_.record().steps()));
  if (stream_order_) stream_order_->add(part);
  const std::int64_t samples =
      std::min(data_.batch_size(), data_.samples_per_epoch() - sums_.samples);
  const std::int64_t rows = data_.tail() == data::Tail::pad ? part.size : samples;
  try {
    if (!core_.run_step(part.size, part.slot, rows)) return;
  } catch (const NumericsError& error) {
    fail_not_finite(part, error.what());
  } catch (const IndexError& error) {
    core_.step().restart();
    data::Batch whole = part;
    whole.index = sums_.steps;
    throw_at_row(error, whole, "epoch " + std::to_string(core_.record().epoch()));
  }
  sums_.add(mean_loss(core_.loss_kind(), core_.step().loss(), samples), samples);
  if (recording_ && recording_->is_full()) finish_profile();
  bar.update(sums_.steps, sums_.weighted_loss / static_cast<double>(sums_.samples), sums_.samples);
}

bool FitRun::after_step() {
  const double loss = core_.step().loss();
  const std::int64_t samples = std::min(
      data_.batch_size(), data_.samples_per_epoch() - (sums_.steps - 1) * data_.batch_size());
  if (options_.preflight) {
    if (auto finding = divergence_.add(mean_loss(core_.loss_kind(), loss, samples));
        finding && !is_silenced(options_.silence, finding->id)) {
      Report found;
      found.add(*finding);
      epoch_report_.add(found);
      tell(found);
    }
  }
  bool goes_on = true;
  if (!options_.callbacks.empty()) {
    StepResult result;
    result.epoch = core_.record().epoch();
    result.batch = sums_.steps - 1;
    result.step = core_.record().steps() - 1;
    result.samples = samples;
    result.loss = loss;
    const ExclusiveUse::Open open(core_.use());
    for (const Callbacks& each : options_.callbacks)
      if (each.after_step && !each.after_step(training_, result)) goes_on = false;
  }
  const CheckpointOptions& checkpoint = options_.checkpoint;
  if (!checkpoint.path.empty() && checkpoint.every_steps > 0 &&
      core_.record().steps() % checkpoint.every_steps == 0)
    write_checkpoint_file(loader_->position());
  if (options_.trace_non_finite > 0 && core_.record().steps() % options_.trace_non_finite == 0)
    take_snapshot();
  return goes_on;
}

}  // namespace foregraph
