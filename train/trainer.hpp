#pragma once

#include <foregraph/detail/compile/peak_memory.hpp>
#include <foregraph/detail/kernels/simd/native_level.hpp>
#include <foregraph/detail/runtime/specialised.hpp>
#include <foregraph/detail/train/trainer_base.hpp>
#include <utility>

namespace foregraph {

/// Trains a model. If the model is a template argument, the compiler checks it and generates
/// kernels for its exact expressions:
///
///     fg::Trainer<classifier> trainer{fg::optim::adam(1e-3), {.memory_budget = 512_MiB}};
///
/// A model built at run time uses general kernels and is otherwise equivalent:
///
///     fg::Graph g;
///     auto model = classifier(g);
///     fg::Trainer trainer{g, model, fg::optim::adam(1e-3)};
///
/// A wrong model function is a one-line compile error, as with peak_memory(); for a wrong model
/// built at run time the constructor throws GraphError. Throws BudgetError if not even one sample
/// fits.
template <auto ModelFunction = nullptr>
class Trainer : public TrainerBase {
 public:
  /// Creates a trainer of the model in the template argument. `Level` is never given: its kernels
  /// are those of the calling file's vector instructions.
  template <class Optimizer, class Level = NativeLevel>
  requires(!std::is_same_v<decltype(ModelFunction), std::nullptr_t>) explicit Trainer(
      const Optimizer& optimizer, const TrainerOptions& options = {})
      : Trainer(Level{}, Built{}, optimizer, options) {}

  /// Creates a trainer of a model built at run time; the graph may be destroyed afterwards.
  template <class Optimizer>
  requires(std::is_same_v<decltype(ModelFunction), std::nullptr_t>)
      Trainer(const Graph& graph, const Model& model, const Optimizer& optimizer,
              const TrainerOptions& options = {})
      : TrainerBase(graph, model, training_graph(graph, model, optimizer, options.passes), options,
                    {}, splitter(graph, model, optimizer, options.passes)) {}

 private:
  struct Built {
    Built() : model(ModelFunction(graph)) {}
    Graph graph;
    Model model;
  };
  template <class Level, class Optimizer>
  Trainer(Level, const Built& built, const Optimizer& optimizer, const TrainerOptions& options)
      : TrainerBase(built.graph, built.model,
                    training_graph(built.graph, built.model, optimizer, options.passes), options,
                    checked_regions<Level, Optimizer>(),
                    splitter(built.graph, built.model, optimizer, options.passes)) {}

  /// Checks the model at compile time and returns its specialised kernels.
  template <class Level, class Optimizer>
  [[nodiscard]] static std::span<const SpecialisedRegion> checked_regions() {
    using Checked = frozen::StepEvaluation<ModelFunction, Optimizer>;
    check_model<Checked>();
    if constexpr (is_fine_model<Checked>)
      return specialised_regions<ModelFunction, Optimizer, Level>();
    else
      return {};
  }

  /// Captures everything needed to split the step into micro-batches later.
  template <class Optimizer>
  [[nodiscard]] static SplitMaker splitter(const Graph& graph, const Model& model,
                                           const Optimizer& optimizer,
                                           const std::vector<Pass>& more) {
    const auto built = std::make_shared<Graph>(graph.clone());
    return [built, model = on_clone(*built, model), optimizer, more] {
      return split_training(*built, model, optimizer, more);
    };
  }
};

}  // namespace foregraph
