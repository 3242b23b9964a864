#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/diagnose/preflight/preflight.hpp>
#include <foregraph/detail/diagnose/preflight/value_ranges.hpp>
#include <foregraph/detail/runtime/program.hpp>

namespace foregraph::checks {

/// A graph planned for small batches, with separate memory except for the variables.
class ModelRun {
 public:
  /// `variables` holds the model's variables at the plan's offsets.
  ModelRun(const Graph& g, Plan plan, std::byte* variables);

  [[nodiscard]] Program& program() { return *program_; }
  [[nodiscard]] const Plan& plan() const { return program_->plan(); }
  [[nodiscard]] const Graph& graph() const { return program_->graph(); }
  [[nodiscard]] std::byte* inputs() { return work_.data(); }
  /// Returns a loader that fills the inputs from `data`, which must have no prefetch and batches
  /// that fit the plan.
  [[nodiscard]] data::Loader loader(const data::Pipeline& data);
  /// Runs on a batch that the loader has put into the inputs, and returns its loss.
  double run(const data::Batch& data);
  /// Calls `use(index, value)` for each value of a floating-point output of the last run.
  template <class Use>
  void for_each_value(std::size_t output, Use use) const {
    const NodeId id = graph().outputs[output];
    const Node& node = graph().node(id);
    const std::byte* const at = program_->address_of(id);
    const std::int64_t count = node.shape.elements().at(program_->bound_batch());
    for (std::int64_t i = 0; i < count; ++i) {
      if (node.dtype == f64)
        use(i, reinterpret_cast<const double*>(at)[i]);
      else if (node.dtype == f32)
        use(i, static_cast<double>(reinterpret_cast<const float*>(at)[i]));
    }
  }
  /// Returns the smallest and the largest value of a floating-point output of the last run.
  [[nodiscard]] Range range_of_output(std::size_t output) const;

 private:
  Arena work_;
  std::unique_ptr<Program> program_;
};

/// A copy of the variables of a step, or their initial values.
class Variables {
 public:
  /// Copies the variables of `step`, planned by `plan`, from `from`; initialises them if `from` is
  /// null.
  Variables(const Graph& step, const Plan& plan, const std::byte* from);
  /// Returns the current variables of `model` without a copy (read-only), or initialised ones if it
  /// has none.
  [[nodiscard]] static Variables present(const PreflightModel& model);
  [[nodiscard]] std::byte* data() const { return data_; }

 private:
  Variables() = default;

  Arena memory_;
  std::byte* data_ = nullptr;
};

/// All gradients, read from the outputs of gradient_graph().
class Gradients {
 public:
  explicit Gradients(ModelRun& run) : run_(&run) {}
  /// Returns the total number of elements.
  [[nodiscard]] std::int64_t elements() const;
  /// Adds all gradients, concatenated and multiplied by `factor`, to `sum`.
  void add_to(std::vector<float>& sum, double factor) const;
  [[nodiscard]] double squared_norm() const;
  /// Returns the squared norm of each gradient, in order.
  [[nodiscard]] std::vector<double> squared_norms() const;
  [[nodiscard]] double dot(const std::vector<float>& other) const;

 private:
  template <class Use>
  void for_each(Use use) const;

  ModelRun* run_;
};

}  // namespace foregraph::checks
