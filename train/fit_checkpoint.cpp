// Checkpoints: of an idle training, and of a running fit().
#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/descriptor.hpp>
#include <foregraph/detail/train/callbacks/early_stopping.hpp>
#include <foregraph/detail/train/checkpoint/check_variables.hpp>
#include <foregraph/detail/train/checkpoint/training_state.hpp>
#include <string>
#include <system_error>
#include <utility>

#include <foregraph/detail/train/fit_run.hpp>

namespace foregraph {
namespace {

/// Uses the setting's name alone if it is unique, so that the key does not depend on scopes.
std::string setting_key(const Graph& graph, const SettingNames& names, std::size_t setting) {
  return "setting." + names.shown(setting) + '.' +
         std::string(name_of(graph.node(graph.settings[setting]).dtype));
}

}  // namespace

CheckpointContent TrainingCore::content() const {
  CheckpointContent content;
  content.tensors = tensors_of(step_graph_, variable_offsets_, variables_.data());
  content.epoch = record_.epoch();
  content.step = record_.steps();
  content.model_fingerprint = model_fingerprint_;
  for (std::size_t i = 0; i < settings_.size(); ++i)
    content.state[setting_key(step_graph_, setting_names_, i)] = exact_text(settings_[i]);
  content.state["has_trained"] = exact_text(std::int64_t{record_.has_trained() ? 1 : 0});
  if (const data::Preprocessing* used = record_.preprocessing())
    add_preprocessing(*used, content.state);
  return content;
}

void TrainingCore::restore(const Checkpoint& checkpoint) {
  check_variables(checkpoint.file(), step_graph_);
  check_model(checkpoint, model_fingerprint_);
  std::vector<double> settings;
  for (std::size_t i = 0; i < settings_.size(); ++i)
    settings.push_back(checkpoint.number(setting_key(step_graph_, setting_names_, i)));
  TrainingRecord::Saved record{.epoch = checkpoint.epoch(),
                               .steps = checkpoint.step(),
                               .has_trained = checkpoint.integer("has_trained") != 0,
                               .preprocessing = preprocessing_of(checkpoint)};
  // From here on nothing throws.
  copy_variables(checkpoint.file(), step_graph_, variable_offsets_, variables_.data());
  settings_ = std::move(settings);
  for (std::size_t i = 0; step_ && i < settings_.size(); ++i) step_->set(i, settings_[i]);
  record_.restore(std::move(record));
}

std::filesystem::path FitRun::best_file() const {
  std::filesystem::path path = options_.checkpoint.path;
  path += ".best";
  return path;
}

std::string FitRun::monitor_text() const {
  return monitor_.monitor.name() + " (" +
         std::string(name_of(monitor_.better.value_or(Better::smaller))) + " is better)";
}

void FitRun::write_checkpoint_file(const data::LoaderPosition& position) const {
  CheckpointContent content = core_.content();
  content.epoch = position.epoch;
  // Whole batches, since the micro-batch size may differ when the run is resumed.
  content.batch = position.batch > 0 ? sums_.steps : 0;
  Metadata& state = content.state;
  state["fit.first_epoch"] = exact_text(first_epoch_);
  state["fit.order"] = bits_text(data_.order_fingerprint());
  state["fit.delivered.samples"] = exact_text(position.delivered.samples);
  state["fit.delivered.hash"] = bits_text(position.delivered.hash);
  state["fit.history"] = history_text(history_);
  if (position.batch > 0) {
    const double seconds =
        sums_.seconds +
        std::chrono::duration<double>(std::chrono::steady_clock::now() - epoch_start_).count();
    state["fit.steps"] = exact_text(sums_.steps);
    state["fit.samples"] = exact_text(sums_.samples);
    state["fit.sums"] =
        numbers_text(std::vector<double>{sums_.weighted_loss, sums_.mean, sums_.squares, seconds});
  }
  state["fit.best"] = numbers_text(best_.state());
  if (early_stopping_) {
    state["fit.early_stopping"] = numbers_text(early_stopping_->state());
    state["fit.monitor"] = monitor_text();
  }
  if (options_.schedule) state["fit.schedule"] = numbers_text(options_.schedule.state());
  write_checkpoint(options_.checkpoint.path, content);
}

void FitRun::resume_best() {
  if (early_stopping_->best().epoch() < 0) return;
  const Checkpoint best(best_file());
  check_variables(best.file(), core_.step_graph());
  copy_variables(best.file(), core_.step_graph(), core_.variable_offsets(), best_variables_.data());
}

bool FitRun::resume() {
  const std::filesystem::path& path = options_.checkpoint.path;
  std::error_code failed;
  const std::filesystem::file_status status = std::filesystem::status(path, failed);
  if (status.type() == std::filesystem::file_type::not_found) return false;
  if (failed) throw_file_error("read", path, failed.value(), "check the path and its permissions");
  const Checkpoint checkpoint(path);
  if (!checkpoint.has("fit.first_epoch"))
    throw DataError(
        "checkpoint '" + path.string() +
        "' was written by save(), so there is no fit() to resume; load() it and give fit() another "
        "path, or set FitOptions::checkpoint.resume to false to replace it");
  // After an error or a callback's stop, the same fit() may return to its file, but no other may.
  if (core_.record().steps() > checkpoint.step() && core_.record().fit_checkpoint() != path)
    throw UsageError(
        "fit: this model has trained " + std::to_string(core_.record().steps()) +
        " steps, but checkpoint '" + path.string() + "' is from step " +
        std::to_string(checkpoint.step()) +
        " of an earlier run, and resuming from it would undo the later steps; use another path for "
        "another run, or set FitOptions::checkpoint.resume to false to replace the file");
  const data::LoaderPosition position{
      checkpoint.epoch(),
      checkpoint.batch(),
      {checkpoint.integer("fit.delivered.samples"), checkpoint.bits("fit.delivered.hash")}};
  if (position.batch > 0 && checkpoint.bits("fit.order") != data_.order_fingerprint())
    throw DataError("checkpoint '" + path.string() + "' was written in the middle of epoch " +
                    std::to_string(position.epoch) +
                    " with another pipeline (size of the data, shuffle, seed, shard or batch), so "
                    "its position is not valid in this one; use the same pipeline, or set "
                    "FitOptions::checkpoint.resume to false and load() it");
  check_preprocessing(preprocessing_of(checkpoint).get(), data_,
                      "fit: checkpoint '" + path.string() + "'");
  History history = history_of(checkpoint, "fit.history");
  // A file may have a valid checksum and still hold nonsense. The values used below must fit the
  // data.
  const auto refuse = [&](const char* key, std::int64_t got, const std::string& expected) {
    throw DataError("checkpoint '" + path.string() + "': its entry '" + key + "' is " +
                    std::to_string(got) + ", expected " + expected +
                    "; the file was not written by this library");
  };
  if (const std::int64_t samples = position.delivered.samples;
      samples < 0 || samples > data_.samples_per_epoch())
    refuse("fit.delivered.samples", samples,
           "0 to the epoch's " + std::to_string(data_.samples_per_epoch()));
  Sums sums;
  if (position.batch > 0) {
    const std::vector<double> numbers = numbers_of(checkpoint, "fit.sums");
    if (numbers.size() != 4)
      throw DataError("checkpoint '" + path.string() + "': its entry 'fit.sums' has " +
                      std::to_string(numbers.size()) + " numbers, expected 4");
    sums = {checkpoint.integer("fit.steps"),
            checkpoint.integer("fit.samples"),
            numbers[0],
            numbers[1],
            numbers[2],
            numbers[3]};
    if (sums.steps != position.batch || sums.steps > data_.batches_per_epoch())
      refuse("fit.steps", sums.steps,
             "the " + std::to_string(position.batch) + " batches of the checkpoint, out of " +
                 std::to_string(data_.batches_per_epoch()) + " in an epoch");
    const std::int64_t samples =
        std::min(sums.steps * data_.batch_size(), data_.samples_per_epoch());
    if (sums.samples != samples)
      refuse("fit.samples", sums.samples,
             "the " + std::to_string(samples) + " of " + std::to_string(sums.steps) + " batches");
  }
  if (early_stopping_ && checkpoint.has("fit.monitor") &&
      checkpoint.text("fit.monitor") != monitor_text())
    throw DataError("checkpoint '" + path.string() +
                    "' is from a run whose early stopping monitors " +
                    checkpoint.text("fit.monitor") + ", but now it is " + monitor_text() +
                    ", and the two cannot be compared; monitor the same value, or set "
                    "FitOptions::checkpoint.resume to false and load() it");
  best_.restore(numbers_of(checkpoint, "fit.best"));
  if (early_stopping_ && checkpoint.has("fit.early_stopping"))
    early_stopping_->restore(numbers_of(checkpoint, "fit.early_stopping"));
  const std::int64_t first = checkpoint.integer("fit.first_epoch");
  if (first < 0 || first > position.epoch)
    refuse("fit.first_epoch", first,
           "0 to " + std::to_string(position.epoch) + ", the epoch of the checkpoint");
  // Copies of a schedule share their state, so restore the schedule if the rest fails.
  const std::vector<double> schedule_before = options_.schedule.state();
  if (options_.schedule && checkpoint.has("fit.schedule"))
    options_.schedule.restore(numbers_of(checkpoint, "fit.schedule"));
  try {
    core_.restore(checkpoint);
  } catch (...) {
    options_.schedule.restore(schedule_before);
    throw;
  }
  first_epoch_ = first;
  last_epoch_ = last_of(first, options_.epochs);
  history_ = std::move(history);
  sums_ = sums;
  resume_at_ = position;
  return true;
}

}  // namespace foregraph
