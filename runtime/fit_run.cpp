#include <algorithm>
#include <cstring>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/checkpoint/training_state.hpp>
#include <foregraph/runtime/data/match_fields.hpp>
#include <iostream>
#include <utility>

#include "fit_run.hpp"

namespace foregraph {
namespace {

void check(const FitOptions& options) {
  if (options.epochs < 0)
    throw UsageError("fit: epochs is " + std::to_string(options.epochs) + ", expected 0 or more");
  if (options.accumulate < 1)
    throw UsageError("fit: accumulate is " + std::to_string(options.accumulate) +
                     ", expected 1 batch an update or more");
  if (options.trace_non_finite < 0)
    throw UsageError("fit: trace_non_finite is " + std::to_string(options.trace_non_finite) +
                     ", expected steps between copies, or 0 for none");
  if (options.profile) check_profile(*options.profile);
  const CheckpointOptions& checkpoint = options.checkpoint;
  if (!checkpoint.path.empty() && (checkpoint.every_epochs < 1 || checkpoint.every_steps < 0))
    throw UsageError("fit: a checkpoint every " + std::to_string(checkpoint.every_epochs) +
                     " epochs and " + std::to_string(checkpoint.every_steps) +
                     " steps, expected 1 epoch or more, 0 steps or more");
}

}  // namespace

EarlyStoppingOptions FitRun::monitor_of(const FitOptions& options) {
  if (options.early_stopping) return *options.early_stopping;
  return {.monitor = options.evaluation ? "evaluation_loss" : "loss"};
}

void FitRun::tell(const Report& report) const {
  if (report.worst() == Severity::note) return;
  if (options_.on_report) return options_.on_report(report);
  std::cerr << report.to_text() << std::flush;
}

void FitRun::Sums::add(double batch_loss, std::int64_t batch_samples) {
  weighted_loss += batch_loss * static_cast<double>(batch_samples);
  samples += batch_samples;
  ++steps;
  const double deviation = batch_loss - mean;
  mean += deviation / static_cast<double>(steps);
  squares += deviation * (batch_loss - mean);
}

FitRun::FitRun(Training& training, const Pipeline& data, const FitOptions& options)
    : training_(training),
      data_(options.accumulate > 1 ? data.batch(data.batch_size() * options.accumulate, data.tail())
                                   : data),
      options_(options),
      micro_batch_(options.accumulate > 1 ? data.batch_size() : training.options_.micro_batch),
      first_epoch_(training.epoch_),
      last_epoch_(first_epoch_ + options.epochs),
      best_(monitor_of(options).better, monitor_of(options).least_improvement) {
  check(options);
  if (options.schedule) training.check_schedule();
  if (training.has_trained_) check_preprocessing(training.preprocessing_.get(), data, "fit");
  if (options.early_stopping) early_stopping_.emplace(*options.early_stopping);
}

std::int64_t FitRun::copies_of_variables() const {
  const bool keeps_best = options_.early_stopping && options_.early_stopping->restore_best;
  return (keeps_best ? 1 : 0) + (options_.trace_non_finite > 0 ? 1 : 0);
}

void FitRun::prepare() {
  const auto bytes = static_cast<std::int64_t>(training_.variables_.size_bytes());
  const bool watches_order = options_.preflight && data_.stream() && !resumed_;
  training_.prepare_step(
      {.batch_size = data_.largest_batch(),
       .input_buffers = data_.prefetch_depth() + 1,
       .other_bytes = data_.own_bytes().count + copies_of_variables() * bytes +
                      (watches_order ? StreamOrder::own_bytes(data_.samples_per_epoch()) : 0) +
                      (options_.profile
                           ? Recording::bytes(options_.profile->steps, training_.step_graph_.size())
                           : 0),
       .micro_batch = micro_batch_,
       .may_split = data_.tail() != Tail::pad});
  const PreparedStep& step = *training_.step_;
  const Program& program = step.program();
  const Pipeline parts = step.in_parts() ? data_.batch(step.answer().part, data_.tail()) : data_;
  loader_.emplace(parts, match_fields(program.graph(), program.plan(), parts),
                  slot_bases(step.work().data(), program.plan()));
  if (options_.profile) start_profile();
  if (watches_order) stream_order_.emplace(training_.evaluation_graph_, parts);
  if (options_.early_stopping && options_.early_stopping->restore_best)
    best_variables_ = Arena(training_.variables_.size_bytes());
  if (resumed_ && best_variables_.size_bytes() > 0) resume_best();
  if (options_.trace_non_finite > 0) snapshot_.variables = Arena(training_.variables_.size_bytes());
}

History FitRun::run() {
  if (!options_.checkpoint.path.empty() && options_.checkpoint.resume) resumed_ = resume();
  if (options_.preflight && !resumed_ && options_.epochs > 0) {
    preflight_ = training_.preflight(data_, options_);
    std::string text = preflight_.to_text();
    if (text != training_.told_) tell(preflight_);
    training_.told_ = std::move(text);
  }
  prepare();
  if (!options_.history_csv.empty()) {
    std::vector<EpochRecord> earlier;
    for (const EpochResult& result : history_) earlier.push_back(result.record());
    csv_.emplace(options_.history_csv, earlier);
  }
  if (!options_.tensorboard.empty()) tensorboard_.emplace(options_.tensorboard);
  // What is in the file is from before parts were chosen, which are those of today's budget.
  if (const Answer& answer = training_.step_->answer(); resume_at_.batch > 0)
    resume_at_.batch = std::min(resume_at_.batch * (answer.batch / answer.part),
                                loader_->pipeline().batches_per_epoch());
  training_.failed_step_.reset();
  training_.has_trained_ = true;
  training_.fit_checkpoint_ = options_.checkpoint.path;
  if (const Preprocessing* used = data_.preprocessing(); used != nullptr)
    training_.preprocessing_ = std::make_shared<const Preprocessing>(*used);
  const bool stopped = early_stopping_ && early_stopping_->stopped();
  bool goes_on = !stopped;
  while (training_.epoch_ < last_epoch_ && goes_on) goes_on = run_epoch();
  if (best_variables_.size_bytes() > 0 && early_stopping_->best().epoch() >= 0)
    std::memcpy(training_.variables_.data(), best_variables_.data(), best_variables_.size_bytes());
  training_.step_->restart();
  if (recording_) finish_profile();  // there were fewer steps than it was to see
  return std::move(history_);
}

bool FitRun::run_epoch() {
  if (resume_at_.epoch != training_.epoch_ || resume_at_.batch == 0) {
    resume_at_ = {.epoch = training_.epoch_};
    sums_ = {};
  }
  const std::string label =
      "epoch " + std::to_string(training_.epoch_ + 1) + '/' + std::to_string(last_epoch_);
  ProgressBar bar(std::cerr, options_.progress && stderr_is_a_terminal(), label,
                  data_.batches_per_epoch());
  epoch_start_ = std::chrono::steady_clock::now();
  loader_->resume(resume_at_);
  training_.step_->restart();
  take_snapshot();
  const std::int64_t batches = data_.batches_per_epoch();
  bool goes_on = true;
  Batch part;  // of a batch, or all of it
  while (goes_on && sums_.steps < batches && loader_->next(part)) {
    const std::int64_t steps_before = sums_.steps;
    run_step(part, bar);
    if (sums_.steps != steps_before) goes_on = after_step();
  }
  if (sums_.steps == batches) return finish_epoch(bar, goes_on);
  // A callback's wish, in the middle of the epoch.
  if (!options_.checkpoint.path.empty()) write_checkpoint_file(loader_->position());
  return false;
}

void FitRun::run_step(const Batch& part, ProgressBar& bar) {
  if (options_.schedule) training_.set_learning_rate(options_.schedule.rate(training_.steps_));
  if (stream_order_) stream_order_->add(part);
  const std::int64_t samples =
      std::min(data_.batch_size(), data_.samples_per_epoch() - sums_.samples);
  const std::int64_t rows = data_.tail() == Tail::pad ? part.size : samples;
  try {
    if (!training_.step_->run(part.size, part.slot, rows)) return;
  } catch (const NumericsError& error) {
    fail_not_finite(part, error.what());
  }
  ++training_.steps_;
  sums_.add(training_.step_->loss(), samples);
  if (recording_ && recording_->is_full()) finish_profile();
  bar.update(sums_.steps, sums_.weighted_loss / static_cast<double>(sums_.samples), sums_.samples);
}

bool FitRun::after_step() {
  const double loss = training_.step_->loss();
  if (options_.preflight) {
    if (auto finding = divergence_.add(loss)) {
      Report found;
      found.add(*finding);
      epoch_report_.add(found);
      tell(found);
    }
  }
  bool goes_on = true;
  if (!options_.callbacks.empty()) {
    StepResult result;
    result.epoch = training_.epoch_;
    result.batch = sums_.steps - 1;
    result.step = training_.steps_;
    result.samples = std::min(data_.batch_size(),
                              data_.samples_per_epoch() - (sums_.steps - 1) * data_.batch_size());
    result.loss = loss;
    for (const Callbacks& each : options_.callbacks)
      if (each.after_step && !each.after_step(training_, result)) goes_on = false;
  }
  const CheckpointOptions& checkpoint = options_.checkpoint;
  if (!checkpoint.path.empty() && checkpoint.every_steps > 0 &&
      training_.steps_ % checkpoint.every_steps == 0)
    write_checkpoint_file(loader_->position());
  if (options_.trace_non_finite > 0 && training_.steps_ % options_.trace_non_finite == 0)
    take_snapshot();
  return goes_on;
}

}  // namespace foregraph
