#pragma once

#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "limits/products.hpp"

/// w1 to w8: training steps, each of one model with a batch size and an optimizer.
namespace workloads {

using Made = std::unique_ptr<foregraph::TrainerBase>;
using Make = std::function<Made(foregraph::TrainerOptions)>;

struct Workload {
  std::string name;  ///< including the batch size
  std::int64_t batch = 0;
  Make make_static;   ///< the model known at compile time; empty: not measured
  Make make_runtime;  ///< the same model built at run time
  // Work that no implementation can avoid; the workload may take `target_ratio` times as long.
  limits::Products products{};
  std::vector<limits::Convolution> convolutions{};
  std::int64_t adam_parameters = 0;  ///< updated in one pass
  struct Norm {
    std::int64_t rows = 0;
    std::int64_t channels = 0;
    int count = 1;
  };
  std::vector<Norm> norms{};
  foregraph::Budget budget = foregraph::Budget::unlimited();  ///< it fits by recomputation
  double target_ratio = 0;
  double target_static_us = 0;  ///< an absolute time, where overhead dominates
  double target_runtime_us = 0;
};

template <auto ModelFunction, class Optimizer>
Make of_compiler(const Optimizer& optimizer) {
  return [optimizer](foregraph::TrainerOptions options) -> Made {
    return std::make_unique<foregraph::Trainer<ModelFunction>>(optimizer, std::move(options));
  };
}

template <class ModelFunction, class Optimizer>
Make of_runtime(const ModelFunction& function, const Optimizer& optimizer) {
  return [function, optimizer](foregraph::TrainerOptions options) -> Made {
    foregraph::Graph g;
    const foregraph::Model model = function(g);
    return std::make_unique<foregraph::Trainer<>>(g, model, optimizer, std::move(options));
  };
}

/// Fills inputs with random numbers: floats normally distributed, integers below `classes`, float
/// "label"s 0 or 1.
inline void fill_inputs(foregraph::TrainerBase& training, std::uint32_t classes = 10) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  const foregraph::Graph& g = training.step_graph();
  for (const foregraph::NodeId id : g.inputs) {
    const std::string name(g.text(g.node(id).name));
    if (g.node(id).dtype == foregraph::i32)
      for (std::int32_t& v : training.input<std::int32_t>(name))
        v = static_cast<std::int32_t>(generator() % classes);
    else
      for (float& v : training.input<float>(name))
        v = name == "label" ? static_cast<float>(generator() % 2) : normal(generator);
  }
}

/// Returns a training that is ready for step().
inline Made prepared(const Workload& workload, bool is_static, int threads) {
  const Make& make = is_static ? workload.make_static : workload.make_runtime;
  Made training =
      make({.memory_budget = workload.budget, .fit_to_budget = true, .threads = threads});
  training->prepare(workload.batch);
  fill_inputs(*training);
  return training;
}

const std::vector<Workload>& all();

}  // namespace workloads
