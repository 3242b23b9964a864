#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/training_data.hpp"

using namespace foregraph;
using namespace foregraph::literals;
using namespace foregraph::test;

namespace {

constexpr auto small = [](Graph& g) {
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(relu(nn::dense(x, 8, "hidden")), 3, "logits");
  return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
};

std::vector<float> values(TrainerBase& training, std::string_view name) {
  const auto span = training.variable<float>(name);
  return {span.begin(), span.end()};
}

template <class Exception, class Call>
void check_throws(const Call& call, const std::vector<std::string>& parts) {
  BOOST_CHECK_EXCEPTION(call(), Exception, [&](const Exception& error) {
    bool all = true;
    for (const std::string& part : parts) {
      const bool found = std::string(error.what()).find(part) != std::string::npos;
      BOOST_CHECK_MESSAGE(found, "'" << error.what() << "' does not contain '" << part << "'");
      all = all && found;
    }
    return all;
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(training)

BOOST_AUTO_TEST_CASE(learns_and_reports_each_epoch) {
  const data::Dataset data = many_classes(500, 4, 3);
  Trainer<small> trainer{optim::adam(0.01)};
  const History history = trainer.fit(data::from(data).shuffle(1).batch(32),
                                      {.epochs = 8, .evaluation = data::from(data)});
  BOOST_REQUIRE_EQUAL(history.size(), 8U);
  BOOST_TEST(history.back().epoch == 7);
  BOOST_TEST(history.back().steps == 16);
  BOOST_TEST(history.back().loss < 0.5 * history.front().loss);
  BOOST_REQUIRE(history.back().evaluation_loss.has_value());
  BOOST_TEST(*history.back().evaluation_loss == trainer.evaluate(data::from(data)).loss);
  BOOST_TEST(history.back().batch_loss_deviation > 0);
  const std::vector<float> scores = trainer.predict(data::from(data));
  const auto* labels = reinterpret_cast<const std::int32_t*>(data.data(1));
  BOOST_TEST(accuracy(scores, {labels, 500}) > 0.85);
}

BOOST_AUTO_TEST_CASE(built_in_the_compiler_or_in_the_program_it_is_the_same_training) {
  const data::Dataset data = many_classes(100, 4, 3);
  Trainer<small> specialised{optim::adam(0.01)};
  Graph g;
  const Model model = small(g);
  Trainer general{g, model, optim::adam(0.01)};
  const data::Pipeline pipeline = data::from(data).shuffle(1).batch(16);
  specialised.fit(pipeline, {.epochs = 3});
  general.fit(pipeline, {.epochs = 3});
  BOOST_TEST(specialised.program().specialised_regions() > 0);
  BOOST_TEST(general.program().specialised_regions() == 0);
  BOOST_TEST(specialised.plan().peak().count == general.plan().peak().count);
  const std::vector<float> a = values(specialised, "hidden/weight");
  const std::vector<float> b = values(general, "hidden/weight");
  for (std::size_t i = 0; i < a.size(); ++i) BOOST_TEST(std::abs(a[i] - b[i]) < 1e-4F);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_bits_whatever_the_prefetch) {
  const data::Dataset data = many_classes(130, 4, 3);
  std::vector<std::vector<float>> results;
  for (const int prefetch : {0, 1, 3}) {
    Trainer<small> trainer{optim::adam(0.01)};
    trainer.fit(data::from(data).shuffle(9).batch(32).prefetch(prefetch), {.epochs = 2});
    results.push_back(values(trainer, "logits/weight"));
  }
  BOOST_TEST(results[1] == results[0], boost::test_tools::per_element());
  BOOST_TEST(results[2] == results[0], boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_smaller_last_batch_is_averaged_by_its_own_size) {
  // One step over 5 samples in the plan of 8 must equal a step planned for 5.
  const data::Dataset data = many_classes(5, 4, 3);
  Trainer<small> exact{optim::sgd(0.1)};
  exact.prepare(5);
  Trainer<small> larger{optim::sgd(0.1)};
  const data::Dataset thirteen = many_classes(13, 4, 3);
  exact.fit(data::from(data).batch(5), {.epochs = 1});
  // 13 = 8 + 5: compare the loss of the tail with an evaluation of these five samples alone.
  const History history = larger.fit(data::from(thirteen).batch(8), {.epochs = 1});
  BOOST_TEST(history[0].steps == 2);
  Trainer<small> reference{optim::sgd(0.1)};
  const auto* x = reinterpret_cast<const float*>(thirteen.data(0));
  const auto* y = reinterpret_cast<const std::int32_t*>(thirteen.data(1));
  const auto part = [&](std::int64_t first, std::int64_t count) {
    return data::Dataset()
        .add("x", {4}, std::vector<float>(x + first * 4, x + (first + count) * 4))
        .add("label", {}, std::vector<std::int32_t>(y + first, y + first + count));
  };
  const double first = reference.fit(data::from(part(0, 8)).batch(8), {.epochs = 1})[0].loss;
  const double tail = reference.fit(data::from(part(8, 5)).batch(5), {.epochs = 1})[0].loss;
  BOOST_TEST(std::abs(history[0].loss - (8 * first + 5 * tail) / 13) < 1e-6);
  const std::vector<float> a = values(larger, "hidden/weight");
  const std::vector<float> b = values(reference, "hidden/weight");
  for (std::size_t i = 0; i < a.size(); ++i) BOOST_TEST(std::abs(a[i] - b[i]) < 1e-6F);
}

BOOST_AUTO_TEST_CASE(parameters_survive_another_batch_size) {
  const data::Dataset data = many_classes(64, 4, 3);
  Trainer<small> trainer{optim::adam(0.01)};
  trainer.fit(data::from(data).batch(16), {.epochs = 2});
  const std::vector<float> before = values(trainer, "hidden/weight");
  trainer.prepare(64);
  BOOST_TEST(values(trainer, "hidden/weight") == before, boost::test_tools::per_element());
  BOOST_TEST(trainer.fit(data::from(data).batch(64), {.epochs = 1})[0].epoch == 2);
}

BOOST_AUTO_TEST_CASE(evaluation_weighs_samples_and_changes_nothing) {
  const data::Dataset data = many_classes(70, 4, 3);
  Trainer<small> trainer{optim::adam(0.01)};
  trainer.fit(data::from(data).batch(32), {.epochs = 1});
  const std::vector<float> before = values(trainer, "logits/bias");
  const double by_32 = trainer.evaluate(data::from(data).batch(32)).loss;
  const double by_70 = trainer.evaluate(data::from(data).batch(70)).loss;
  BOOST_TEST(std::abs(by_32 - by_70) < 1e-6);
  BOOST_TEST(trainer.evaluate(data::from(data).batch(32)).samples == 70);
  BOOST_TEST(values(trainer, "logits/bias") == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(predictions_come_in_the_order_of_the_data_and_need_no_labels) {
  const data::Dataset data = many_classes(50, 4, 3);
  Trainer<small> trainer{optim::adam(0.01)};
  trainer.fit(data::from(data).shuffle(1).batch(16), {.epochs = 1});
  const auto* x = reinterpret_cast<const float*>(data.data(0));
  const data::Dataset unlabelled = data::Dataset().add("x", {4}, std::vector<float>(x, x + 200));
  const std::vector<float> all = trainer.predict(data::from(data).shuffle(5).batch(7));
  BOOST_TEST(all.size() == 150U);
  BOOST_TEST(trainer.predict(data::from(unlabelled).batch(7)) == all,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(settings_change_between_steps) {
  const data::Dataset data = many_classes(32, 4, 3);
  Trainer<small> trainer{optim::adam(0.01)};
  trainer.set("learning_rate", 0);
  const std::vector<float> before = values(trainer, "hidden/weight");
  trainer.fit(data::from(data).batch(32), {.epochs = 1});
  BOOST_TEST(values(trainer, "hidden/weight") == before, boost::test_tools::per_element());
  trainer.set("learning_rate", 0.01);
  trainer.fit(data::from(data).batch(32), {.epochs = 1});
  BOOST_TEST(values(trainer, "hidden/weight") != before);
  check_throws<UsageError>([&] { trainer.set("momentum", 1); }, {"'momentum'", "'learning_rate'"});
}

BOOST_AUTO_TEST_CASE(a_label_out_of_range_changes_nothing) {
  data::Dataset data = many_classes(8, 4, 3);
  const auto* x = reinterpret_cast<const float*>(data.data(0));
  const data::Dataset wrong =
      data::Dataset()
          .add("x", {4}, std::vector<float>(x, x + 32))
          .add("label", {}, std::vector<std::int32_t>{0, 1, 2, 0, 3, 1, 2, 0});
  Trainer<small> trainer{optim::adam(0.01)};
  trainer.prepare(8);
  std::vector<std::vector<float>> before;
  const char* names[] = {"hidden/weight", "logits/bias", "hidden/weight.m", "adam/beta1_power"};
  for (const char* name : names) before.push_back(values(trainer, name));
  check_throws<DataError>([&] { trainer.fit(data::from(wrong).batch(8), {.epochs = 1}); },
                          {"softmax_cross_entropy", "row 4", "3"});
  for (std::size_t i = 0; i < before.size(); ++i)
    BOOST_TEST(values(trainer, names[i]) == before[i], boost::test_tools::per_element());
  BOOST_TEST(trainer.fit(data::from(data).batch(8), {.epochs = 1}).size() == 1U);  // and goes on
}

BOOST_AUTO_TEST_CASE(a_throwing_transform_reaches_the_caller) {
  const data::Dataset data = many_classes(64, 4, 3);
  for (const int prefetch : {0, 2}) {
    Trainer<small> trainer{optim::adam(0.01)};
    const data::Pipeline pipeline =
        data::from(data).batch(16).prefetch(prefetch).map([](data::Sample& sample) {
          if (sample.row() == 40) throw std::runtime_error("sample 40 is broken");
        });
    check_throws<std::runtime_error>([&] { trainer.fit(pipeline, {.epochs = 1}); },
                                     {"sample 40 is broken"});
    BOOST_TEST(trainer.fit(data::from(data).batch(16), {.epochs = 1}).size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_budget_is_answered_before_anything_is_allocated) {
  Trainer<models::w3_wide_data> trainer{optim::adam(), {.memory_budget = 1_MiB}};
  const data::Dataset data = two_classes(10'000, 100);
  check_throws<BudgetError>([&] { trainer.fit(data::from(data).batch(10'000), {.epochs = 1}); },
                            {"1.00 MiB", "batch"});
  BOOST_TEST(trainer.allocated().count < (64_KiB).count);
  check_throws<BudgetError>(
      [] {
        Trainer<models::w4_mlp> impossible{optim::adam(), {.memory_budget = 1_MiB}};
      },
      {"1.00 MiB", "parameters"});
}

BOOST_AUTO_TEST_CASE(fields_have_to_match_the_inputs) {
  Trainer<small> trainer{optim::adam()};
  const std::vector<float> x(40, 1.0F);
  const std::vector<std::int32_t> y(10, 0);
  const auto fit = [&](const data::Dataset& data) {
    return [&trainer, data] { trainer.fit(data::from(data).batch(5), {.epochs = 1}); };
  };
  check_throws<DataError>(fit(data::Dataset().add("features", {4}, x).add("label", {}, y)),
                          {"'x'", "f32[batch,4]", "'features', 'label'"});
  check_throws<DataError>(
      fit(data::Dataset().add("x", {4}, x).add("label", {}, std::vector<float>(10, 0.0F))),
      {"'label'", "is f32", "i32[batch]"});
  check_throws<DataError>(
      fit(data::Dataset().add("x", {2}, std::vector<float>(20)).add("label", {}, y)),
      {"'x'", "2 elements per sample", "f32[batch,4]"});
}

BOOST_AUTO_TEST_CASE(calls_that_make_no_sense_are_named) {
  Trainer<small> trainer{optim::adam()};
  check_throws<BatchError>([&] { trainer.prepare(0); }, {"0", "at least 1"});
  check_throws<BatchError>([&] { trainer.prepare(-3); }, {"-3", "at least 1"});
  check_throws<UsageError>([&] { (void)trainer.plan(); }, {"prepare()"});
  check_throws<UsageError>([&] { (void)trainer.input<float>("x"); }, {"prepare()"});
  trainer.prepare(4);
  check_throws<UsageError>([&] { (void)trainer.input<float>("z"); }, {"'z'", "'x', 'label'"});
  check_throws<UsageError>([&] { (void)trainer.input<float>("label"); }, {"'label'", "i32[batch]"});
  check_throws<UsageError>([&] { (void)trainer.variable<float>("weight"); },
                           {"'weight'", "'hidden/weight'"});
  check_throws<UsageError>([&] { (void)trainer.predict(data::from(many_classes(4, 4, 3)), 1); },
                           {"output 1", "1;"});
  check_throws<UsageError>([&] { trainer.fit(data::from(many_classes(4, 4, 3)), {.epochs = -1}); },
                           {"epochs", "-1"});
}

BOOST_AUTO_TEST_CASE(a_loop_of_the_users_own) {
  Trainer<models::w2_linear> trainer{optim::sgd(0.05)};
  trainer.prepare(4);
  const auto x = trainer.input<float>("x");
  const auto y = trainer.input<float>("label");
  double first = 0;
  for (int i = 0; i < 200; ++i) {
    for (std::size_t k = 0; k < 4; ++k) {
      x[2 * k] = static_cast<float>((i + static_cast<int>(k)) % 5) - 2;
      x[2 * k + 1] = static_cast<float>((i * static_cast<int>(k)) % 3) - 1;
      y[k] = 2 * x[2 * k] + x[2 * k + 1];
    }
    trainer.step();
    if (i == 0) first = trainer.loss();
  }
  BOOST_TEST(trainer.loss() < 0.01 * first);
}

BOOST_AUTO_TEST_SUITE_END()
