// What is no checkpoint of this training is refused, and nothing has changed then.
#include <random>

#include "train/resuming.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

Model other_ops(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(tanh(nn::dense(x, 8, "hidden")), 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}
Model wider(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(relu(nn::dense(x, 9, "hidden")), 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}

data::Pipeline some_data() {
  return data::from(many_classes(50, 4, 3)).shuffle(7).batch(16);
}
Way way(std::int64_t epochs = 3) {
  return {[] { return make_trainer(two_layers, optim::adam(0.01)); }, some_data(),
          [epochs] { return FitOptions{.epochs = epochs}; }};
}
/// Trains for `last_step` steps with a file in the folder.
std::filesystem::path interrupted(const Folder& folder, std::int64_t last_step) {
  const auto file = folder / "run.safetensors";
  std::vector<double> steps;
  run(*way().trainer(), way(), file, steps, 0, last_step);
  return file;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint_errors)

BOOST_AUTO_TEST_CASE(saved_and_loaded_it_is_the_same_training) {
  const Folder folder;
  const auto file = folder / "saved.safetensors";
  std::vector<double> steps;
  const auto first = way().trainer();
  run(*first, way(2), {}, steps);
  first->set("learning_rate", 0.003);
  first->save(file);
  const auto second = way().trainer();
  second->load(file);
  BOOST_TEST((variables_of(*second) == variables_of(*first)));
  // They go on in the same way, from the same epoch.
  const History a = run(*first, way(2), {}, steps);
  const History b = run(*second, way(2), {}, steps);
  check_same(b, a);
  BOOST_TEST(a.front().epoch == 2);
  BOOST_TEST(*a.front().learning_rate == 0.003);
  BOOST_TEST((variables_of(*second) == variables_of(*first)));
}

BOOST_AUTO_TEST_CASE(what_is_saved_after_an_epoch_is_after_that_epoch) {
  const Folder folder;
  FitOptions options = way().options();
  options.best_model = folder / "best.safetensors";
  options.callbacks.push_back(
      {.after_epoch = [&](TrainerBase& training, const EpochResult& result) {
        training.save(folder / "now.safetensors");
        BOOST_TEST(Checkpoint(folder / "now.safetensors").epoch() == result.epoch + 1);
        return true;
      }});
  way().trainer()->fit(some_data(), options);
  BOOST_TEST(Checkpoint(folder / "best.safetensors").epoch() == 3);
}

BOOST_AUTO_TEST_CASE(of_another_model_or_optimizer) {
  const Folder folder;
  const auto file = interrupted(folder, 6);
  const std::string name = file.string();
  const auto refused = [&](TrainerBase& training, std::initializer_list<const char*> parts) {
    const std::string before = variables_of(training);
    std::vector<double> steps;
    expect<DataError>([&] { training.load(file); }, parts);
    expect<DataError>([&] { run(training, way(), file, steps); }, parts);
    BOOST_TEST(steps.empty());
    BOOST_TEST((variables_of(training) == before));
  };
  refused(*make_trainer(other_ops, optim::adam(0.01)),
          {name.c_str(), "belongs to another model", "its ops differ",
           "build the model that was saved"});
  refused(*make_trainer(wider, optim::adam(0.01)),
          {name.c_str(), "of a different shape or dtype", "'hidden/weight' F32[4,8]",
           "the model has F32[4,9]"});
  refused(
      *make_trainer(two_layers, optim::sgd(0.01)),
      {name.c_str(), "belongs to another model or optimizer", "unexpected", "'hidden/weight.m'"});
  refused(*make_trainer(with_batch_norm, optim::adam(0.01)), {"missing", "'norm/"});
}

BOOST_AUTO_TEST_CASE(of_another_pipeline) {
  const Folder folder;
  const auto file = interrupted(folder, 6);
  const auto refused = [&](const data::Pipeline& other) {
    Way now = way();
    now.data = other;
    const auto trainer = now.trainer();
    const std::string before = variables_of(*trainer);
    std::vector<double> steps;
    expect<DataError>([&] { run(*trainer, now, file, steps); },
                      {"in the middle of epoch 1 with another pipeline", "use the same pipeline",
                       "resume to false"});
    BOOST_TEST((variables_of(*trainer) == before));
  };
  refused(some_data().shuffle(8));
  refused(some_data().batch(8));
  refused(some_data().take(40));
  // Between epochs it may be another.
  const Folder other;
  Way now = way();
  now.data = some_data().batch(8);
  std::vector<double> steps;
  BOOST_TEST(run(*now.trainer(), now, interrupted(other, 4), steps).back().steps == 7);
}

BOOST_AUTO_TEST_CASE(of_another_preprocessing) {
  const data::Dataset rows = many_classes(50, 4, 3);
  const data::Preprocessing fitted = data::Preprocessing().standardize("x").fit(rows);
  const Folder folder;
  const auto file = folder / "run.safetensors";
  Way prepared = way();
  prepared.data = data::from(rows).preprocess(fitted).shuffle(7).batch(16);
  std::vector<double> steps;
  run(*prepared.trainer(), prepared, file, steps, 0, 6);
  const auto trainer = way().trainer();
  expect<DataError>([&] { run(*trainer, way(), file, steps); },
                    {"run.safetensors", "the preprocessing differs", "this pipeline has none"});
  trainer->load(file);
  expect<DataError>(
      [&] { (void)trainer->evaluate(some_data()); },
      {"evaluate: the preprocessing differs", "this pipeline has none", "preprocess(...)"});
  BOOST_TEST_REQUIRE(trainer->preprocessing() != nullptr);
  BOOST_TEST(trainer->preprocessing()->fingerprint() == fitted.fingerprint());
  (void)trainer->evaluate(data::from(rows).preprocess(*trainer->preprocessing()));
}

BOOST_AUTO_TEST_CASE(of_a_run_that_is_over_or_of_another_one) {
  const Folder folder;
  const auto file = folder / "run.safetensors";
  std::vector<double> steps;
  const auto trainer = way().trainer();
  const History history = run(*trainer, way(), file, steps);
  const std::string variables = variables_of(*trainer);
  steps.clear();
  // There is nothing left to do, here or in a program that is started again.
  check_same(run(*trainer, way(), file, steps), history);
  const auto again = way().trainer();
  check_same(run(*again, way(), file, steps), history);
  BOOST_TEST(steps.empty());
  BOOST_TEST((variables_of(*again) == variables));
  // More epochs than before: the rest of them.
  const History longer = run(*again, way(5), file, steps);
  BOOST_TEST(longer.size() == 5U);
  BOOST_TEST(steps.size() == 2 * 2 * 4U);
  std::vector<double> all;
  const auto uninterrupted = way().trainer();
  check_same(longer, run(*uninterrupted, way(5), {}, all));
  BOOST_TEST((variables_of(*again) == variables_of(*uninterrupted)));

  // What was trained since is not thrown away.
  run(*again, way(1), {}, steps);
  const std::string now = variables_of(*again);
  expect<UsageError>(
      [&] { run(*again, way(7), file, steps); },
      {"this model has trained 24 steps", "is from step 20", "another path", "resume to false"});
  BOOST_TEST((variables_of(*again) == now));
  // A file of save() is no run.
  again->save(file);
  expect<DataError>([&] { run(*way().trainer(), way(), file, steps); },
                    {"was written by save()", "load() it"});
  FitOptions replace = way().options();
  replace.checkpoint = {.path = file, .resume = false};
  BOOST_TEST(way().trainer()->fit(some_data(), replace).size() == 3U);
  BOOST_TEST(Checkpoint(file).step() == 12);
}

BOOST_AUTO_TEST_CASE(a_stop_within_an_epoch_and_sparse_checkpoints_are_in_the_file) {
  const Folder folder;
  FitOptions options = way(5).options();
  options.checkpoint = {.path = folder / "run.safetensors", .every_epochs = 4};
  options.callbacks.push_back(
      {.after_step = [](TrainerBase&, const StepResult& step) { return step.step != 7; }});
  way().trainer()->fit(some_data(), options);  // the eighth step is the last of an epoch
  BOOST_TEST(Checkpoint(options.checkpoint.path).epoch() == 2);
  options.callbacks.front() = {
      .after_step = [](TrainerBase&, const StepResult& step) { return step.step != 9; }};
  way().trainer()->fit(some_data(), options);
  BOOST_TEST(Checkpoint(options.checkpoint.path).epoch() == 2);
  BOOST_TEST(Checkpoint(options.checkpoint.path).batch() == 2);
}

BOOST_AUTO_TEST_CASE(a_schedule_of_another_kind) {
  const Folder folder;
  const auto file = folder / "run.safetensors";
  const auto with = [](const Schedule& schedule) {
    Way result = way();
    result.options = [schedule] { return FitOptions{.epochs = 3, .schedule = schedule}; };
    return result;
  };
  std::vector<double> steps;
  run(*way().trainer(), with(reduce_on_plateau(0.1)), file, steps, 0, 6);
  const auto trainer = way().trainer();
  const std::string before = variables_of(*trainer);
  expect<DataError>([&] { run(*trainer, with(step_decay(0.1, 0.5, 4)), file, steps); },
                    {"schedule without state", "expected 0"});
  BOOST_TEST((variables_of(*trainer) == before));
  // One that takes the state has its own back when the rest is refused.
  const Schedule plateau = reduce_on_plateau(0.7);
  Way other = with(plateau);
  expect<DataError>([&] { run(*make_trainer(other_ops, optim::adam(0.01)), other, file, steps); },
                    {"belongs to another model"});
  BOOST_TEST(plateau.rate(0) == 0.7);
}

// With a right checksum, but not as this library writes it: sums over the counts must not overflow,
// nor an epoch be left unfinished without a word.
BOOST_AUTO_TEST_CASE(entries_that_contradict_the_data_or_each_other) {
  const Folder folder;
  const auto file = interrupted(folder, 6);  // of 4 steps an epoch
  const auto changed = folder / "changed.safetensors";
  std::vector<double> steps;
  const auto refused = [&](const std::string& key, const std::string& value,
                           std::initializer_list<const char*> parts) {
    const Checkpoint whole(file);
    CheckpointContent content{
        {}, whole.epoch(), whole.batch(), whole.step(), whole.model_fingerprint(), whole.state()};
    for (const StoredTensor& t : whole.file().tensors())
      content.tensors.push_back({t.name, t.dtype == "F32" ? f32 : i64, t.shape,
                                 t.dtype == "F32"
                                     ? std::as_bytes(whole.file().values<float>(t.name))
                                     : std::as_bytes(whole.file().values<std::int64_t>(t.name))});
    content.state[key] = value;
    write_checkpoint(changed, content);
    const auto trainer = way().trainer();
    const std::string before = variables_of(*trainer);
    expect<DataError>([&] { run(*trainer, way(), changed, steps); }, parts);
    BOOST_TEST((variables_of(*trainer) == before));
  };
  refused("fit.first_epoch", "2", {"'fit.first_epoch' is 2, expected 0 to 1, the epoch"});
  refused("fit.first_epoch", "-9223372036854775808", {"'fit.first_epoch' is -922"});
  refused("fit.steps", "1", {"'fit.steps' is 1, expected the 2 batches"});
  refused("fit.samples", "33", {"'fit.samples' is 33, expected the 32 of 2 batches"});
  refused("fit.delivered.samples", "51", {"'fit.delivered.samples' is 51, expected 0 to"});
  refused("fit.delivered.samples", "-1", {"'fit.delivered.samples' is -1"});
  for (const char* number : {"1e300", "0.5", "18446744073709551615", "\"1\"", "null"})
    refused("fit.history",
            std::string(R"([{"epoch":)") + number +
                R"(,"steps":4,"samples":50,"loss":1,"deviation":0,"seconds":1,"notes":[],)" +
                R"("metrics":[]}])",
            {"'fit.history' is not a history"});
}

BOOST_AUTO_TEST_CASE(damaged_files) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::mt19937_64 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const Folder folder;
  const auto file = interrupted(folder, 6);
  const std::string good = content_of(file);
  const auto damaged = folder / "damaged.safetensors";
  std::vector<double> steps;
  const auto trainer = way().trainer();
  run(*trainer, way(1), {}, steps);
  const std::string before = variables_of(*trainer);
  const auto original = folder / "original.safetensors";
  trainer->save(original);
  const auto of_file = way().trainer();
  of_file->load(file);
  const std::string content = variables_of(*of_file);
  int refused = 0;
  for (int i = 0; i < 400; ++i) {
    std::string text = good;
    switch (i % 5) {
      case 0:
        text.resize(below(text.size()));
        break;
      case 1:
        text[below(text.size())] ^= static_cast<char>(1U << below(8));
        break;
      case 2:
        for (std::size_t n = below(40) + 1, at = below(text.size()); n > 0 && at < text.size(); --n)
          text[at++] = static_cast<char>(random());
        break;
      case 3:
        text.erase(below(text.size()), below(9) + 1);
        break;
      default:
        text.insert(below(text.size()), std::string(below(9) + 1, static_cast<char>(random())));
    }
    write_plainly(damaged, text);
    try {
      trainer->load(damaged);
      // Only where it says the same, as with another blank in the header.
      BOOST_TEST_REQUIRE((variables_of(*trainer) == content), "mutation " << i);
      trainer->load(original);
    } catch (const DataError& error) {
      ++refused;
      BOOST_TEST(std::string(error.what()).find("damaged.safetensors") != std::string::npos);
      BOOST_TEST_REQUIRE((variables_of(*trainer) == before), "mutation " << i);
    }
  }
  BOOST_TEST(refused > 390);
  expect<FileError>([&] { trainer->load(folder / "none.safetensors"); }, {"none.safetensors"});
}

BOOST_AUTO_TEST_SUITE_END()
