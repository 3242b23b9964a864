#include <boost/test/unit_test.hpp>
#include <foregraph/detail/compile/plan_step.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <foregraph/foregraph.hpp>

#include "graph/checks.hpp"
#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace blockwise_loss_cases {

/// A loss on x . weight + bias, of rows that may be weighted.
struct Setup {
  bool transposed = false;  ///< the weight is stored [V,K]
  bool biased = true;
  bool sequence = false;  ///< logits [batch,2,V] instead of [batch,V]
  bool weighted = false;
  bool x_has_gradient = true;
  double smoothing = 0;
  DType dtype = f64;
  DType labels = i32;
};
constexpr std::int64_t inner = 5;
constexpr std::int64_t classes = 19;  // whole vectors and a rest

/// Appends loss and gradients as outputs.
Graph graph_of_loss(const Setup& s) {
  Graph g;
  const Dim rows = s.sequence ? Dim{0, 2} : batch;
  const Shape of_labels = s.sequence ? Shape{batch, 2} : Shape{batch};
  const Tensor x = g.input("x", {rows, inner}, s.dtype);
  const Tensor label = g.input("label", of_labels, s.labels);
  const Tensor weight =
      g.input("weight", s.transposed ? Shape{classes, inner} : Shape{inner, classes}, s.dtype);
  const Tensor bias = g.input("bias", {classes}, s.dtype);
  const Tensor share = g.input("share", of_labels, s.dtype);
  Tensor logits = matmul(x, weight, {false, s.transposed});
  if (s.biased) logits = add(logits, bias);
  if (s.sequence) logits = reshape(logits, {batch, 2, classes});
  const Tensor loss = s.weighted
                          ? masked_mean(nn::softmax_cross_entropy_per_sample(logits, label), share)
                          : nn::softmax_cross_entropy_smoothed(logits, label, s.smoothing);
  std::vector<Tensor> wrt{weight};
  if (s.x_has_gradient) wrt.push_back(x);
  if (s.biased) wrt.push_back(bias);
  g.outputs.push_back(loss.id);
  for (const Tensor& t : gradient(g, loss, wrt)) g.outputs.push_back(t.id);
  return optimize(std::move(g));
}

Inputs inputs_of(const Setup& s, std::int64_t samples) {
  const std::int64_t rows = samples * (s.sequence ? 2 : 1);
  std::vector<double> labels;
  std::vector<double> shares;
  for (std::int64_t i = 0; i < rows; ++i) {
    labels.push_back(static_cast<double>(i * 7 % classes));
    shares.push_back(i % 3 == 1 ? 0 : 1 + 0.25 * static_cast<double>(i % 4));
  }
  const auto random = [&](std::int64_t count, unsigned seed) {
    return random_values(static_cast<std::size_t>(count), seed);
  };
  return {{{rows, inner}, random(rows * inner, 1), s.dtype},
          {{rows}, labels, s.labels},
          {{inner, classes}, random(inner * classes, 2), s.dtype},
          {{classes}, random(classes, 3), s.dtype},
          {{rows}, shares, s.dtype}};
}

Graph in_blocks(const Graph& whole, std::int64_t rows) {
  const passes::BlockwiseLoss loss = passes::find_blockwise_loss(whole, 1, 0);
  BOOST_REQUIRE(loss.found());
  Graph blocks = passes::loss_in_blocks(whole, loss, rows);
  for (NodeId id = 0; id < blocks.size(); ++id) {
    BOOST_TEST((blocks.node(id).op != &softmax_cross_entropy_op));
    BOOST_TEST((blocks.node(id).op != &softmax_cross_entropy_gradient_op));
    BOOST_TEST((blocks.node(id).op != &matmul_op));
  }
  return blocks;
}

/// Compares loss and gradients by blocks with those of the whole logits.
void compare(const Setup& s) {
  const Graph whole = graph_of_loss(s);
  for (const std::int64_t samples : {1, 2, 7}) {
    const Inputs inputs = inputs_of(s, samples);
    const auto expected = evaluate_outputs(whole, inputs, Mode::training, samples);
    for (const std::int64_t rows : {1, 3, 64}) {
      const Graph blocks = in_blocks(whole, rows);
      BOOST_TEST(validate(blocks, plan_memory(blocks, samples)).ok());
      const auto got = evaluate_outputs(blocks, inputs, Mode::training, samples);
      BOOST_REQUIRE_EQUAL(got.size(), expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        BOOST_REQUIRE_EQUAL(got[i].size(), expected[i].size());
        for (std::size_t j = 0; j < got[i].size(); ++j)
          check_close(expected[i][j], got[i][j], s.dtype == f64 ? 1e-13 : 1e-5,
                      "result " + std::to_string(i));
      }
    }
  }
}

/// Returns true if a blockwise loss is found in the step of a model that ends as `finish` says.
bool is_found(FunctionRef<void(Graph&, Tensor, Tensor)> finish) {
  Graph g;
  const Tensor x = g.input("x", {batch, 3});
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor weight = g.parameter("weight", {3, 4}, normal(1));
  finish(g, matmul(x, weight), label);
  g.outputs.push_back(gradient(g, g.tensor(g.loss), {weight})[0].id);
  return passes::find_blockwise_loss(optimize(std::move(g)), 1, 0).found();
}

constexpr auto large_vocabulary = [](Graph& g) {
  const Tensor x = g.input("x", {batch, 16});
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(nn::dense(x, 8, "hidden"), 3000, "out");
  return Model{.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};
constexpr auto small_vocabulary = [](Graph& g) {
  const Tensor x = g.input("x", {batch, 16});
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(relu(nn::dense(x, 512, "hidden")), 10, "out");
  return Model{.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};

}  // namespace blockwise_loss_cases

BOOST_AUTO_TEST_SUITE(blockwise_loss)
using namespace blockwise_loss_cases;

BOOST_AUTO_TEST_CASE(equals_the_loss_of_whole_logits_to_rounding) {
  for (const bool transposed : {false, true})
    for (const bool biased : {false, true})
      for (const bool sequence : {false, true})
        compare({.transposed = transposed, .biased = biased, .sequence = sequence});
  compare({.weighted = true});
  compare({.sequence = true, .weighted = true, .labels = i64});
  compare({.x_has_gradient = false});
  compare({.transposed = true, .smoothing = 0.1});
  compare({.dtype = f32});
  compare({.transposed = true, .weighted = true, .dtype = f32, .labels = i64});
}

BOOST_AUTO_TEST_CASE(gradients_equal_differences_of_the_loss) {
  const Setup s{.sequence = true, .weighted = true};
  const Graph blocks = in_blocks(graph_of_loss(s), 3);
  Inputs inputs = inputs_of(s, 4);
  const auto at = evaluate_outputs(blocks, inputs, Mode::training, 4);
  const auto loss_at = [&](std::size_t input, std::size_t element, double value) {
    Inputs changed = inputs;
    changed[input].values[element] = value;
    return evaluate_outputs(blocks, changed, Mode::training, 4)[0][0];
  };
  constexpr double step = 1e-5;
  const std::array<std::size_t, 3> operands{2, 0, 3};  // weight, x, bias: the order of the outputs
  for (std::size_t i = 0; i < operands.size(); ++i)
    for (std::size_t j = 0; j < at[i + 1].size(); ++j) {
      const double value = inputs[operands[i]].values[j];
      const double slope =
          (loss_at(operands[i], j, value + step) - loss_at(operands[i], j, value - step)) /
          (2 * step);
      check_close(slope, at[i + 1][j], 1e-9, "gradient of operand " + std::to_string(operands[i]));
    }
}

BOOST_AUTO_TEST_CASE(evaluation_computes_the_loss_by_blocks) {
  Graph g = graph_of_loss({});
  g.outputs.resize(1);
  const Graph whole = optimize(std::move(g));
  const Graph blocks = in_blocks(whole, 2);
  const Inputs inputs = inputs_of({}, 7);
  check_close(evaluate_outputs(whole, inputs, Mode::evaluation, 7)[0][0],
              evaluate_outputs(blocks, inputs, Mode::evaluation, 7)[0][0], 1e-14, "loss");
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_the_threads) {
  Graph g;
  const Tensor x = g.input("x", {batch, 40});
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor weight = g.input("weight", {40, 2000});
  const Tensor bias = g.input("bias", {2000});
  const Tensor loss = nn::softmax_cross_entropy(add(matmul(x, weight), bias), label);
  g.outputs.push_back(loss.id);
  for (const Tensor& t : gradient(g, loss, {x, weight, bias})) g.outputs.push_back(t.id);
  const Graph blocks = in_blocks(optimize(std::move(g)), 64);
  const std::int64_t samples = 150;
  std::vector<double> labels;
  for (int i = 0; i < samples; ++i) labels.push_back(i * 13 % 2000);
  const Inputs inputs{{{samples, 40}, random_values(150 * 40, 1), f32},
                      {{samples}, labels, i32},
                      {{40, 2000}, random_values(40 * 2000, 2), f32},
                      {{2000}, random_values(2000, 3), f32}};
  const auto one = evaluate_outputs(blocks, inputs, Mode::training, samples, 1);
  for (const int threads : {2, 4, 7})
    BOOST_TEST((evaluate_outputs(blocks, inputs, Mode::training, samples, threads) == one));
}

BOOST_AUTO_TEST_CASE(a_label_out_of_range_is_named_in_any_block) {
  const Setup s{.sequence = true};
  const Graph blocks = in_blocks(graph_of_loss(s), 3);
  Inputs inputs = inputs_of(s, 4);
  inputs[1].values[5] = 19;
  BOOST_CHECK_EXCEPTION((void)evaluate_outputs(blocks, inputs, Mode::training, 4), IndexError,
                        says("softmax_cross_entropy", "label 19 is out of range, expected 0..18",
                             "sample 2 of the batch"));
}

BOOST_AUTO_TEST_CASE(logits_that_something_else_uses_stay_whole) {
  BOOST_TEST(is_found([](Graph& g, Tensor logits, Tensor label) {
    g.loss = nn::softmax_cross_entropy(logits, label).id;
  }));
  BOOST_TEST(!is_found([](Graph& g, Tensor logits, Tensor label) {
    g.loss = nn::softmax_cross_entropy(logits, label).id;
    g.outputs.push_back(logits.id);
  }));
  BOOST_TEST(!is_found([](Graph& g, Tensor logits, Tensor label) {
    g.loss = add(nn::softmax_cross_entropy(logits, label), mean(square(logits))).id;
  }));
  BOOST_TEST(!is_found([](Graph& g, Tensor logits, Tensor label) {
    g.loss = nn::softmax_cross_entropy(tanh(logits), label).id;
  }));
}

BOOST_AUTO_TEST_CASE(rows_weighted_by_their_losses_stay_whole) {
  BOOST_TEST(!is_found([](Graph& g, Tensor logits, Tensor label) {
    g.loss = mean(square(nn::softmax_cross_entropy_per_sample(logits, label))).id;
  }));
}

BOOST_AUTO_TEST_CASE(the_smaller_plan_is_taken) {
  for (const std::int64_t samples : {1, 64, 100, 1000}) {
    Graph built;
    const Graph step = training_graph(built, large_vocabulary(built), optim::sgd());
    const Plan whole = plan_memory(step, samples);
    const auto peak_with = [&](LossBlocks how) {
      const Step planned = plan_step(step.clone(), samples, {.loss_blocks = how});
      BOOST_TEST(validate(planned.graph, planned.plan).ok());
      return planned.plan.peak();
    };
    BOOST_TEST((peak_with(LossBlocks::never) == whole.peak()));
    BOOST_TEST((peak_with(LossBlocks::automatic) ==
                std::min(whole.peak(), peak_with(LossBlocks::always))));
  }
}

BOOST_AUTO_TEST_CASE(blocks_lower_the_peak_and_repeat_no_product) {
  Graph built;
  Graph step = training_graph(built, large_vocabulary(built), optim::adam());
  const Plan whole = plan_memory(step, 1000);
  const std::int64_t flops = flops_of(step, 1000);
  const Step planned = plan_step(std::move(step), 1000);
  // Three quarters of the logits, less the gradient of the weight.
  BOOST_TEST((planned.plan.peak() < whole.peak() - Bytes{1000 * 3000 * 4 / 2}));
  BOOST_TEST(flops_of(planned.graph, 1000) <= flops);
}

BOOST_AUTO_TEST_CASE(the_compiler_decides_the_same) {
  constexpr Bytes peak = peak_memory<large_vocabulary>(optim::sgd(), 512);
  BOOST_TEST((peak == compile(large_vocabulary, optim::sgd(), 512).plan.peak()));
  BOOST_TEST(
      (peak < compile(large_vocabulary, optim::sgd(), 512, {.loss_blocks = LossBlocks::never})
                  .plan.peak()));
}

BOOST_AUTO_TEST_CASE(the_largest_batch_is_that_of_the_better_form) {
  Graph built;
  const Graph step = training_graph(built, large_vocabulary(built), optim::sgd());
  for (const std::int64_t budget : {300'000, 1'500'000, 2'200'000, 8'000'000}) {
    const auto fits = [&](std::int64_t samples) {
      return plan_step(step.clone(), samples).plan.peak() <= Bytes{budget};
    };
    const std::int64_t largest = largest_batch_of_step(step, {budget});
    BOOST_TEST((largest == 0 || fits(largest)));
    BOOST_TEST(!fits(largest + 1));
    BOOST_TEST(largest >= largest_batch(step, {budget}));
  }
}

BOOST_AUTO_TEST_CASE(a_trainer_runs_the_planned_form) {
  const std::int64_t samples = 300;
  const auto trained_with = [&](const TrainerOptions& options, Bytes& peak, int& block_rows) {
    Trainer<large_vocabulary> trainer{optim::adam(0.01), options};
    trainer.prepare(samples);
    peak = trainer.program().plan().peak();
    block_rows = static_cast<int>(rows_of_loss_blocks(trainer.program().graph()));
    const auto x = trainer.input<float>("x");
    const auto labels = trainer.input<std::int32_t>("label");
    const std::vector<double> values = random_values(x.size(), 5);
    std::vector<double> losses;
    for (int step = 0; step < 5; ++step) {
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(values[i]);
      for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(i * 37 % 3000);
      trainer.step();
      losses.push_back(trainer.loss());
    }
    return losses;
  };
  Bytes whole;
  Bytes blocks;
  int rows = -1;
  const auto expected = trained_with({.loss_blocks = LossBlocks::never, .threads = 1}, whole, rows);
  BOOST_TEST(rows == 0);
  const auto got = trained_with({.threads = 1}, blocks, rows);
  BOOST_TEST(rows > 0);
  BOOST_TEST((blocks < whole));
  BOOST_TEST((blocks == compile(large_vocabulary, optim::adam(0.01), samples).plan.peak()));
  for (std::size_t i = 0; i < got.size(); ++i) check_close(expected[i], got[i], 1e-5, "loss");
  BOOST_TEST(got.back() < got.front());
}

BOOST_AUTO_TEST_CASE(a_few_classes_are_not_computed_by_blocks) {
  const Step step = compile(small_vocabulary, optim::sgd(), 4096);
  for (NodeId id = 0; id < step.graph.size(); ++id)
    BOOST_TEST((step.graph.node(id).op != &blockwise_softmax_cross_entropy_gradients_op));
}

BOOST_AUTO_TEST_SUITE_END()
