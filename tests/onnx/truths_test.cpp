// Models that PyTorch exported, trained here for the steps that PyTorch took: the same outputs,
// losses, gradients and parameters.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <foregraph/detail/onnx/load.hpp>
#include <foregraph/foregraph.hpp>
#include <map>
#include <string>
#include <vector>

#include "support/shared_data.hpp"

namespace truths_test {

namespace fg = foregraph;
namespace fs = std::filesystem;

struct Case {
  std::string name;
  fg::onnx::Loss loss;
};
const std::vector<Case>& cases() {
  static const std::vector<Case> all{{"lenet", fg::onnx::Loss::softmax_cross_entropy},
                                     {"resnet_small", fg::onnx::Loss::softmax_cross_entropy},
                                     {"mobilenet_like", fg::onnx::Loss::softmax_cross_entropy},
                                     {"gpt_tiny", fg::onnx::Loss::softmax_cross_entropy},
                                     {"lstm_classifier", fg::onnx::Loss::softmax_cross_entropy},
                                     {"recommender", fg::onnx::Loss::binary_cross_entropy},
                                     {"autoencoder", fg::onnx::Loss::mean_squared_error}};
  return all;
}

std::vector<double> values_of(const fg::Safetensors& file, const std::string& name) {
  const std::string_view dtype = file.at(name).dtype;
  const auto widened = [](const auto& values) {
    return std::vector<double>(values.begin(), values.end());
  };
  if (dtype == "I64") return widened(file.values<std::int64_t>(name));
  if (dtype == "I32") return widened(file.values<std::int32_t>(name));
  return widened(file.values<float>(name));
}

/// The largest distance, relative to the largest value.
double distance(const std::vector<double>& actual, const std::vector<double>& expected) {
  BOOST_REQUIRE_EQUAL(actual.size(), expected.size());
  double worst = 0;
  double largest = 1e-30;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    worst = std::max(worst, std::abs(actual[i] - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return worst / largest;
}
double size_of(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

fg::DType dtype_of_input(const fg::Graph& graph, const std::string& name) {
  for (const fg::NodeId id : graph.inputs)
    if (graph.text(graph.node(id).name) == name) return graph.node(id).dtype;
  throw std::runtime_error("no input " + name);
}

/// Copies the truth's batch into the inputs of the trainer's step.
void fill_inputs(fg::TrainerBase& trainer, const fg::Safetensors& truth) {
  for (const fg::StoredTensor& tensor : truth.tensors()) {
    if (!tensor.name.starts_with("input.") && tensor.name != "target") continue;
    const std::string input =
        tensor.name == "target" ? tensor.name : tensor.name.substr(std::string("input.").size());
    const std::vector<double> values = values_of(truth, tensor.name);
    const auto copy = [&]<class T>(std::span<T> to) {
      BOOST_REQUIRE_EQUAL(to.size(), values.size());
      std::transform(values.begin(), values.end(), to.begin(),
                     [](double value) { return static_cast<T>(value); });
    };
    switch (dtype_of_input(trainer.step_graph(), input)) {
      case fg::f32:
        copy(trainer.input<float>(input));
        break;
      case fg::i32:
        copy(trainer.input<std::int32_t>(input));
        break;
      case fg::i64:
        copy(trainer.input<std::int64_t>(input));
        break;
      default:
        BOOST_FAIL("input " << input << " has another dtype");
    }
  }
}

/// A variable in the order of the file.
std::vector<double> variable_of(fg::TrainerBase& trainer,
                                const fg::onnx::ImportedVariable& variable) {
  const std::span<const float> stored = trainer.variable<float>(variable.name);
  std::vector<std::int64_t> places(stored.size());
  variable.arrangement.indices(0, places);
  std::vector<double> values;
  for (const std::int64_t place : places) values.push_back(stored[static_cast<std::size_t>(place)]);
  return values;
}

/// Replaces each parameter by its gradient, so that a test can read it.
struct GradientsOnly {
  void apply(fg::Graph& g, std::span<const fg::optim::Gradient> gradients) const {
    for (const fg::optim::Gradient& each : gradients) fg::update(g, each.variable, each.gradient);
  }
};

struct Loaded {
  fg::onnx::ImportedModel net;
  fg::Model model;
  fg::Safetensors truth;

  Loaded(const fs::path& folder, const Case& each, bool from_training_export)
      : net(fg::onnx::load(folder / (each.name + (from_training_export ? ".train.onnx" : ".onnx")),
                           {.as_training = !from_training_export})),
        model(net.with_loss(each.loss)),
        truth(folder / (each.name + ".truth.safetensors")) {}
};

/// Calls check(each case and export, what is loaded).
template <class Check>
void for_each_export(const Check& check) {
  const std::optional<fs::path> folder = fg::test::shared_data("onnx");
  if (!folder) return;
  for (const Case& each : cases())
    for (const bool from_training_export : {false, true})
      BOOST_TEST_CONTEXT(each.name << (from_training_export ? ".train.onnx" : ".onnx")) {
        check(Loaded(*folder, each, from_training_export));
      }
}

/// The largest gradient of a model, in the first step.
double largest_gradient(const Loaded& loaded) {
  double largest = 0;
  for (const fg::onnx::ImportedVariable& variable : loaded.net.variables)
    if (variable.trainable)
      largest = std::max(largest, size_of(values_of(loaded.truth, "grad." + variable.name)));
  return largest;
}
/// Gradients that are zero but for rounding, such as that of a bias before a normalisation.
constexpr double rounding = 3e-5;

/// Leaves out the elements whose first gradient is small beside others of the parameter: Adam makes
/// steps of one size of all, so rounding decides about these.
void leave_out_small_gradients(std::vector<double>& actual, std::vector<double>& expected,
                               const std::vector<double>& gradient) {
  const double least = 1e-3 * size_of(gradient);
  for (std::size_t i = 0; i < actual.size(); ++i)
    if (std::abs(gradient[i]) < least) actual[i] = expected[i];
}

template <class Optimizer>
void check_three_steps(const Loaded& loaded, const Optimizer& optimizer, const std::string& name) {
  fg::Trainer trainer{loaded.net.graph, loaded.model, optimizer};
  trainer.prepare(4);
  fill_inputs(trainer, loaded.truth);
  std::vector<double> losses;
  for (int step = 0; step < 3; ++step) {
    trainer.step();
    losses.push_back(trainer.loss());
  }
  BOOST_TEST(distance(losses, values_of(loaded.truth, name + "3.losses")) < 2e-6);
  const double largest = largest_gradient(loaded);
  const auto gradient_of = [&](const fg::onnx::ImportedVariable& variable) {
    return values_of(loaded.truth, "grad." + variable.name);
  };
  // A factor that has no influence is moved by rounding alone, as far as Adam moves any. The others
  // feel it in later steps only where it is no bias.
  const bool is_adam = name == "adam";
  const bool has_idle_factors =
      std::any_of(loaded.net.variables.begin(), loaded.net.variables.end(),
                  [&](const fg::onnx::ImportedVariable& variable) {
                    return variable.trainable && !variable.name.ends_with("bias") &&
                           size_of(gradient_of(variable)) < rounding * largest;
                  });
  std::size_t compared = 0;
  for (const fg::onnx::ImportedVariable& variable : loaded.net.variables) {
    if (!variable.trainable) continue;
    const std::vector<double> gradient = gradient_of(variable);
    if (is_adam && size_of(gradient) < rounding * largest) continue;
    std::vector<double> expected = values_of(loaded.truth, name + "3." + variable.name);
    std::vector<double> actual = variable_of(trainer, variable);
    if (is_adam) leave_out_small_gradients(actual, expected, gradient);
    const double off = distance(actual, expected);
    const double allowed = is_adam && has_idle_factors ? 3e-2 : 1e-4;
    BOOST_TEST(off < allowed, variable.name << " after three steps of " << name << ": " << off);
    ++compared;
  }
  BOOST_TEST(compared > loaded.net.variables.size() / 3);
}

}  // namespace truths_test

BOOST_AUTO_TEST_SUITE(onnx_truths)

BOOST_AUTO_TEST_CASE(outputs_of_inference_agree) {
  using namespace truths_test;
  const std::optional<fs::path> folder = fg::test::shared_data("onnx");
  if (!folder) return;
  for (const Case& each : cases()) BOOST_TEST_CONTEXT(each.name) {
      const fg::onnx::ImportedModel net = fg::onnx::load(*folder / (each.name + ".onnx"));
      const fg::Safetensors truth(*folder / (each.name + ".truth.safetensors"));
      fg::Predictor predictor{net.graph, net.without_loss()};
      std::vector<fg::InputValues> inputs;
      for (const fg::StoredTensor& tensor : truth.tensors()) {
        if (!tensor.name.starts_with("input.")) continue;
        const std::string name = tensor.name.substr(std::string("input.").size());
        const std::vector<double> values = values_of(truth, tensor.name);
        if (tensor.dtype == "I64")
          inputs.emplace_back(name, std::vector<std::int64_t>(values.begin(), values.end()));
        else
          inputs.emplace_back(name, std::vector<float>(values.begin(), values.end()));
      }
      const fg::Predictions predicted = predictor.predict_all(inputs);
      const std::span<const float> output = predicted[0].as<float>();
      BOOST_TEST(distance({output.begin(), output.end()}, values_of(truth, "eval.output")) < 1e-5);
    }
}

BOOST_AUTO_TEST_CASE(loss_and_gradients_agree) {
  using namespace truths_test;
  for_each_export([](const Loaded& loaded) {
    fg::Trainer trainer{loaded.net.graph, loaded.model, GradientsOnly{}};
    trainer.prepare(4);
    fill_inputs(trainer, loaded.truth);
    trainer.step();
    const double loss = values_of(loaded.truth, "train.loss").at(0);
    BOOST_TEST(std::abs(trainer.loss() - loss) <= 1e-6 * std::abs(loss));
    const double largest = largest_gradient(loaded);
    std::size_t compared = 0;
    for (const fg::onnx::ImportedVariable& variable : loaded.net.variables) {
      if (!variable.trainable) continue;
      const std::vector<double> truth = values_of(loaded.truth, "grad." + variable.name);
      const std::vector<double> actual = variable_of(trainer, variable);
      ++compared;
      if (size_of(truth) < rounding * largest) {
        BOOST_TEST(size_of(actual) < rounding * largest, variable.name);
        continue;
      }
      BOOST_TEST(distance(actual, truth) < 1e-4, variable.name);
    }
    const auto gradients =
        std::count_if(loaded.truth.tensors().begin(), loaded.truth.tensors().end(),
                      [](const fg::StoredTensor& each) { return each.name.starts_with("grad."); });
    BOOST_TEST(compared == static_cast<std::size_t>(gradients));
  });
}

BOOST_AUTO_TEST_CASE(three_steps_of_momentum_agree) {
  using namespace truths_test;
  for_each_export([](const Loaded& loaded) {
    check_three_steps(loaded, fg::optim::sgd_momentum(0.05, 0.9), "sgd");
  });
}

BOOST_AUTO_TEST_CASE(three_steps_of_adam_agree) {
  using namespace truths_test;
  for_each_export(
      [](const Loaded& loaded) { check_three_steps(loaded, fg::optim::adam(0.01), "adam"); });
}

BOOST_AUTO_TEST_SUITE_END()
