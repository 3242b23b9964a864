// The names of before the namespaces nn, optim and data still compile, until 0.3. Everything else
// here is compiled without them.
#include <foregraph/foregraph.hpp>
#include <type_traits>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 4, 3});
  const fg::Tensor y = g.input("y", {fg::batch, 2});
  const fg::Tensor wide = fg::linear(x, 5, "wide");
  const fg::Tensor kept = fg::where(fg::greater(wide, 0.0), wide, 0.0);
  const fg::Tensor last = fg::last_step(fg::lstm(kept, 6, "memory"));
  return fg::Model{.loss = fg::mean_squared_error(fg::dense(last, 2, "out"), y)};
};
constexpr auto images = [](fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 8, 8, 3});
  const fg::Tensor maps = fg::batch_norm(fg::conv2d(x, 4, 3, "filters"), "norm");
  const fg::Tensor logits = fg::dense(fg::flatten(maps), 2, "logits");
  return fg::Model{.loss =
                       fg::softmax_cross_entropy(logits, g.input("label", {fg::batch}, fg::i32))};
};

static_assert(fg::peak_memory<model>(fg::sgd(0.1), 8).count > 0);
static_assert(fg::peak_memory<images>(fg::clip_by_global_norm(fg::adamw(1e-3), 1.0), 8).count > 0);

static_assert(std::is_same_v<fg::Training, fg::TrainerBase>);
static_assert(std::is_same_v<fg::TrainedModel, fg::PredictorBase>);
static_assert(std::is_same_v<fg::Dataset, fg::data::Dataset>);
static_assert(std::is_same_v<fg::Loader, fg::data::Loader>);

double evaluate(fg::Training& training, const fg::Dataset& data) {
  const fg::Pipeline pipeline = fg::from(data).batch(8, fg::Tail::pad);
  training.fit(pipeline, {.epochs = 1});
  return training.evaluate(pipeline).loss;
}
fg::Dataset read(const fg::CsvOptions& options) {
  return fg::concatenate({fg::read_csv("a.csv", options), fg::read_npy({{"x", "x.npy"}})});
}
