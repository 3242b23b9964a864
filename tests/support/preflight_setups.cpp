#include <algorithm>
#include <foregraph/detail/diagnose/findings/finding_ids.hpp>
#include <foregraph/foregraph.hpp>
#include <functional>
#include <limits>
#include <numeric>
#include <random>

#include "support/preflight_setups.hpp"

namespace foregraph::test {
namespace {

PreflightOptions with_time(PreflightOptions options) {
  options.most_seconds = std::numeric_limits<double>::infinity();
  if (options.memory_budget.is_machine()) options.memory_budget = Bytes{std::int64_t{1} << 30};
  return options;
}

}  // namespace

Report check(FunctionRef<Model(Graph&)> model, const data::Pipeline& data, PreflightOptions options,
             double learning_rate) {
  Graph g;
  const Model built = model(g);
  return preflight(g, built, optim::adam(learning_rate), data, with_time(std::move(options)));
}

Report check_sgd(FunctionRef<Model(Graph&)> model, const data::Pipeline& data,
                 double learning_rate) {
  Graph g;
  const Model built = model(g);
  return preflight(g, built, optim::sgd(learning_rate), data, with_time({}));
}

void expect_finding(const Report& report, const std::string& id, Severity severity) {
  const auto ids = finding_ids();
  BOOST_TEST((std::find(ids.begin(), ids.end(), id) != ids.end()), "'" << id << "' is no id");
  const Finding* const found = report.find(id);
  BOOST_REQUIRE_MESSAGE(found != nullptr, "'" << id << "' is not in\n" << report.to_text());
  BOOST_CHECK_MESSAGE(found->severity == severity,
                      "'" << id << "' is a " << name_of(found->severity));
  BOOST_TEST(!found->what.empty());
  BOOST_TEST(!found->consequence.empty());
  BOOST_TEST(!found->way_out.empty());
}

void expect_silence(const Report& report) {
  BOOST_CHECK_MESSAGE(report.worst() == Severity::note, report.to_text());
  // What was not looked at would be silent as well.
  BOOST_CHECK_MESSAGE(report.checked().size() >= 7, report.to_text());
}

std::function<Model(Graph&)> classifier(std::int64_t features, std::int64_t classes) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, features});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor logits = nn::dense(relu(nn::dense(x, 16, "hidden")), classes, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
}

std::function<Model(Graph&)> logistic(std::int64_t features) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, features});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = sigmoid(nn::dense(x, 1, "out"));
    return Model{.loss = nn::binary_cross_entropy(p, y), .outputs = {p}};
  };
}

std::function<Model(Graph&)> linear(std::int64_t features) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, features});
    const Tensor y = g.input("label", {batch, 1});
    const Tensor p = nn::dense(x, 1, "out");
    return Model{.loss = nn::mean_squared_error(p, y), .outputs = {p}};
  };
}

std::function<Model(Graph&)> normalised(std::int64_t features, std::int64_t classes) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, features});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor h = relu(nn::batch_norm(nn::dense(x, 16, "hidden"), "norm"));
    const Tensor logits = nn::dense(h, classes, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
}

std::function<Model(Graph&)> normalising(std::int64_t features, std::int64_t classes) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, features});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor logits = nn::dense(nn::batch_norm(x, "norm"), classes, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
}

std::function<Model(Graph&)> small_images(std::int64_t classes) {
  return [=](Graph& g) {
    const Tensor x = g.input("x", {batch, 8, 8, 1});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor h = relu(nn::batch_norm(nn::conv2d(x, 4, 3, "conv"), "norm"));
    const Tensor logits = nn::dense(flatten(max_pool2d(h)), classes, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
}

std::function<Model(Graph&)> text(std::int64_t words, std::int64_t length, std::int64_t classes) {
  return [=](Graph& g) {
    const Tensor tokens = g.input("tokens", {batch, length}, i32);
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor h = mean(nn::embedding(tokens, words, 8, "words"), {1});
    const Tensor logits = nn::dense(h, classes, "logits");
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
}

Table Table::sorted() const {
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return labels[a] < labels[b]; });
  Table result{features, {}, {}};
  for (const std::size_t i : order) {
    const auto first = x.begin() + static_cast<std::ptrdiff_t>(i) * features;
    result.x.insert(result.x.end(), first, first + features);
    result.labels.push_back(labels[i]);
  }
  return result;
}

Table Table::slice(std::int64_t first, std::int64_t count) const {
  return {features,
          {x.begin() + first * features, x.begin() + (first + count) * features},
          {labels.begin() + first, labels.begin() + first + count}};
}

data::Dataset Table::dataset() const {
  return data::Dataset().add("x", {features}, x).add("label", {}, labels);
}

data::Dataset Table::with_targets(std::vector<float> targets) const {
  return data::Dataset().add("x", {features}, x).add("label", {1}, std::move(targets));
}

data::Dataset Table::with_float_labels() const {
  return with_targets(std::vector<float>(labels.begin(), labels.end()));
}

Table table(std::int64_t rows, std::int64_t features, int classes, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Table result{features, {}, {}};
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto label = static_cast<std::int32_t>(random() % static_cast<unsigned>(classes));
    for (std::int64_t k = 0; k < features; ++k)
      result.x.push_back(normal(random) + (k % classes == label ? 1.0F : 0.0F));
    result.labels.push_back(label);
  }
  return result;
}

Table plane(std::int64_t rows, std::vector<float>& targets, float noise, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Table result{2, {}, {}};
  for (std::int64_t i = 0; i < rows; ++i) {
    const float a = normal(random);
    const float b = normal(random);
    result.x.insert(result.x.end(), {a, b});
    targets.push_back(2 * a + b + noise * normal(random));
    result.labels.push_back(0);
  }
  return result;
}

}  // namespace foregraph::test
