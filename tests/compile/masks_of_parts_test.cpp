#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/compile/masks_of_parts.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace masks_of_parts_checks {

using Values = std::vector<std::vector<double>>;  // by output

/// Runs a graph of one f64 input of ones on `samples` samples, in step 3.
Values run(const Graph& g, std::int64_t samples, int threads, PartOfBatch part) {
  Plan plan = plan_memory(g, samples);
  const Arena memory(
      static_cast<std::size_t>(plan.variables_bytes + plan.inputs_bytes() + plan.transient_bytes));
  Program program(g.clone(), std::move(plan));
  std::byte* const inputs = memory.data() + program.plan().variables_bytes;
  program.attach(memory.data(), inputs, inputs + program.plan().inputs_bytes());
  program.use_threads(threads);
  program.bind(samples);
  PartSettings(program.graph()).set(part, program.settings());
  const auto fill = [&](NodeId id) {
    auto* const values = reinterpret_cast<double*>(program.address_of(id));
    std::fill_n(values, program.graph().node(id).shape.elements().at(samples), 1.0);
  };
  for (const NodeId id : program.graph().inputs) fill(id);
  for (const Variable& v : program.graph().variables) {
    if (program.graph().node(v.node).dtype == f64) fill(v.node);
    const std::int64_t step = 3;
    if (program.graph().node(v.node).dtype == i64)
      std::memcpy(program.address_of(v.node), &step, sizeof step);
  }
  program.run();
  Values results;
  for (const NodeId id : program.graph().outputs) {
    const auto* const values = reinterpret_cast<const double*>(program.address_of(id));
    results.emplace_back(values, values + program.graph().node(id).shape.elements().at(samples));
  }
  return results;
}

/// Returns the elements of samples [begin, end) of a batch of `samples` samples along `axis`.
std::vector<double> samples_of(const std::vector<double>& all, const Shape& shape, int axis,
                               std::int64_t samples, std::int64_t begin, std::int64_t end) {
  std::int64_t runs = 1;
  for (int i = 0; i < axis; ++i) runs *= shape[i].constant;
  const std::int64_t of_a_run = static_cast<std::int64_t>(all.size()) / runs;
  const std::int64_t of_a_sample = of_a_run / samples;
  std::vector<double> result;
  for (std::int64_t r = 0; r < runs; ++r)
    for (std::int64_t i = begin * of_a_sample; i < end * of_a_sample; ++i)
      result.push_back(all[static_cast<std::size_t>(r * of_a_run + i)]);
  return result;
}

struct Masked {
  Shape shape;
  int axis;  ///< of the batch
};

/// Two dropouts of x, and the gradient with respect to x.
Graph two_dropouts(const Shape& shape) {
  Graph g;
  const Tensor x = g.input("x", shape, f64);
  const Tensor y = dropout(dropout(x, 0.3), 0.2);
  const Tensor loss = sum(y * y);
  const Tensor dx = gradient(g, loss, {x})[0];
  g.outputs.push_back(y.id);
  g.outputs.push_back(dx.id);
  return passes::resolve_mode(g, Mode::training);
}

void fill(std::span<float> values, float scale) {
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = scale * std::sin(static_cast<float>(i) * 1.7F + 0.3F);
}

struct Trained {
  std::vector<float> variables;
  double loss = 0;
  RemedyResult remedy;
};

/// Trains for two epochs of two batches of 12 samples and one of 4.
template <class Build, class Optimizer>
Trained train(const Build& build, const Optimizer& optimizer, const data::Dataset& data,
              TrainerOptions options, FitOptions fit = {}, std::int64_t batch_size = 12) {
  Graph g;
  const Model model = build(g);
  Trainer trainer{g, model, optimizer, std::move(options)};
  fit.epochs = 2;
  fit.preflight = false;
  const History history =
      trainer.fit(data::from(data).shuffle(3).batch(batch_size, data::Tail::keep), fit);
  Trained result{{}, history.back().loss, trainer.remedy()};
  const Graph& step = trainer.step_graph();
  for (const Variable& v : step.variables) {
    if (!v.trainable) continue;
    const auto values = trainer.template variable<float>(full_name(step, v.node));
    result.variables.insert(result.variables.end(), values.begin(), values.end());
  }
  return result;
}

double largest_difference(const Trained& a, const Trained& b) {
  BOOST_TEST_REQUIRE(a.variables.size() == b.variables.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.variables.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a.variables[i]) - b.variables[i]));
  return largest;
}
void check_same(const Trained& a, const Trained& b) {
  BOOST_TEST(largest_difference(a, b) < 2e-5);
  BOOST_TEST(a.loss == b.loss, boost::test_tools::tolerance(1e-5));
}

constexpr auto small_gpt = [](Graph& g) {
  return models::gpt(
      g, {.vocabulary = 11, .context = 5, .width = 12, .heads = 3, .layers = 2, .dropout = 0.3});
};
data::Dataset texts(std::int64_t samples) {
  std::vector<std::int32_t> x;
  std::vector<std::int32_t> label;
  for (std::int64_t i = 0; i < samples * 5; ++i) {
    x.push_back(static_cast<std::int32_t>(i * i % 11));
    label.push_back(static_cast<std::int32_t>((i + 1) * (i + 1) % 11));
  }
  return data::Dataset().add("x", {5}, std::move(x)).add("label", {5}, std::move(label));
}

/// Convolutions, then dropout before each of two dense layers, as in AlexNet.
constexpr auto small_alexnet = [](Graph& g) {
  const Tensor x = g.input("x", {batch, 9, 9, 2});
  const Tensor label = g.input("label", {batch}, i32);
  Tensor h = relu(nn::conv2d(x, 4, 3, "first"));
  h = max_pool2d(h, square_pool(2));
  h = relu(nn::conv2d(h, 5, 2, "second"));
  h = dropout(flatten(h), 0.5);
  h = dropout(relu(nn::dense(h, 7, "third")), 0.5);
  const Tensor logits = nn::dense(h, 3, "logits");
  return Model{.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};
data::Dataset pictures(std::int64_t samples) {
  std::vector<float> x(static_cast<std::size_t>(samples) * 9 * 9 * 2);
  fill(x, 1);
  std::vector<std::int32_t> label;
  for (std::int64_t i = 0; i < samples; ++i) label.push_back(static_cast<std::int32_t>(i % 3));
  return data::Dataset().add("x", {9, 9, 2}, std::move(x)).add("label", {}, std::move(label));
}

}  // namespace masks_of_parts_checks

BOOST_AUTO_TEST_SUITE(masks_of_parts)

using namespace masks_of_parts_checks;

BOOST_AUTO_TEST_CASE(the_masks_of_parts_are_those_of_the_batch_to_the_bit) {
  constexpr std::int64_t samples = 12;
  for (const auto& [shape, axis] :
       {Masked{{batch}, 0}, Masked{{batch, 7}, 0}, Masked{{batch, 3, 5}, 0},
        Masked{{Dim{0, 3}, 5}, 0}, Masked{{5, batch, 3}, 1}, Masked{{3, 1, Dim{0, 2}}, 2},
        Masked{{batch, 3001}, 0}, Masked{{3, batch, 1001}, 1}}) {
    const Graph whole_graph = two_dropouts(shape);
    const Values whole = run(whole_graph, samples, 1, {});
    BOOST_TEST(std::count(whole[0].begin(), whole[0].end(), 0.0) > 0);
    const Graph part_graph = passes::masks_of_parts(whole_graph);
    for (const std::int64_t part : {1, 3, 4, 12})
      for (const int threads : {1, 4})
        for (std::int64_t before = 0; before < samples; before += part) {
          const Values got = run(part_graph, part, threads, {before, samples});
          for (std::size_t i = 0; i < 2; ++i)
            BOOST_TEST(
                (got[i] == samples_of(whole[i], shape, axis, samples, before, before + part)));
        }
  }
}

BOOST_AUTO_TEST_CASE(all_samples_share_the_mask_of_a_weight) {
  Graph g;
  const Tensor x = g.input("x", {batch, 4}, f64);
  const Tensor w = g.parameter("w", {4, 6}, filled_with(1), f64);
  g.outputs.push_back(matmul(x, dropout(w, 0.5)).id);
  const Graph whole_graph = passes::resolve_mode(g, Mode::training);
  const Graph part_graph = passes::masks_of_parts(whole_graph);
  BOOST_TEST(part_graph.settings.size() == 0U);
  const Values whole = run(whole_graph, 4, 1, {});
  const Values part = run(part_graph, 2, 1, {2, 4});
  BOOST_TEST((part[0] == std::vector<double>(whole[0].begin() + 12, whole[0].end())));
}

BOOST_AUTO_TEST_CASE(gpt_in_parts_gives_the_result_of_the_batch) {
  const data::Dataset data = texts(28);
  const Trained whole = train(small_gpt, optim::sgd_momentum(0.1), data, {.threads = 1});
  for (const int threads : {1, 3})
    for (const std::int64_t part : {1, 3, 4}) {
      const Trained parts = train(small_gpt, optim::sgd_momentum(0.1), data,
                                  {.micro_batch = part, .threads = threads});
      BOOST_TEST((parts.remedy.part == part));
      check_same(whole, parts);
    }
  check_same(whole, train(small_gpt, optim::sgd_momentum(0.1), data, {}, {.accumulate = 3}, 4));
  // The comparison notices wrong masks: another rate gives another result.
  const auto other = [](Graph& g) {
    return models::gpt(
        g, {.vocabulary = 11, .context = 5, .width = 12, .heads = 3, .layers = 2, .dropout = 0.29});
  };
  BOOST_TEST(largest_difference(
                 whole, train(other, optim::sgd_momentum(0.1), data, {.threads = 1})) > 1e-3);
}

BOOST_AUTO_TEST_CASE(alexnet_in_parts_gives_the_result_of_the_batch) {
  const data::Dataset data = pictures(28);
  const Trained whole = train(small_alexnet, optim::sgd(0.1), data, {.threads = 1});
  for (const int threads : {1, 3})
    for (const std::int64_t part : {1, 2, 6})
      check_same(whole, train(small_alexnet, optim::sgd(0.1), data,
                              {.micro_batch = part, .threads = threads}));
}

BOOST_AUTO_TEST_CASE(parts_with_recomputation_give_the_result_of_the_batch) {
  const auto deep = [](Graph& g) {
    Tensor h = g.input("x", {batch, 9, 9, 2});
    h = flatten(h);
    for (int i = 0; i < 10; ++i)
      h = dropout(tanh(nn::dense(h, 24, "layer" + std::to_string(i))), 0.2);
    const Tensor logits = nn::dense(h, 3, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, g.input("label", {batch}, i32)),
                 .outputs = {logits}};
  };
  const data::Dataset data = pictures(112);
  const auto train_within = [&](TrainerOptions options) {
    return train(deep, optim::sgd(0.1), data, std::move(options), {}, 48);
  };
  const Trained whole = train_within({.threads = 1});
  bool recomputed = false;
  for (std::int64_t percent = 95; percent >= 30 && !recomputed; percent -= 1) {
    const Bytes budget{whole.remedy.peak.count * percent / 100};
    try {
      const Trained fitted =
          train_within({.memory_budget = budget, .fit_to_budget = true, .threads = 1});
      check_same(whole, fitted);
      recomputed = fitted.remedy.remedy == Remedy::micro_batches_with_recomputation;
    } catch (const BudgetError&) {
      break;
    }
  }
  BOOST_TEST(recomputed);
}

BOOST_AUTO_TEST_CASE(a_failing_part_is_replayed_with_its_masks) {
  // The logarithm of 0 is infinite where the mask drops an element: replayed with the masks of the
  // first part, other elements would be named.
  Graph g;
  const Tensor x = g.input("x", {batch, 40});
  const Tensor w = g.parameter("w", {40}, filled_with(1));
  const Tensor before = g.input("fails", {batch, 1});
  const Tensor dropped = dropout(x * w, 0.02);
  const Model model{.loss = mean(log(dropped + (1.0 - before))), .outputs = {}};
  std::vector<float> fails(8, 0.0F);
  for (std::size_t i = 6; i < 8; ++i) fails[i] = 1;
  const data::Dataset data = data::Dataset()
                                 .add("x", {40}, std::vector<float>(320, 1.0F))
                                 .add("fails", {1}, std::move(fails));
  std::vector<std::string> found;
  for (const std::int64_t part : {0, 2}) {
    Trainer trainer{g, model, optim::sgd(0), {.micro_batch = part}};
    FitOptions options;
    options.preflight = false;
    BOOST_CHECK_THROW(trainer.fit(data::from(data).batch(8), options), NumericsError);
    BOOST_TEST_REQUIRE(trainer.failed_step().has_value());
    const FailedStep& failed = *trainer.failed_step();
    BOOST_TEST(trainer.replay_failed_step().describe() == failed.origin.describe());
    BOOST_TEST_REQUIRE(failed.origin.infinite.has_value());
    found.push_back(
        std::to_string(failed.origin.infinite->count) + " from row " +
        std::to_string(
            failed.rows[static_cast<std::size_t>(failed.origin.infinite->first_sample)]));
  }
  BOOST_TEST(found[0] == found[1]);
}

BOOST_AUTO_TEST_SUITE_END()
