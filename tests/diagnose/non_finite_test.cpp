#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <foregraph/foregraph.hpp>
#include <limits>
#include <string>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// The mean of log(x . w + b): infinite at 0, NaN below.
Model logarithm(Graph& g) {
  const Tensor x = g.input("x", {batch, 3});
  const Tensor y = nn::dense(x, 1, "hidden");
  const Tensor p = log(y);
  return {.loss = mean(p), .outputs = {y}};
}

/// Its gradient at 0 is infinite times zero: the loss is fine, the gradient is not.
Model root(Graph& g) {
  const Tensor x = g.input("x", {batch, 2});
  const Tensor y = nn::dense(x, 1, "hidden");
  return {.loss = mean(sqrt(abs(y))), .outputs = {y}};
}

/// Row `bad` is zero, all others are positive.
data::Dataset rows(std::int64_t count, std::int64_t features, std::int64_t bad) {
  std::vector<float> x;
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t k = 0; k < features; ++k)
      x.push_back(i == bad ? 0.0F : 1.0F + 0.01F * static_cast<float>((7 * i + k) % 50));
  return data::Dataset().add("x", {features}, std::move(x));
}

void set_variables(TrainerBase& trainer, float weight) {
  for (float& w : trainer.variable<float>("hidden/weight")) w = weight;
  for (float& b : trainer.variable<float>("hidden/bias")) b = 0;
}

std::vector<std::byte> all_bytes(TrainerBase& trainer) {
  std::vector<std::byte> bytes;
  for (const Variable& v : trainer.step_graph().variables) {
    const Node& node = trainer.step_graph().node(v.node);
    if (node.dtype != f32) continue;
    const auto values = trainer.variable<float>(full_name(trainer.step_graph(), v.node));
    const auto* first = reinterpret_cast<const std::byte*>(values.data());
    bytes.insert(bytes.end(), first, first + values.size_bytes());
  }
  return bytes;
}

FitOptions quiet() {
  FitOptions options;
  options.preflight = false;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(non_finite)

BOOST_AUTO_TEST_CASE(the_op_the_sample_and_the_row_are_named_and_nothing_is_updated) {
  for (const int prefetch : {0, 2}) {
    Graph g;
    Trainer trainer{g, logarithm(g), optim::adam(1e-3F)};
    set_variables(trainer, 0.5F);
    const data::Pipeline data = data::from(rows(40, 3, 21)).batch(16).prefetch(prefetch);
    std::vector<std::byte> before;
    FitOptions options = quiet();
    options.callbacks.push_back({.after_step = [&](TrainerBase& t, const StepResult& result) {
      BOOST_TEST(result.batch == 0);
      before = all_bytes(t);
      return true;
    }});
    expect<NumericsError>(
        [&] { trainer.fit(data, options); },
        {"the loss is NaN", "batch 1 of epoch 0", "op 'log'", "non_finite_test.cpp:", "forward",
         "1 of 16 values", "sample 5", "row 21", "-0.001 to", "failed_step()"});
    BOOST_TEST((all_bytes(trainer) == before));
    BOOST_REQUIRE(trainer.failed_step().has_value());
    const FailedStep& failed = *trainer.failed_step();
    BOOST_TEST(failed.batch == 1);
    BOOST_TEST(failed.rows[5] == 21);
    BOOST_REQUIRE(failed.origin.nan.has_value());
    BOOST_TEST(failed.origin.nan->first_sample == 5);
    BOOST_TEST(!failed.origin.infinite.has_value());
    const NonFiniteOrigin again = trainer.replay_failed_step();
    BOOST_TEST(again.describe() == failed.origin.describe());

    // With other data it goes on.
    const History history = trainer.fit(data::from(rows(40, 3, -1)).batch(16), quiet());
    BOOST_TEST(std::isfinite(history.back().loss));
    expect<UsageError>([&] { (void)trainer.replay_failed_step(); }, {"no step"});
  }
}

BOOST_AUTO_TEST_CASE(a_short_last_batch_is_looked_at_as_it_is) {
  Graph g;
  Trainer trainer{g, logarithm(g), optim::sgd(1e-3F)};
  set_variables(trainer, 0.5F);
  expect<NumericsError>(
      [&] { trainer.fit(data::from(rows(40, 3, 38)).batch(16), quiet()); },
      {"the loss is", "batch 2 of epoch 0", "1 of 8 values", "sample 6", "row 38"});
}

BOOST_AUTO_TEST_CASE(nan_in_the_data_is_traced_to_the_op_that_reads_it) {
  std::vector<float> x(30, 1.0F);
  x[17] = std::numeric_limits<float>::quiet_NaN();
  Graph g;
  Trainer trainer{g, logarithm(g), optim::sgd(1e-3F)};
  set_variables(trainer, 0.5F);
  expect<NumericsError>(
      [&] { trainer.fit(data::from(data::Dataset().add("x", {3}, x)).batch(10), quiet()); },
      {"the loss is NaN", "op 'matmul'", "first NaN", "'x', 1 to 1, 1 NaN", "row 5"});
}

BOOST_AUTO_TEST_CASE(gradients_that_are_not_finite_are_traced_to_their_step) {
  // Row 21 is zero: sqrt(0) is fine, its derivative is not. The loss is finite in that step.
  const data::Pipeline data = data::from(rows(64, 2, 21)).batch(8).shuffle(5);
  for (const std::int64_t trace : {0, 1, 3, 1000}) {
    Graph g;
    Trainer trainer{g, root(g), optim::adam(1e-3F)};
    set_variables(trainer, 0.5F);
    FitOptions options = quiet();
    options.epochs = 3;
    options.trace_non_finite = trace;
    if (trace == 0) {
      expect<NumericsError>([&] { trainer.fit(data, options); },
                            {"'hidden/weight'", "earlier step", "trace_non_finite"});
      continue;
    }
    expect<NumericsError>(
        [&] { trainer.fit(data, options); },
        {"the gradients are not finite", "epoch 0", "in the backward pass", "row 21"});
    for (const float w : trainer.variable<float>("hidden/weight")) BOOST_TEST(std::isfinite(w));
    const FailedStep& failed = *trainer.failed_step();
    BOOST_TEST(std::count(failed.rows.begin(), failed.rows.end(), 21) == 1);
    BOOST_TEST(trainer.replay_failed_step().describe() == failed.origin.describe());
  }
}

BOOST_AUTO_TEST_CASE(in_micro_batches_too) {
  Graph g;
  Trainer trainer{g, logarithm(g), optim::sgd(1e-3F), {.micro_batch = 4}};
  set_variables(trainer, 0.5F);
  expect<NumericsError>([&] { trainer.fit(data::from(rows(40, 3, 21)).batch(16), quiet()); },
                        {"op 'log'", "1 of 4 values", "sample 1", "row 21"});
  const History history = trainer.fit(data::from(rows(40, 3, -1)).batch(16), quiet());
  BOOST_TEST(std::isfinite(history.back().loss));
}

BOOST_AUTO_TEST_CASE(gradients_that_are_clipped_are_not_hidden) {
  const auto check = [](const std::string& name, const auto& optimizer) {
    BOOST_TEST_CONTEXT(name) {
      Graph g;
      Trainer trainer{g, root(g), optimizer};
      set_variables(trainer, 0.5F);
      FitOptions options = quiet();
      options.epochs = 2;
      options.trace_non_finite = 1;
      expect<NumericsError>([&] { trainer.fit(data::from(rows(40, 2, 21)).batch(40), options); },
                            {"the gradients are not finite", "in the backward pass", "row 21"});
      for (const float w : trainer.template variable<float>("hidden/weight"))
        BOOST_TEST(std::isfinite(w));
    }
  };
  check("clip_by_value", optim::clip_by_value(optim::sgd(0.1F), 1));
  check("clip_by_global_norm", optim::clip_by_global_norm(optim::sgd(0.1F), 1));
  check("clip_by_value of adam", optim::clip_by_value(optim::adam(0.1F), 1));
  check("lion", optim::lion(0.1F));
}

BOOST_AUTO_TEST_CASE(data_that_change_when_they_are_read_again_are_named) {
  int zeros = 0;  // only the first time
  const data::Pipeline data = data::from(rows(32, 2, -1)).batch(8).map([&](data::Sample& sample) {
    if (sample.row() == 3 && zeros++ == 0)  // in the first batch: the bias is still 0
      for (float& x : sample.field<float>("x")) x = 0;
  });
  Graph g;
  Trainer trainer{g, root(g), optim::sgd(1e-3F)};
  set_variables(trainer, 0.5F);
  FitOptions options = quiet();
  options.trace_non_finite = 1000;
  expect<NumericsError>([&] { trainer.fit(data, options); },
                        {"are finite when", "the data differed the second time", "random_seed()"});
}

BOOST_AUTO_TEST_SUITE_END()
