// Fields whose rows have another shape than the model's input.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/foregraph.hpp>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr std::int64_t side = 8;
constexpr std::int64_t colours = 3;

Model small_convolution(Graph& g) {
  const Tensor x = g.input("x", {batch, side, side, colours});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(flatten(relu(nn::conv2d(x, 4, 3, "c"))), 3, "l");
  return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}

float colour_of(std::int64_t image, std::int64_t row, std::int64_t column, std::int64_t channel) {
  return std::sin(static_cast<float>(image * 193 + row * 41 + column * 7 + channel * 3));
}

/// The same 48 images, channels first or last.
data::Dataset images_of(bool channels_first) {
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  for (std::int64_t image = 0; image < 48; ++image) {
    labels.push_back(static_cast<std::int32_t>(image * 7 % 3));
    if (channels_first) {
      for (std::int64_t c = 0; c < colours; ++c)
        for (std::int64_t i = 0; i < side; ++i)
          for (std::int64_t j = 0; j < side; ++j) x.push_back(colour_of(image, i, j, c));
    } else {
      for (std::int64_t i = 0; i < side; ++i)
        for (std::int64_t j = 0; j < side; ++j)
          for (std::int64_t c = 0; c < colours; ++c) x.push_back(colour_of(image, i, j, c));
    }
  }
  const std::vector<std::int64_t> shape = channels_first
                                              ? std::vector<std::int64_t>{colours, side, side}
                                              : std::vector<std::int64_t>{side, side, colours};
  return data::Dataset().add("x", shape, std::move(x)).add("label", {1}, std::move(labels));
}

struct LayoutTrained {
  std::vector<double> losses;
  std::vector<float> scores;
};

LayoutTrained train_on(const data::Pipeline& data) {
  Graph g;
  const Model model = small_convolution(g);
  Trainer trainer{g, model, optim::adam(1e-2)};
  LayoutTrained result;
  for (const EpochResult& epoch :
       trainer.fit(data, {.epochs = 2, .evaluation = data, .progress = false, .preflight = false}))
    result.losses.insert(result.losses.end(), {epoch.loss, *epoch.evaluation_loss});
  result.scores = trainer.predict(data);
  return result;
}

/// A model that takes rows of `shape` and a target for each sample.
template <class Call>
void with_input(const Shape& shape, const Call& call) {
  Graph g;
  const Tensor x = g.input("x", shape);
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor flat = shape.rank == 1 ? x : sum(x, {1});
  const Tensor one = g.parameter("one", {1}, filled_with(1));
  const Tensor rows = (flat.shape().rank == 1 ? flat : mean(flat, {1})) * one;
  (void)y;
  const Model model{.loss = mean(rows * rows), .outputs = {rows}};
  Trainer trainer{g, model, optim::sgd(0.1)};
  call(trainer);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layout_of_data)

BOOST_AUTO_TEST_CASE(channels_first_are_not_taken_for_channels_last) {
  Graph g;
  const Model model = small_convolution(g);
  Trainer trainer{g, model, optim::adam()};
  const data::Pipeline data = data::from(images_of(true)).batch(16);
  const std::initializer_list<const char*> parts{
      "field 'x' of the data set has rows of {3, 8, 8}", "f32[batch,8,8,3]",
      "the same dimensions in another order", ".permute(\"x\", {1, 2, 0})"};
  const FitOptions quiet{.progress = false, .preflight = false};
  expect<DataError>([&] { (void)trainer.fit(data, quiet); }, parts);
  expect<DataError>([&] { (void)trainer.evaluate(data); }, parts);
  expect<DataError>([&] { (void)trainer.predict(data); }, parts);
  FitOptions evaluated = quiet;
  evaluated.evaluation = data;
  expect<DataError>([&] { (void)trainer.fit(data::from(images_of(false)).batch(16), evaluated); },
                    parts);
}

BOOST_AUTO_TEST_CASE(the_way_out_trains_as_data_of_the_right_layout) {
  const LayoutTrained right = train_on(data::from(images_of(false)).shuffle(1).batch(16));
  const data::Pipeline first = data::from(images_of(true)).shuffle(1).batch(16);
  for (const data::Pipeline& data :
       {first.permute("x", {1, 2, 0}), first.permute("x", {1, 2, 0}).workers(2),
        data::from(images_of(true).permute("x", {1, 2, 0})).shuffle(1).batch(16)}) {
    const LayoutTrained permuted = train_on(data);
    BOOST_TEST(permuted.losses == right.losses);
    BOOST_TEST(permuted.scores == right.scores);
  }
  // What was done before, in the order in which the values lie, is another model.
  BOOST_TEST(train_on(first.reshape("x", {8, 8, 3})).losses != right.losses);
}

BOOST_AUTO_TEST_CASE(other_shapes_of_as_many_elements) {
  const auto field = [](const std::vector<std::int64_t>& shape) {
    return data::from(data::Dataset().add("x", shape, std::vector<float>(4 * 24, 1))).batch(2);
  };
  with_input({batch, 4, 6}, [&](auto& trainer) {
    BOOST_TEST(trainer.predict(field({4, 6})).size() == 4U);
    BOOST_TEST(trainer.predict(field({4, 1, 6})).size() == 4U);
    BOOST_TEST(trainer.predict(field({24}).reshape("x", {4, 6})).size() == 4U);
    expect<DataError>(
        [&] { (void)trainer.predict(field({24})); },
        {"rows of {24}", "f32[batch,4,6] and takes rows of {4, 6}", ".reshape(\"x\", {4, 6})"});
    expect<DataError>([&] { (void)trainer.predict(field({6, 4})); }, {".permute(\"x\", {1, 0})"});
    expect<DataError>([&] { (void)trainer.predict(field({8, 3})); }, {".reshape(\"x\", {4, 6})"});
    expect<DataError>([&] { (void)trainer.predict(field({12})); },
                      {"12 elements per sample, not 24"});
  });
  with_input({batch, 24}, [&](auto& trainer) {
    expect<DataError>([&] { (void)trainer.predict(field({4, 6})); }, {".reshape(\"x\", {24})"});
  });
}

BOOST_AUTO_TEST_CASE(dimensions_of_one_do_not_count) {
  const auto field = [](const std::vector<std::int64_t>& shape) {
    return data::from(data::Dataset().add("x", shape, std::vector<float>(5, 3))).batch(2);
  };
  with_input({batch}, [&](auto& trainer) {
    for (const auto& shape : {std::vector<std::int64_t>{}, {1}, {1, 1}})
      BOOST_TEST(trainer.predict(field(shape)) == std::vector<float>(5, 3));
  });
}

BOOST_AUTO_TEST_CASE(batches_have_to_come_first) {
  // Time before batch: samples do not lie one after another.
  Graph g;
  const Tensor x = g.input("x", {24, batch});
  const Tensor one = g.parameter("one", {1}, filled_with(1));
  const Model model{.loss = mean(x * x * one), .outputs = {mean(x, {0})}};
  Trainer trainer{g, model, optim::sgd(0.1)};
  const data::Pipeline data =
      data::from(data::Dataset().add("x", {24}, std::vector<float>(96, 1))).batch(2);
  expect<DataError>([&] { (void)trainer.evaluate(data); },
                    {"input 'x' is f32[24,batch]", "make the batch the input's first dimension"});
}

BOOST_AUTO_TEST_CASE(metrics_compare_equal_layouts) {
  Graph g;
  const Tensor x = g.input("x", {batch, 2, 3});
  const Tensor target = g.input("y", {batch, 3, 2});
  const Tensor turned = permute(x * g.parameter("one", {1}, filled_with(1)), {0, 2, 1});
  const Model model{.loss = nn::mean_squared_error(turned, target), .outputs = {x, turned}};
  Trainer trainer{g, model, optim::sgd(0.1)};
  const data::Pipeline data = data::from(data::Dataset()
                                             .add("x", {2, 3}, std::vector<float>(24, 2))
                                             .add("y", {3, 2}, std::vector<float>(24, 1)))
                                  .batch(2);
  expect<UsageError>(
      [&] {
        (void)trainer.evaluate(data, std::vector{metrics::mean_absolute_error().against("y")});
      },
      {"metric 'mean_absolute_error': output 0 is f32[batch,2,3]", "target is f32[batch,3,2]",
       "the same dimensions in another order", "permute()"});
  const Evaluation right =
      trainer.evaluate(data, std::vector{metrics::mean_absolute_error().of_output(1).against("y")});
  BOOST_TEST(right.metrics[0].second == 1.0);
}

BOOST_AUTO_TEST_CASE(metrics_want_classes_last) {
  Graph g;
  const Tensor x = g.input("x", {batch, 5, 3});
  const Tensor label = g.input("label", {batch, 3}, i32);
  const Tensor last = permute(x * g.parameter("one", {1}, filled_with(1)), {0, 2, 1});
  const Model model{.loss = nn::softmax_cross_entropy(last, label), .outputs = {x, last}};
  Trainer trainer{g, model, optim::sgd(0.1)};
  const data::Pipeline data = data::from(data::Dataset()
                                             .add("x", {5, 3}, std::vector<float>(60, 2))
                                             .add("label", {3}, std::vector<std::int32_t>(12, 0)))
                                  .batch(2);
  expect<UsageError>([&] { (void)trainer.evaluate(data, std::vector{metrics::accuracy()}); },
                     {"metric 'accuracy': output 0 is f32[batch,5,3]", "i32[batch,3]",
                      "its classes are not the last dimension"});
  BOOST_TEST(
      trainer.evaluate(data, std::vector{metrics::accuracy().of_output(1)}).metrics[0].second ==
      1.0);
}

BOOST_AUTO_TEST_SUITE_END()
