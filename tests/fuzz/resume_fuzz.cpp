// fit() that resumes, TrainerBase::load() and PredictorBase: checkpoints with changed counts and
// entries, and files with a right checksum.
#include <charconv>
#include <foregraph/foregraph.hpp>
#include <fstream>

#include "checkpoints.hpp"

namespace foregraph::fuzz {
namespace {

/// The checkpoint of a fit with the lines "key=value" of the input in place of its entries. The
/// counts are called epoch, batch and step.
void write_changed_checkpoint(const std::filesystem::path& path, Input& input) {
  static const std::filesystem::path whole = [] {
    std::filesystem::path file = scratch_folder() / "unchanged.safetensors";
    std::ofstream(file, std::ios::binary) << checkpoint_of_a_fit();
    return file;
  }();
  static const Checkpoint unchanged(whole);
  CheckpointContent content = content_of(unchanged);
  while (!input.is_empty()) {
    Input line(input.until('\n'));
    const std::string key(line.until('='));
    const std::string value(line.rest());
    for (auto [name, count] :
         {std::pair{"epoch", &content.epoch}, {"batch", &content.batch}, {"step", &content.step}})
      if (key == name) (void)std::from_chars(value.data(), value.data() + value.size(), *count);
    content.state[key] = value;
  }
  write_checkpoint(path, content);
}

void run_resume(Input& input) {
  static const std::filesystem::path path = scratch_folder() / "resumed.safetensors";
  // fit() also reads the variables of the best epoch, from a checkpoint beside its own.
  static const std::filesystem::path best = scratch_folder() / "resumed.safetensors.best";
  const std::uint8_t bits = input.byte();
  const bool changes_best = (bits & 8) != 0;
  std::ofstream(changes_best ? path : best, std::ios::binary) << checkpoint_of_a_fit();
  const std::filesystem::path& changed = changes_best ? best : path;
  if ((bits & 1) == 0)
    write_changed_checkpoint(changed, input);
  else
    std::ofstream(changed, std::ios::binary) << with_checksum(std::string(input.rest()));
  // Made once, as planning takes most of the time; a checkpoint puts it back to its start.
  static const std::unique_ptr<TrainerBase> training = checkpointed_training();
  static const std::filesystem::path start = [] {
    std::filesystem::path file = scratch_folder() / "start.safetensors";
    training->save(file);
    return file;
  }();
  training->load(start);
  if ((bits & 2) != 0) {
    training->load(changed);
    require(training->evaluate(checkpointed_data()).samples == 6, "samples are lost");
  } else if ((bits & 4) != 0) {
    Graph g;
    const Model model = checkpointed_model(g);
    PredictorBase trained(g, model, changed, {.memory_budget = Budget::unlimited(), .threads = 1});
    (void)trained.predict(checkpointed_data());
  } else {
    FitOptions options = checkpointing(path);
    int steps = 0;
    options.callbacks.push_back(
        {.after_step = [&](TrainerBase&, const StepResult&) { return ++steps < 8; }});
    (void)training->fit(checkpointed_data(), options);
    require(steps <= 6, "more steps than two epochs have");
  }
}

std::vector<std::string> resume_seeds() {
  using namespace std::string_literals;
  return {
      "\0"s,
      "\2"s,
      "\4"s,
      "\0epoch=0\nbatch=0\nstep=0\nfit.first_epoch=0\nfit.history=[]"s,
      "\0batch=1\nfit.steps=1\nfit.samples=2\nfit.sums=[1,0.5,0.25,0.1]"s,
      "\0fit.best=[0,0.5]\nfit.early_stopping=[0,0.5,1]\nfit.schedule=[0.01,0.5,1,0]"s,
      "\0setting.learning_rate.f32=0.5\nhas_trained=1\nfit.delivered.samples=2"s,
      "\1"s + checkpoint_of_a_fit(),
      "\3"s + checkpoint_of_a_fit(),
      "\10"s,
      "\11"s + checkpoint_of_a_fit(),
  };
}

const Registered resume_target({"resume", &run_resume, &resume_seeds, 30});

}  // namespace
}  // namespace foregraph::fuzz
