// Predictions with shape and dtype: the values are those of closed forms computed here.
#include <cmath>
#include <filesystem>

#include "support/expect.hpp"
#include "support/folder.hpp"

#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// logits = x . W + b, and outputs of every dtype made of them.
constexpr auto every_dtype = [](Graph& g) {
  const Tensor x = g.input("x", {batch, 2});
  const Tensor offset = g.input("offset", {batch}, i64);
  const Tensor label = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(x, 3, "logits");
  const Tensor best = argmax(logits, -1);
  const Tensor exact = multiply(cast(logits, f64), 3.0);
  const Tensor moved = add(cast(best, i64), offset);
  const Tensor positive = greater(logits, 0.0);
  return Model{.loss = nn::softmax_cross_entropy(logits, label),
               .outputs = {logits,
                           {"exact", exact},
                           {"best", cast(best, i32)},
                           {"moved", moved},
                           {"positive", positive}}};
};

constexpr float weight[2][3] = {{1, -2, 0.5F}, {0.25F, 3, -1}};
constexpr float bias[3] = {0.5F, -1, 2};

float logit(const float* x, int unit) {
  return x[0] * weight[0][unit] + x[1] * weight[1][unit] + bias[unit];
}

void set_known(TrainerBase& trainer) {
  const auto w = trainer.variable<float>("logits/weight");
  for (std::size_t i = 0; i < 6; ++i) w[i] = weight[i / 3][i % 3];
  const auto b = trainer.variable<float>("logits/bias");
  for (std::size_t i = 0; i < 3; ++i) b[i] = bias[i];
}

std::vector<float> features(int samples) {
  std::vector<float> x;
  for (int i = 0; i < 2 * samples; ++i) x.push_back(static_cast<float>((i * 7) % 11) * 0.5F - 2);
  return x;
}
std::vector<std::int64_t> offsets(int samples) {
  std::vector<std::int64_t> values;
  for (int i = 0; i < samples; ++i) values.push_back((std::int64_t{1} << 40) + 10 * i);
  return values;
}

void check(const Predictions& p, const std::vector<float>& x,
           const std::vector<std::int64_t>& offset) {
  const auto samples = static_cast<std::int64_t>(offset.size());
  BOOST_TEST(p.samples() == samples);
  BOOST_TEST(p.size() == 5U);
  BOOST_TEST(
      p.names() == (std::vector<std::string>{"logits", "exact", "best", "moved", "positive"}),
      boost::test_tools::per_element());
  const std::vector<std::int64_t> wide{samples, 3};
  const std::vector<std::int64_t> narrow{samples};
  BOOST_TEST(p["logits"].shape() == wide, boost::test_tools::per_element());
  BOOST_TEST(p["exact"].shape() == wide, boost::test_tools::per_element());
  BOOST_TEST(p["best"].shape() == narrow, boost::test_tools::per_element());
  BOOST_TEST(p[4].rank() == 2);
  BOOST_TEST((p["logits"].dtype() == f32 && p["exact"].dtype() == f64 && p["best"].dtype() == i32 &&
              p["moved"].dtype() == i64 && p["positive"].dtype() == boolean));
  const auto logits = p["logits"].as<float>();
  const auto exact = p["exact"].as<double>();
  const auto best = p["best"].as<std::int32_t>();
  const auto moved = p["moved"].as<std::int64_t>();
  const auto positive = p["positive"].as<std::uint8_t>();
  BOOST_TEST_REQUIRE(logits.size() == static_cast<std::size_t>(3 * samples));
  for (std::size_t s = 0; s < offset.size(); ++s) {
    int largest = 0;
    for (int unit = 0; unit < 3; ++unit) {
      const std::size_t i = 3 * s + static_cast<std::size_t>(unit);
      const float expected = logit(x.data() + 2 * s, unit);
      BOOST_TEST(logits[i] == expected);  // small multiples of 1/8 are exact
      BOOST_TEST(exact[i] == 3.0 * static_cast<double>(expected));
      BOOST_TEST(int{positive[i]} == (expected > 0 ? 1 : 0));
      if (expected > logit(x.data() + 2 * s, largest)) largest = unit;
    }
    BOOST_TEST(best[s] == largest);
    BOOST_TEST(moved[s] == largest + offset[s]);  // beyond 2^32: not by way of float
  }
}

data::Pipeline rows_of(const std::vector<float>& x, const std::vector<std::int64_t>& offset) {
  return data::from(data::Dataset().add("x", {2}, x).add("offset", {}, offset));
}

/// A predictor of the model with known weights.
Predictor<every_dtype> known_predictor() {
  const Folder folder;
  Trainer<every_dtype> trainer{optim::sgd(0.1)};
  set_known(trainer);
  trainer.save(folder / "m.safetensors");
  return Predictor<every_dtype>{folder / "m.safetensors"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(typed_predictions)

BOOST_AUTO_TEST_CASE(all_outputs_of_a_pipeline_in_one_pass) {
  const std::vector<float> x = features(23);
  const std::vector<std::int64_t> offset = offsets(23);
  std::int64_t rows_read = 0;
  const data::Pipeline data = rows_of(x, offset).batch(8).map([&](data::Sample&) { ++rows_read; });
  Trainer<every_dtype> trainer{optim::sgd(0.1)};
  set_known(trainer);
  check(trainer.predict_all(data), x, offset);
  BOOST_TEST(rows_read == 23);
  auto predictor = known_predictor();
  check(predictor(data), x, offset);
  check(predictor.predict_all(data.workers(2).prefetch(2).batch(5)), x, offset);
  // As the functions for one output.
  BOOST_TEST(predictor.predict(data) == predictor(data)["logits"].as<float>(),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(samples_without_a_data_set) {
  auto predictor = known_predictor();
  Trainer<every_dtype> trainer{optim::sgd(0.1)};
  set_known(trainer);
  for (const int samples : {1, 4, 3}) {
    const std::vector<float> x = features(samples);
    const std::vector<std::int64_t> offset = offsets(samples);
    check(predictor({{"x", x}, {"offset", offset}}), x, offset);
    check(trainer.predict_all({{"x", x}, {"offset", offset}}), x, offset);
  }
  // One sample from values, an array, a span; an input that only the loss reads; and a row shape.
  const std::array<float, 2> x{1.5F, -2};
  const std::int64_t offset = 5;
  const std::vector<float> expected{logit(x.data(), 0), logit(x.data(), 1), logit(x.data(), 2)};
  const auto logits = [](const Predictions& p) { return p["logits"].as<float>(); };
  BOOST_TEST(logits(predictor({{"x", {1.5F, -2.0F}}, {"offset", offset}})) == expected,
             boost::test_tools::per_element());
  BOOST_TEST(logits(predictor({{"x", x, {{2}}}, {"offset", offset}, {"label", std::int32_t{2}}})) ==
                 expected,
             boost::test_tools::per_element());
  const std::vector<InputValues> values{{"offset", offset}, {"x", std::span<const float>(x)}};
  BOOST_TEST(logits(predictor(values)) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(values_of_a_temporary_are_a_copy) {
  auto predictor = known_predictor();
  const std::vector<float> x = features(2);
  const std::vector<float> logits =
      predictor({{"x", x}, {"offset", offsets(2)}})["logits"].as<float>();
  static_assert(
      std::is_same_v<decltype(predictor({{"x", x}})["logits"].as<float>()), std::vector<float>>);
  BOOST_TEST_REQUIRE(logits.size() == 6U);
  for (int i = 0; i < 6; ++i)
    BOOST_TEST(logits[static_cast<std::size_t>(i)] == logit(x.data() + i / 3 * 2, i % 3));
  const Prediction kept = predictor({{"x", x}, {"offset", offsets(2)}})[3];
  BOOST_TEST(kept.name() == "moved");
  BOOST_TEST(kept.as<std::int64_t>().size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_unknown_name_and_a_wrong_type_are_refused) {
  auto predictor = known_predictor();
  const Predictions p = predictor({{"x", features(2)}, {"offset", offsets(2)}});
  expect<UsageError>([&] { (void)p["logit"]; },
                     {"the model has no output 'logit'; it has 'logits', 'exact', 'best', 'moved', "
                      "'positive'"});
  expect<UsageError>([&] { (void)p[5]; }, {"output 5 was requested, but the model has 5"});
  expect<UsageError>([&] { (void)p["logits"].as<double>(); },
                     {"output 'logits' is f32[2,3], but was requested as f64; call as<float>()"});
  expect<UsageError>([&] { (void)p["moved"].as<std::int32_t>(); },
                     {"output 'moved' is i64[2]", "call as<std::int64_t>()", "cast(..., i32)"});
  expect<UsageError>([&] { (void)p["best"].as<float>(); }, {"call as<std::int32_t>()"});
  expect<UsageError>([&] { (void)p["positive"].as<float>(); }, {"call as<std::uint8_t>()"});
}

BOOST_AUTO_TEST_CASE(wrong_values_are_refused) {
  auto predictor = known_predictor();
  const std::vector<float> x = features(2);
  const auto offset = offsets(2);
  expect<DataError>(
      [&] {
        (void)predictor({{"x", x}});
      },
      {"there are no values for the model's input 'offset' (i64[batch])"});
  expect<DataError>(
      [&] {
        (void)predictor({{"x", x}, {"offset", offset}, {"z", x}});
      },
      {"the model has no input 'z'", "'x' (f32[batch,2]), 'offset' (i64[batch])"});
  expect<DataError>(
      [&] {
        (void)predictor({{"x", x}, {"x", x}});
      },
      {"values of 'x' were given twice"});
  expect<DataError>(
      [&] {
        (void)predictor({{"x", std::vector<double>{1, 2}}, {"offset", offset}});
      },
      {"the values of 'x' are f64, but the model's input is f32[batch,2]", "converted implicitly"});
  expect<DataError>(
      [&] {
        (void)predictor({{"x", {1.0F, 2.0F, 3.0F}}, {"offset", offset}});
      },
      {"'x' has 3 values, but the model's input is f32[batch,2]; expected 2 for each"});
  expect<DataError>(
      [&] {
        (void)predictor({{"x", std::vector<float>()}, {"offset", offset}});
      },
      {"'x' has 0 values"});
  expect<DataError>(
      [&] {
        (void)predictor({{"x", features(3)}, {"offset", offset}});
      },
      {"'x' has values for 3 samples, but 'offset' for 2"});
  expect<DataError>(
      [&] {
        (void)predictor({{"x", x, {{4}}}, {"offset", offsets(1)}});
      },
      {"field 'x'", "rows of {4}", "takes rows of {2}"});
  expect<DataError>([&] { (void)predictor(std::vector<InputValues>()); },
                    {"there are no values for the model's input 'x'"});
}

BOOST_AUTO_TEST_CASE(names_of_outputs) {
  Graph g;
  const Tensor x = g.input("x", {batch, 2});
  const Tensor hidden = nn::dense(x, 4, "hidden");
  const Tensor active = relu(hidden);
  const Tensor p = sigmoid(nn::dense(hidden, 1, "out"));
  Tensor inner;
  {
    const auto scope = g.scope("block");
    inner = nn::dense(x, 2, "inner");
  }
  const Model model{.loss = mean(square(p)),
                    .outputs = {hidden, active, {"probability", p}, inner, x, hidden}};
  BOOST_TEST(
      output_names(g, model) == (std::vector<std::string>{"output0", "output1", "probability",
                                                          "block/inner", "x", "output5"}),
      boost::test_tools::per_element());
  const Model twice{.loss = model.loss, .outputs = {{"a", hidden}, {"a", active}}};
  expect<UsageError>([&] { (void)output_names(g, twice); }, {"the model has two outputs 'a'"});
  expect<UsageError>(
      [&] {
        Trainer trainer{g, twice, optim::sgd(0.1)};
      },
      {"the model has two outputs 'a'"});
  const Model taken{.loss = model.loss, .outputs = {{"hidden", p}, hidden}};
  BOOST_TEST(output_names(g, taken) == (std::vector<std::string>{"hidden", "output1"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_output_that_has_no_rows_is_refused_alone) {
  Graph g;
  const Tensor x = g.input("x", {batch, 2});
  const Tensor y = nn::dense(x, 1, "y");
  const Model model{.loss = mean(square(y)), .outputs = {y, {"total", sum(y)}}};
  Trainer trainer{g, model, optim::sgd(0.1)};
  const Predictions p = trainer.predict_all({{"x", features(2)}});
  BOOST_TEST(p["y"].elements() == 2);
  expect<UsageError>([&] { (void)p["total"]; },
                     {"predict: output 'total' is f32[], one value for the whole batch"});
}

BOOST_AUTO_TEST_CASE(the_preprocessing_of_training_is_applied) {
  std::vector<float> x = features(40);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 100 + 10 * x[i];
  const data::Dataset rows = data::Dataset()
                                 .add("x", {2}, x)
                                 .add("offset", {}, offsets(40))
                                 .add("label", {}, std::vector<std::int32_t>(40, 1))
                                 .add("target", {}, std::vector<float>(40, 1));
  // A field that the outputs do not need may be missing.
  const data::Preprocessing scaled = data::Preprocessing().scale("x", 0.125, -1).scale("target", 2);
  Trainer<every_dtype> trainer{optim::sgd(0.0)};
  trainer.fit(data::from(rows).preprocess(scaled), {.progress = false, .preflight = false});
  set_known(trainer);
  const std::vector<float> raw{104, 88};
  const std::vector<float> prepared{12, 10};
  check(trainer.predict_all({{"x", raw}, {"offset", offsets(1)}}), prepared, offsets(1));
  const Folder folder;
  trainer.save(folder / "m.safetensors");
  Predictor<every_dtype> predictor{folder / "m.safetensors"};
  check(predictor({{"x", raw}, {"offset", offsets(1)}}), prepared, offsets(1));
  expect<DataError>([&] { (void)predictor(data::from(rows)); },
                    {"predict: the preprocessing differs"});
}

BOOST_AUTO_TEST_CASE(from_callbacks) {
  const data::Dataset rows = data::Dataset()
                                 .add("x", {2}, features(16))
                                 .add("offset", {}, offsets(16))
                                 .add("label", {}, std::vector<std::int32_t>(16, 1));
  Trainer<every_dtype> trainer{optim::sgd(0.0)};
  set_known(trainer);
  int calls = 0;
  FitOptions options{.epochs = 2, .progress = false, .preflight = false};
  options.callbacks.push_back(
      {.after_step =
           [&](TrainerBase& training, const StepResult&) {
             check(training.predict_all({{"x", features(2)}, {"offset", offsets(2)}}), features(2),
                   offsets(2));
             ++calls;
             return true;
           },
       .after_epoch =
           [&](TrainerBase& training, const EpochResult&) {
             check(training.predict_all(data::from(rows)), features(16), offsets(16));
             ++calls;
             return true;
           }});
  trainer.fit(data::from(rows).batch(8), options);
  BOOST_TEST(calls == 6);
}

BOOST_AUTO_TEST_SUITE_END()
