#pragma once

#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/expect.hpp"
#include "support/folder.hpp"
#include "support/training_data.hpp"

namespace foregraph::test {

constexpr Model two_layers(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(relu(nn::dense(x, 8, "hidden")), 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}
constexpr Model with_dropout(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(dropout(relu(nn::dense(x, 8, "hidden")), 0.3), 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}
constexpr Model with_batch_norm(Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor logits =
      nn::dense(relu(nn::batch_norm(nn::dense(x, 8, "hidden"), "norm")), 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}

template <class Optimizer>
std::unique_ptr<TrainerBase> make_trainer(Model (*build)(Graph&), const Optimizer& optimizer,
                                          const TrainerOptions& options = {}) {
  Graph g;
  const Model model = build(g);
  return std::make_unique<Trainer<>>(g, model, optimizer, options);
}

/// All bytes of all variables, the optimizer's too.
inline std::string variables_of(TrainerBase& training) {
  std::string bytes;
  const Graph& g = training.step_graph();
  const auto append = [&](auto values) {
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  };
  for (const Variable& v : g.variables) {
    const std::string name = full_name(g, v.node);
    if (g.node(v.node).dtype == i64)
      append(training.variable<std::int64_t>(name));
    else
      append(training.variable<float>(name));
  }
  return bytes;
}

/// All that a history says but times and reports.
inline void check_same(const History& got, const History& expected) {
  BOOST_TEST_REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const EpochResult& a = got[i];
    const EpochResult& b = expected[i];
    BOOST_TEST(a.epoch == b.epoch);
    BOOST_TEST(a.steps == b.steps);
    BOOST_TEST(a.samples == b.samples);
    BOOST_TEST((a.values() == b.values()));
    BOOST_TEST(a.notes == b.notes, boost::test_tools::per_element());
  }
}

/// One way to train; each call makes it anew.
struct Way {
  std::function<std::unique_ptr<TrainerBase>()> trainer;
  data::Pipeline data;
  std::function<FitOptions()> options;
};

/// Trains, with the samples of each step and its loss in `steps`, to the end or for `last_step`
/// steps, after which the callback says stop, or throws.
inline History run(TrainerBase& training, const Way& way, const std::filesystem::path& checkpoint,
                   std::vector<double>& steps, std::int64_t every_steps = 0,
                   std::int64_t last_step = -1, bool throws = false) {
  FitOptions options = way.options();
  options.progress = false;
  options.preflight = false;
  options.checkpoint.path = checkpoint;
  options.checkpoint.every_steps = every_steps;
  options.callbacks.push_back(
      {.after_step = [&, last_step, throws](TrainerBase&, const StepResult& s) {
        steps.push_back(s.loss);
        steps.push_back(static_cast<double>(s.samples));
        const bool is_last = s.step + 1 == last_step;
        if (is_last && throws) throw std::runtime_error("out of a callback");
        return !is_last;
      }});
  return training.fit(way.data, options);
}

/// A stop after each of `stops` steps, in any of the ways, changes nothing.
inline void check_resumes(const Way& way, std::initializer_list<std::int64_t> stops) {
  std::vector<double> all_steps;
  const auto uninterrupted = way.trainer();
  const History expected = run(*uninterrupted, way, {}, all_steps);
  const std::string variables = variables_of(*uninterrupted);
  for (const std::int64_t stop : stops)
    for (const bool throws : {false, true}) {
      BOOST_TEST_CONTEXT("stopped after step " << stop << (throws ? " by an exception" : "")) {
        const Folder folder;
        const auto file = folder / "run.safetensors";
        const std::int64_t every = throws ? 2 : 0;
        std::vector<double> steps;
        const auto first = way.trainer();
        if (throws)
          BOOST_CHECK_THROW(run(*first, way, file, steps, every, stop, true), std::runtime_error);
        else
          run(*first, way, file, steps, every, stop);
        BOOST_TEST_REQUIRE(steps.size() == static_cast<std::size_t>(2 * stop));
        // In the file, if there is one, is all up to an even step or the end of an epoch.
        std::int64_t saved = 0;
        if (std::filesystem::exists(file)) saved = Checkpoint(file).step();
        BOOST_TEST((throws ? saved <= stop && saved + every > stop - 1 : saved == stop));
        steps.resize(static_cast<std::size_t>(2 * saved));
        const auto second = way.trainer();
        check_same(run(*second, way, file, steps), expected);
        BOOST_TEST((steps == all_steps));
        BOOST_TEST((variables_of(*second) == variables));
      }
    }
}

}  // namespace foregraph::test
