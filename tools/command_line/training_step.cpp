#include "training_step.hpp"

#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/optim/adadelta.hpp>
#include <foregraph/detail/optim/adagrad.hpp>
#include <foregraph/detail/optim/adam.hpp>
#include <foregraph/detail/optim/adamw.hpp>
#include <foregraph/detail/optim/lamb.hpp>
#include <foregraph/detail/optim/lion.hpp>
#include <foregraph/detail/optim/nesterov.hpp>
#include <foregraph/detail/optim/rmsprop.hpp>
#include <foregraph/detail/optim/sgd.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "options.hpp"

namespace foregraph::cli {
namespace {

/// Type-erased optimizer, so that code for all optimizers is compiled once.
struct AnyOptimizer {
  std::function<void(Graph&, std::span<const optim::Gradient>)> append;

  void apply(Graph& g, std::span<const optim::Gradient> gradients) const { append(g, gradients); }
};

template <class Optimizer>
AnyOptimizer any(const Optimizer& optimizer) {
  return {[optimizer](Graph& g, std::span<const optim::Gradient> gradients) {
    optimizer.apply(g, gradients);
  }};
}

using NamedOptimizer = std::pair<std::string, AnyOptimizer>;

const std::vector<NamedOptimizer>& optimizers() {
  static const std::vector<NamedOptimizer> all{
      {"adam", any(optim::adam())},         {"adamw", any(optim::adamw())},
      {"sgd", any(optim::sgd())},           {"momentum", any(optim::sgd_momentum())},
      {"nesterov", any(optim::nesterov())}, {"rmsprop", any(optim::rmsprop())},
      {"adagrad", any(optim::adagrad())},   {"adadelta", any(optim::adadelta())},
      {"lamb", any(optim::lamb())},         {"lion", any(optim::lion())}};
  return all;
}

}  // namespace

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const NamedOptimizer& each : optimizers()) names.push_back(each.first);
  return names;
}

TrainingStep training_step(const Graph& built, const Model& model, const std::string& optimizer) {
  const AnyOptimizer* found = nullptr;
  for (const NamedOptimizer& each : optimizers())
    if (each.first == optimizer) found = &each.second;
  if (found == nullptr) {
    const std::string near = nearest(optimizer, optimizer_names());
    throw UsageError("there is no optimizer '" + optimizer + "'" +
                     (near.empty() ? "" : ", did you mean '" + near + "'?") +
                     "; the optimizers are " + joined(optimizer_names()));
  }
  TrainingStep result;
  result.step = training_graph(built, model, *found);
  result.conventional = training_graph(built, model, optim::KeepGradients<AnyOptimizer>{*found});
  const auto graph = std::make_shared<Graph>(built.clone());
  result.make_split = [graph, model = on_clone(*graph, model), found] {
    return split_training(*graph, model, *found);
  };
  return result;
}

}  // namespace foregraph::cli
