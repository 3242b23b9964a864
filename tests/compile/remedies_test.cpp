#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

namespace fg = foregraph;
using fg::literals::operator""_KiB;

namespace {

/// Two dense layers of `width` units.
auto perceptron(std::int64_t width) {
  return [width](fg::Graph& g) {
    const fg::Tensor x = g.input("x", {fg::batch, 20});
    const fg::Tensor label = g.input("label", {fg::batch}, fg::i32);
    const fg::Tensor h = fg::tanh(fg::nn::dense(x, width, "first"));
    const fg::Tensor h2 = fg::tanh(fg::nn::dense(h, width, "second"));
    const fg::Tensor logits = fg::nn::dense(h2, 5, "logits");
    return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
  };
}

/// 4 batches of 24 and one of 4.
fg::data::Dataset hundred_samples() {
  fg::data::Dataset data;
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 100; ++i) {
    for (int k = 0; k < 20; ++k) x.push_back(std::sin(static_cast<float>(i * 20 + k)));
    labels.push_back(i % 5);
  }
  data.add("x", {20}, std::move(x));
  data.add("label", {}, std::move(labels));
  return data;
}

struct Trained {
  std::vector<float> weight;
  double loss = 0;
  fg::RemedyResult result;
};
template <class Optimizer>
Trained train(const Optimizer& optimizer, fg::TrainerOptions options, fg::data::Tail tail,
              int prefetch = 0, std::int64_t width = 64) {
  fg::Graph g;
  const fg::Model model = perceptron(width)(g);
  fg::Trainer trainer{g, model, optimizer, options};
  const auto history =
      trainer.fit(fg::data::from(hundred_samples()).shuffle(3).batch(24, tail).prefetch(prefetch),
                  {.epochs = 3});
  const auto weight = trainer.template variable<float>("first/weight");
  return {{weight.begin(), weight.end()}, history.back().loss, trainer.remedy()};
}

void check_same(const Trained& a, const Trained& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.weight.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a.weight[i] - b.weight[i])));
  BOOST_TEST(largest < 1e-5);
  BOOST_TEST(a.loss == b.loss, boost::test_tools::tolerance(1e-5));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fit_to_budget)

BOOST_AUTO_TEST_CASE(micro_batches_give_the_result_of_the_batch) {
  for (const fg::data::Tail tail : {fg::data::Tail::keep, fg::data::Tail::drop}) {
    const Trained whole = train(fg::optim::sgd_momentum(0.1), {}, tail);
    BOOST_TEST(whole.result.part == 24);
    for (const std::int64_t part : {1, 3, 8}) {
      const Trained parts = train(fg::optim::sgd_momentum(0.1), {.micro_batch = part}, tail);
      BOOST_TEST(parts.result.part == part);
      BOOST_TEST(parts.result.batch == 24);
      check_same(whole, parts);
    }
    check_same(whole, train(fg::optim::sgd_momentum(0.1), {.micro_batch = 6}, tail, 2));
  }
  check_same(train(fg::optim::sgd(0.1), {}, fg::data::Tail::keep),
             train(fg::optim::sgd(0.1), {.micro_batch = 4}, fg::data::Tail::keep));
  check_same(train(fg::optim::adam(1e-3), {}, fg::data::Tail::keep),
             train(fg::optim::adam(1e-3), {.micro_batch = 4}, fg::data::Tail::keep));
}

BOOST_AUTO_TEST_CASE(what_is_allocated_is_what_the_answer_says) {
  fg::Graph g;
  const fg::Model model = perceptron(64)(g);
  fg::Trainer trainer{g, model, fg::optim::adam(1e-3), {.micro_batch = 6}};
  trainer.fit(fg::data::from(hundred_samples()).batch(24), {.epochs = 1});
  BOOST_TEST(trainer.allocated().count == trainer.remedy().peak.count);
}

BOOST_AUTO_TEST_CASE(a_budget_is_met_by_parts_if_need_be) {
  constexpr std::int64_t width = 16;
  const auto train_within = [](fg::TrainerOptions options) {
    return train(fg::optim::sgd(0.1), options, fg::data::Tail::keep, 0, width);
  };
  const Trained whole = train_within({});
  const fg::Bytes less{whole.result.peak.count * 9 / 10};
  const Trained fitted = train_within({.memory_budget = less, .fit_to_budget = true});
  BOOST_TEST(fitted.result.peak.count <= less.count);
  BOOST_TEST((fitted.result.remedy == fg::Remedy::micro_batches));
  check_same(whole, fitted);
  // Without leave to do so, it is refused.
  BOOST_CHECK_EXCEPTION(train_within({.memory_budget = less}), fg::BudgetError, [](const auto& e) {
    const std::string text = e.what();
    return text.find("The largest batch that fits is") != std::string::npos &&
           text.find(" TrainerOptions::fit_to_budget runs it with micro-batches of ") !=
               std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(what_nothing_makes_fit_is_refused) {
  // Before the parameters are allocated, and when a batch is.
  const auto refusal = [](fg::Bytes budget) {
    try {
      (void)train(fg::optim::sgd(0.1), {.memory_budget = budget, .fit_to_budget = true},
                  fg::data::Tail::keep);
    } catch (const fg::BudgetError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  BOOST_TEST(refusal(1_KiB).find("No batch fits: parameters") != std::string::npos);
  const std::string text = refusal(23_KiB);
  BOOST_TEST(text.find("but the memory budget is 23.0 KiB") != std::string::npos);
  BOOST_TEST(text.find("fit_to_budget runs it") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(recomputation_gives_the_same_bits) {
  // A deep chain, so that there is something to drop.
  fg::Graph g;
  fg::Tensor h = g.input("x", {fg::batch, 32});
  for (int i = 0; i < 12; ++i) h = fg::relu(fg::nn::dense(h, 32, "layer" + std::to_string(i)));
  const fg::Model model{.loss = fg::mean(fg::square(h)), .outputs = {h}};
  const auto weights_after = [&](fg::TrainerOptions options, fg::Remedy expected) {
    fg::Trainer trainer{g, model, fg::optim::sgd(0.05), options};
    trainer.prepare(400);
    BOOST_TEST((trainer.remedy().remedy == expected));
    if (const std::optional<fg::Bytes> budget = options.memory_budget.bytes())
      BOOST_TEST(trainer.allocated().count <= budget->count);
    const auto x = trainer.input<float>("x");
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i));
    for (int i = 0; i < 3; ++i) trainer.step();
    std::vector<float> all;
    for (int i = 0; i < 12; ++i) {
      const auto weight = trainer.variable<float>("layer" + std::to_string(i) + "/weight");
      all.insert(all.end(), weight.begin(), weight.end());
    }
    return all;
  };
  const std::vector<float> expected = weights_after({}, fg::Remedy::as_is);
  const std::int64_t peak =
      fg::plan_memory(fg::training_graph(g, model, fg::optim::sgd(0.05)), 400).peak().count;
  for (const double share : {0.85, 0.7, 0.6}) {
    const fg::Bytes budget{static_cast<std::int64_t>(share * static_cast<double>(peak))};
    BOOST_TEST_CONTEXT("budget " << budget.count << " of " << peak)
    BOOST_TEST(weights_after({.memory_budget = budget, .fit_to_budget = true},
                             fg::Remedy::recomputation) == expected);
  }
}

BOOST_AUTO_TEST_CASE(batch_norm_is_not_cut) {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch, 8});
  const fg::Tensor h = fg::nn::batch_norm(fg::nn::dense(x, 16, "first"), "norm");
  const fg::Model model{.loss = fg::mean(fg::square(h)), .outputs = {}};
  const fg::SplitStep split = fg::split_training(g, model, fg::optim::sgd());
  BOOST_TEST(!split.possible());
  BOOST_TEST(split.refusal.find("samples of a batch interact in") == 0U);
  BOOST_TEST(split.refusal.find("moments") != std::string::npos);
  BOOST_TEST(split.refusal.find("batch_norm.hpp") == std::string::npos);  // the user's line
  fg::Trainer trainer{g, model, fg::optim::sgd(), {.micro_batch = 2}};
  fg::data::Dataset data;
  data.add("x", {8}, std::vector<float>(80, 1.0F));
  BOOST_CHECK_EXCEPTION(
      trainer.fit(fg::data::from(data).batch(4)), fg::UsageError, [](const auto& e) {
        return std::string(e.what()).find(
                   "this model's batches cannot be split into micro-batches: samples") == 0;
      });
}

BOOST_AUTO_TEST_CASE(parts_have_to_be_equal) {
  BOOST_CHECK_EXCEPTION(
      train(fg::optim::sgd(), {.micro_batch = 7}, fg::data::Tail::keep), fg::UsageError,
      [](const auto& e) {
        return std::string(e.what()).find(
                   "a batch of 24 samples cannot be split into micro-batches of 7") == 0;
      });
}

BOOST_AUTO_TEST_CASE(every_measure_is_reported) {
  fg::Graph g;
  const fg::Model model = perceptron(256)(g);
  const fg::Graph step = fg::training_graph(g, model, fg::optim::sgd());
  const fg::Plan plan = fg::plan_memory(step, 96);
  const auto make = [&] { return fg::split_training(g, model, fg::optim::sgd()); };
  const fg::Bytes most = plan.peak() - 64_KiB;
  const fg::RemedyResults found = fg::try_remedies(step, plan, most, make);
  BOOST_TEST_REQUIRE(found.results.size() == 6U);
  BOOST_TEST(!found.results[0].fits);
  BOOST_TEST(found.results[1].fits);
  BOOST_TEST(found.results[1].batch < 96);
  for (const fg::RemedyResult& each : found.results)
    if (each.fits) BOOST_TEST(each.peak.count <= most.count);
  const std::string text = fg::remedies_report(found, most);
  for (const char* part :
       {"as it is", "a smaller batch", "micro-batches", "recomputation",
        "micro-batches with recomputation", "paging to a file", "fits", "no: needs"})
    BOOST_TEST(text.find(part) != std::string::npos, part);
  // Without a speed, nothing is written to measure it: a folder that does not exist is no problem.
  fg::PagingOptions paging{.folder = "/nonexistent/pages"};
  const auto result_of = [&] {
    return fg::try_remedies(step, plan, most, make, {.paging = paging}).results[5];
  };
  BOOST_TEST(result_of().fits);
  BOOST_TEST(result_of().paging_seconds == 0);
  BOOST_TEST(fg::describe(result_of()).find(", offload ") != std::string::npos);
  BOOST_TEST(fg::describe(result_of()).find(" s a step") == std::string::npos);
  paging.use = fg::Paging::last;
  BOOST_TEST(!result_of().fits);
  BOOST_TEST(result_of().reason.find("cannot create a file for paging in '/nonexistent/pages'") ==
             0U);
  paging.folder.clear();
  BOOST_TEST(result_of().paging_seconds > 0);
  paging.bytes_per_second = -1;
  BOOST_CHECK_EXCEPTION(result_of(), fg::UsageError, [](const auto& e) {
    return std::string(e.what()) ==
           "PagingOptions::bytes_per_second is -1, expected a finite number of bytes per second, "
           "or 0 to measure the disk";
  });
  // Less than the parameters: nothing helps, and it is said why.
  const fg::RemedyResults none = fg::try_remedies(step, plan, 1_KiB, make);
  BOOST_TEST(!none.any_fits());
  BOOST_TEST(fg::remedies_report(none, 1_KiB).find("nothing fits: a step of one sample needs") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
