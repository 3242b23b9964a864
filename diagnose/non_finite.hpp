#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// The first op whose values are NaN, or infinite.
struct NonFiniteValues {
  std::string op;     ///< "'log' of 'loss/log' (model.cpp:22), f32[batch,10]"
  std::string phase;  ///< "forward" or "backward"
  std::int64_t count = 0;
  std::int64_t elements = 0;
  std::int64_t first_sample = -1;  ///< of the batch, if the value has a batch axis first
  std::string operands;            ///< "'p' from -0.1 to 0.9 and ..."
};

/// Where a step's numbers go wrong.
struct NonFiniteOrigin {
  /// Variables that were so before the step, "'hidden/weight' (12 of 400)"; then no op is looked
  /// for.
  std::string variables;
  std::optional<NonFiniteValues> nan{};
  std::optional<NonFiniteValues> infinite{};

  [[nodiscard]] bool found() const { return !variables.empty() || nan || infinite; }
  /// One or two sentences.
  [[nodiscard]] std::string describe() const;
};

/// Computes a training step of `samples` samples without its updates once more, keeping the value
/// of every op, and finds the first one that is not finite, in topological order: forward, then
/// backward. `variables` and `inputs` are segments as a plan of `step` for batches of `batch_size`
/// places them; they are not changed. Allocates every value of the step at the same time; throws
/// BudgetError if that is more than `limit`.
[[nodiscard]] NonFiniteOrigin find_non_finite(const Graph& step, std::int64_t batch_size,
                                              std::int64_t samples, std::byte* variables,
                                              std::byte* inputs, std::optional<Bytes> limit = {});

/// Variables that hold NaN or infinities, as in NonFiniteOrigin; empty if there are none.
[[nodiscard]] std::string non_finite_variables(const Graph& step,
                                               const std::int64_t* variable_offsets,
                                               const std::byte* variables);

}  // namespace foregraph
