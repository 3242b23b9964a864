// Trainers and predictors plan for the threads that run.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

#include "support/expect.hpp"
#include "support/training_data.hpp"

using namespace foregraph;
using namespace foregraph::literals;
using namespace foregraph::test;

namespace {

/// Convolutions need a workspace on each thread.
Model convolutions(Graph& g) {
  const Tensor x = g.input("x", {batch, 144});
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor image = reshape(x, {batch, 12, 12, 1});
  const Tensor y = relu(nn::conv2d(image, 8, 5, "first", {.conv = square_conv(1, 2)}));
  const Tensor z = relu(nn::conv2d(y, 8, 3, "second", {.conv = square_conv(2, 1)}));
  const Tensor logits = nn::dense(flatten(z), 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
}

Bytes planned(std::int64_t batch_size, int threads, std::int64_t input_buffers = 1) {
  return peak_memory(convolutions, optim::adam(), batch_size,
                     {.input_buffers = input_buffers, .threads = threads});
}

struct Built {
  Graph g{};
  Model model = convolutions(g);
  [[nodiscard]] Trainer<> trainer(TrainerOptions options) const {
    return Trainer<>{g, model, optim::adam(), std::move(options)};
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(planned_threads)

BOOST_AUTO_TEST_CASE(the_peak_of_any_batch_is_known_before_it_is_prepared) {
  const Built built;
  BOOST_TEST(planned(8, 4).count > planned(8, 1).count);
  for (const int threads : {1, 4}) {
    Trainer<> trainer = built.trainer({.memory_budget = Budget::unlimited(), .threads = threads});
    const Bytes before = trainer.allocated();
    for (const std::int64_t size : {1, 8, 30}) {
      BOOST_TEST(trainer.predicted_peak(size).count == planned(size, threads).count);
      BOOST_TEST(trainer.predicted_peak(size, 3).count == planned(size, threads, 3).count);
    }
    BOOST_TEST(trainer.allocated().count == before.count);
    trainer.prepare(8, 3);
    BOOST_TEST(trainer.allocated().count == trainer.predicted_peak(8, 3).count);
    expect<BatchError>([&] { (void)trainer.predicted_peak(0); },
                       {"batch size is 0, expected at least 1"});
  }
}

BOOST_AUTO_TEST_CASE(without_a_number_the_plan_is_for_the_threads_that_run) {
  const Built built;
  const Trainer<> trainer = built.trainer({.memory_budget = Budget::unlimited()});
  BOOST_TEST(trainer.predicted_peak(8).count == planned(8, default_threads()).count);
}

BOOST_AUTO_TEST_CASE(the_planned_peak_is_enough_and_a_byte_less_is_not) {
  const Built built;
  for (const int threads : {1, 2, 16}) {
    const Bytes peak = planned(8, threads);
    Trainer<> fits = built.trainer({.memory_budget = peak, .threads = threads});
    fits.prepare(8);
    BOOST_TEST(fits.allocated().count == peak.count);
    Trainer<> tight = built.trainer({.memory_budget = peak - 1_B, .threads = threads});
    const std::string needed = with_separators(peak.count) + " B), but the memory budget is ";
    const std::string allowed = with_separators(peak.count - 1) + " B)";
    expect<BudgetError>([&] { tight.prepare(8); }, {needed.c_str(), allowed.c_str()});
  }
}

BOOST_AUTO_TEST_CASE(micro_batches_count_the_threads_once) {
  const Built built;
  for (const int threads : {1, 3}) {
    const Bytes whole = planned(32, threads);
    const Bytes budget{whole.count - whole.count / 4};
    Trainer<> trainer =
        built.trainer({.memory_budget = budget, .fit_to_budget = true, .threads = threads});
    const FitOptions options{.epochs = 2, .progress = false, .preflight = false};
    trainer.fit(data::from(many_classes(64, 144, 3)).batch(32), options);
    BOOST_TEST((trainer.remedy().remedy == Remedy::micro_batches));
    BOOST_TEST(trainer.remedy().peak.count <= budget.count);
    BOOST_TEST(trainer.allocated().count == trainer.remedy().peak.count);
    BOOST_TEST((trainer.plan().thread_bytes > 0) == (threads > 1));
  }
}

BOOST_AUTO_TEST_CASE(evaluation_counts_its_threads) {
  const Built built;
  const data::Pipeline data = data::from(many_classes(64, 144, 3)).batch(16);
  const data::Pipeline held_out = data::from(many_classes(48, 144, 3, 9)).batch(48);
  std::vector<double> losses;
  for (const int threads : {1, 3}) {
    Trainer<> trainer = built.trainer({.memory_budget = Budget::unlimited(), .threads = threads});
    const FitOptions options{
        .epochs = 2, .evaluation = held_out, .progress = false, .preflight = false};
    trainer.fit(data, options);
    BOOST_TEST(trainer.allocated().count == trainer.plan().peak().count);
    losses.push_back(trainer.evaluate(held_out).loss);

    const Bytes budget = trainer.allocated();
    Trainer<> tight = built.trainer({.memory_budget = budget, .threads = threads});
    tight.fit(data, options);
    BOOST_TEST(tight.allocated().count == budget.count);
    BOOST_TEST(tight.evaluate(held_out).loss == losses.back());
  }
  BOOST_TEST(losses[0] == losses[1]);
}

BOOST_AUTO_TEST_SUITE_END()
