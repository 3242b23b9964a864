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

/// A graph planned for small batches, with memory of its own besides the variables.
class ModelRun {
 public:
  /// `variables` has the model's variables at the offsets of the plan.
  ModelRun(const Graph& g, Plan plan, std::byte* variables);

  [[nodiscard]] Program& program() { return *program_; }
  [[nodiscard]] const Plan& plan() const { return program_->plan(); }
  [[nodiscard]] const Graph& graph() const { return program_->graph(); }
  [[nodiscard]] std::byte* inputs() { return work_.data(); }
  /// A loader that fills the inputs; `data` without prefetch, of batches that the plan has room
  /// for.
  [[nodiscard]] Loader loader(const Pipeline& data);
  /// Runs on a batch that the loader has put there; returns its loss.
  double run(const Batch& data);
  /// Calls `use(index, value)` for all values of a floating output of the last run.
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
  /// The least and the largest value of a floating output of the last run.
  [[nodiscard]] Range range_of_output(std::size_t output) const;

 private:
  Arena work_;
  std::unique_ptr<Program> program_;
};

/// A copy of the variables of a step, or their initial values.
class Variables {
 public:
  /// Of `step`, planned by `plan`; `from` null: initialised.
  Variables(const Graph& step, const Plan& plan, const std::byte* from);
  /// The present ones of `model` themselves, not to be written, if it has any; else initialised.
  [[nodiscard]] static Variables present(const PreflightModel& model);
  [[nodiscard]] std::byte* data() const { return data_; }

 private:
  Variables() = default;

  Arena memory_;
  std::byte* data_ = nullptr;
};

/// All gradients, as the outputs of gradient_graph().
class Gradients {
 public:
  explicit Gradients(ModelRun& run) : run_(&run) {}
  /// Elements of all of them.
  [[nodiscard]] std::int64_t elements() const;
  /// Adds them to `sum`, one after the other, times `factor`.
  void add_to(std::vector<float>& sum, double factor) const;
  [[nodiscard]] double squared_norm() const;
  /// Of each, in order.
  [[nodiscard]] std::vector<double> squared_norms() const;
  [[nodiscard]] double dot(const std::vector<float>& other) const;

 private:
  template <class Use>
  void for_each(Use use) const;

  ModelRun* run_;
};

}  // namespace foregraph::checks
