// What evaluate() and predict() return: for losses that are sums, for outputs of every type, and
// for labels that do not exist.
#include <cmath>
#include <numeric>

#include "train/resuming.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// y = 2 x + 1, exactly, as 10 rows of f64; the model's weight and bias start at 0.
data::Dataset ten_points() {
  std::vector<double> x(10);
  std::iota(x.begin(), x.end(), 0.0);
  std::vector<double> y;
  for (const double v : x) y.push_back(2 * v + 1);
  return data::Dataset().add("x", {1}, x).add("y", {1}, y);
}

Model line_f64(Graph& g) {
  const Tensor x = g.input("x", {batch, 1}, f64);
  const Tensor y = g.input("y", {batch, 1}, f64);
  const Tensor w = g.parameter("w", {1, 1}, zeros(), f64);
  const Tensor line = matmul(x, w);
  return {.loss = nn::mean_squared_error(line, y), .outputs = {line}};
}

/// The sum over samples of their squared errors.
Model summed(Graph& g) {
  const Tensor x = g.input("x", {batch, 1}, f64);
  const Tensor y = g.input("y", {batch, 1}, f64);
  const Tensor w = g.parameter("w", {1, 1}, zeros(), f64);
  const Tensor line = matmul(x, w);
  return {.loss = sum(square(line - y)), .outputs = {line}};
}

Model all_types(Graph& g) {
  const Tensor x = g.input("x", {batch, 3});
  const Tensor id = g.input("id", {batch}, i64);
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor logits = x * g.parameter("scale", {3}, filled_with(1.0));
  return {.loss = nn::softmax_cross_entropy(logits, y),
          .outputs = {argmax(logits, 1), id, logits > 0.0, mean(logits), transpose(logits),
                      concat({logits, logits}, 0),
                      reshape(concat({logits, logits}, 1), {Dim{0, 2}, 3}), cast(logits, f64)}};
}

data::Dataset typed_rows() {
  return data::Dataset()
      .add("x", {3}, std::vector<float>{1, 2, 0, -1, -3, -2})
      .add("id", {}, std::vector<std::int64_t>{(std::int64_t{1} << 53) + 1, -5})
      .add("label", {}, std::vector<std::int32_t>{1, 2});
}

/// 40 rows in the pipeline's shuffled order, with a label of 9 in row 23.
data::Dataset one_bad_label() {
  data::Dataset rows = many_classes(40, 4, 3);
  const auto* x = reinterpret_cast<const float*>(rows.data(0));
  const auto* label = reinterpret_cast<const std::int32_t*>(rows.data(1));
  std::vector<std::int32_t> labels(label, label + 40);
  labels[23] = 9;
  return data::Dataset().add("x", {4}, std::vector<float>(x, x + 160)).add("label", {}, labels);
}

/// Where row 23 comes in epoch `epoch`: the number of its batch.
std::int64_t batch_of_row_23(const data::Pipeline& data, std::int64_t epoch) {
  data::Loader loader(data);
  data::Batch rows;
  loader.start_epoch(epoch);
  while (loader.next(rows))
    for (const std::int64_t row : rows.row_indices)
      if (row == 23) return rows.index;
  return -1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evaluation_values)

BOOST_AUTO_TEST_CASE(a_loss_that_is_a_sum_does_not_depend_on_the_batch_size) {
  // The mean of (2k + 1)^2 over k = 0..9 is n (2n - 1) (2n + 1) / 3 / n with n = 10.
  const double expected = 10.0 * 19 * 21 / 3 / 10;
  for (const std::int64_t size : {1, 3, 4, 10}) {
    const auto trainer = make_trainer(summed, optim::sgd(0.0));
    const data::Pipeline data = data::from(ten_points()).batch(size);
    BOOST_TEST(trainer->evaluate(data).loss == expected, boost::test_tools::tolerance(1e-14));
    const History history =
        trainer->fit(data, {.evaluation = data, .progress = false, .preflight = false});
    BOOST_TEST(history[0].loss == expected, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(*history[0].evaluation_loss == expected, boost::test_tools::tolerance(1e-14));
    const Folder folder;
    trainer->save(folder / "m.safetensors");
    Graph g;
    const Model m = summed(g);
    Predictor predictor{g, m, folder / "m.safetensors"};
    BOOST_TEST(predictor.evaluate(data).loss == expected, boost::test_tools::tolerance(1e-14));
  }
}

BOOST_AUTO_TEST_CASE(f64_models_are_measured_and_predict_exactly) {
  const auto trainer = make_trainer(line_f64, optim::sgd(0.0));
  trainer->variable<double>("w")[0] = 2 + 1e-12;  // lost in a float
  const data::Pipeline data = data::from(ten_points()).batch(4);
  const std::vector<double> lines = trainer->predict_as<double>(data);
  BOOST_TEST_REQUIRE(lines.size() == 10U);
  for (std::size_t i = 0; i < 10; ++i) BOOST_TEST(lines[i] == static_cast<double>(i) * (2 + 1e-12));
  BOOST_TEST(trainer->predict(data)[9] == 18.0F);
  const Evaluation evaluation = trainer->evaluate(
      data,
      {metrics::mean_absolute_error().against("y"), metrics::mean_squared_error().against("y")});
  // Each line is 1 too low but for 1e-12 of its x, whose mean is 4.5.
  BOOST_TEST(1 - evaluation.metrics[0].second == 4.5e-12, boost::test_tools::tolerance(1e-3));
  BOOST_TEST(evaluation.metrics[1].second == evaluation.loss, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(outputs_of_every_type_are_predicted_or_refused) {
  const auto trainer = make_trainer(all_types, optim::sgd(0.0));
  const data::Pipeline data = data::from(typed_rows()).batch(2);
  const std::vector<std::int64_t> ids{(std::int64_t{1} << 53) + 1, -5};
  BOOST_TEST((trainer->predict_as<std::int64_t>(data, 1) == ids));
  BOOST_TEST(
      (trainer->predict_as<std::uint8_t>(data, 2) == std::vector<std::uint8_t>{1, 1, 0, 0, 0, 0}));
  BOOST_TEST((trainer->predict(data, 2) == std::vector<float>{1, 1, 0, 0, 0, 0}));
  BOOST_TEST((trainer->predict_as<std::int64_t>(data, 0) == std::vector<std::int64_t>{1, 0}));
  expect<UsageError>(
      [&] { (void)trainer->predict(data, 1); },
      {"predict: output 1 is i64[batch]", "requested as f32", "predict_as<T>()", "cast(..., f32)"});
  expect<UsageError>([&] { (void)trainer->predict_as<double>(data, 1); }, {"requested as f64"});
  expect<UsageError>([&] { (void)trainer->predict_as<std::int32_t>(data, 7); },
                     {"output 7 is f64[batch,3]", "requested as i32"});
  expect<UsageError>([&] { (void)trainer->predict(data, 3); },
                     {"output 3 is f32[], one value for the whole batch", "one row per sample"});
  expect<UsageError>([&] { (void)trainer->predict(data, 4); },
                     {"output 4 is f32[3,batch]", "one row per sample", "permute()"});
  expect<UsageError>([&] { (void)trainer->predict(data, 5); },
                     {"output 5 is f32[2*batch,3]", "one row per sample"});
  const std::vector<float> twice{1, 2, 0, 1, 2, 0, -1, -3, -2, -1, -3, -2};
  BOOST_TEST((trainer->predict(data, 6) == twice));
  expect<UsageError>(
      [&] { (void)trainer->evaluate(data, {metrics::mean_squared_error().of_output(3)}); },
      {"metric 'mean_squared_error': output 3 is f32[], one value for the whole batch"});
  BOOST_TEST(trainer->evaluate(data, {metrics::accuracy().of_output(7)}).metrics[0].second == 0.5);
}

BOOST_AUTO_TEST_CASE(a_label_out_of_range_is_found_by_its_row_in_the_data_set) {
  const data::Pipeline shuffled = data::from(one_bad_label()).shuffle(5).batch(8);
  const std::string batch = "in batch " + std::to_string(batch_of_row_23(shuffled, 0));
  for (const std::int64_t micro_batch : {0, 4})
    for (const int prefetch : {0, 2}) {
      const auto trainer =
          make_trainer(two_layers, optim::adam(0.01), {.micro_batch = micro_batch, .threads = 1});
      expect<DataError>(
          [&] { (void)trainer->fit(shuffled.prefetch(prefetch), {.preflight = false}); },
          {"[softmax_cross_entropy] row 23 of the data set, ", batch.c_str(),
           " of epoch 0: label 9", "expected 0..2"});
    }
  const auto trainer = make_trainer(two_layers, optim::adam(0.01));
  const data::Pipeline good = data::from(many_classes(40, 4, 3)).batch(8);
  trainer->fit(good, {.epochs = 2, .progress = false, .preflight = false});
  const std::string later =
      "in batch " + std::to_string(batch_of_row_23(shuffled, 2)) + " of epoch 2";
  const std::string before = variables_of(*trainer);
  expect<DataError>([&] { (void)trainer->fit(shuffled.skip(0), {.preflight = false}); },
                    {"row 23 of the data set", later.c_str()});
  const bool is_in_a_later_batch = batch_of_row_23(shuffled, 2) > 0;
  BOOST_TEST((variables_of(*trainer) != before) == is_in_a_later_batch);
  expect<DataError>([&] { (void)trainer->evaluate(shuffled.batch(10)); },
                    {"row 23 of the data set, in batch 2 of evaluate(): label 9"});
  expect<DataError>([&] { (void)trainer->evaluate(data::from(one_bad_label()).skip(20).batch(8)); },
                    {"row 23 of the data set, in batch 0 of evaluate()"});
}

BOOST_AUTO_TEST_CASE(so_is_a_label_that_only_a_metric_reads) {
  Graph g;
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(x, 3, "logits");
  const Model m{.loss = mean(square(logits)) + 0.0 * mean(cast(y, f32)), .outputs = {logits}};
  Trainer trainer{g, m, optim::sgd(0.01)};
  expect<DataError>(
      [&] { (void)trainer.evaluate(data::from(one_bad_label()).batch(16), {metrics::accuracy()}); },
      {"metric 'accuracy'",
       "the label of row 23 of the data set, in batch 1 of "
       "evaluate() is 9, expected 0 to 2"});
}

BOOST_AUTO_TEST_SUITE_END()
