#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/best_model.hpp>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <utility>
#include <vector>

namespace foregraph {
namespace {

constexpr const char* monitor_key = "best.monitor";
constexpr const char* better_key = "best.better";
constexpr const char* value_key = "best.value";

[[noreturn]] void refuse_best_model(const std::filesystem::path& path, const std::string& reason) {
  throw DataError("best_model '" + path.string() +
                  "' cannot be compared with this training: " + reason +
                  "; use another path, remove the file, or set FitOptions::replace_best_model");
}

}  // namespace

BestModelFile::BestModelFile(std::filesystem::path path, const EarlyStoppingOptions& monitor,
                             std::uint64_t model_fingerprint, bool replace)
    : path_(std::move(path)),
      monitor_(monitor.monitor.name()),
      better_(monitor.better.value_or(Better::smaller)),
      best_(better_, monitor.least_improvement) {
  std::error_code untold;  // an error here shows up when the file is written
  if (replace || !std::filesystem::exists(path_, untold)) return;
  std::vector<double> state;
  try {
    const Checkpoint file(path_);
    if (file.model_fingerprint() != model_fingerprint)
      refuse_best_model(path_, "it belongs to another model");
    if (!file.has(monitor_key))
      refuse_best_model(path_,
                        "it has no value to compare with, since it was not written as best_model");
    if (file.text(monitor_key) != monitor_ || file.text(better_key) != name_of(better_))
      refuse_best_model(path_, "it is the best by '" + file.text(monitor_key) + "' (" +
                                   file.text(better_key) + " is better), but this training uses '" +
                                   monitor_ + "' (" + std::string(name_of(better_)) +
                                   " is better)");
    state = {static_cast<double>(std::max<std::int64_t>(0, file.epoch() - 1)),
             file.number(value_key)};
    best_.restore(state);
  } catch (const DataError& error) {
    const std::string what = error.what();
    if (what.starts_with("best_model '")) throw;
    refuse_best_model(path_, what);
  }
  note_ = "best_model '" + path_.string() + "' has " + monitor_ + ' ' + exact_text(state[1]) +
          " from an earlier run, and only a better epoch replaces it";
}

void BestModelFile::add_value(Metadata& state) const {
  state[monitor_key] = monitor_;
  state[better_key] = std::string(name_of(better_));
  state[value_key] = exact_text(best_.value());
}

}  // namespace foregraph
