#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/compile/masks_of_parts.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// The first op whose values are NaN, or the first whose values are infinite.
struct NonFiniteValues {
  std::string op;     ///< "'log' of 'loss/log' (model.cpp:22), f32[batch,10]"
  std::string phase;  ///< "forward" or "backward"
  /// Number of such values.
  std::int64_t count = 0;
  /// Number of all values of the tensor.
  std::int64_t elements = 0;
  std::int64_t first_sample = -1;  ///< within the batch, if the value's first axis is the batch
  std::string operands;            ///< "'p' from -0.1 to 0.9 and ..."
};

/// Where a step first produces non-finite values.
struct FOREGRAPH_EXPORT NonFiniteOrigin {
  /// Variables already non-finite before the step, "'hidden/weight' (12 of 400)"; if there are any,
  /// no op is searched for.
  std::string variables;
  /// The first op with a NaN, if there is one.
  std::optional<NonFiniteValues> nan{};
  /// The first op with an infinity, if there is one.
  std::optional<NonFiniteValues> infinite{};

  /// Returns true if anything was not finite.
  [[nodiscard]] bool found() const { return !variables.empty() || nan || infinite; }
  /// Returns a description of one or two sentences.
  [[nodiscard]] std::string describe() const;
};

/// Recomputes a training step of `samples` samples without its updates, keeping the value of every
/// op, and finds the first non-finite value in topological order: forward, then backward.
/// `variables` and `inputs` are segments laid out by a plan of `step` for batches of `batch_size`;
/// both are left unchanged. If the samples are a part of a batch, `part` is their position in it,
/// which decides their dropout masks. Allocates all values of the step at the same time; throws
/// BudgetError if they exceed `limit`.
[[nodiscard]] FOREGRAPH_EXPORT NonFiniteOrigin find_non_finite(
    const Graph& step, std::int64_t batch_size, std::int64_t samples, std::byte* variables,
    std::byte* inputs, std::optional<Bytes> limit = {}, PartOfBatch part = {});

/// Returns the variables that hold NaN or infinities, as in NonFiniteOrigin; empty if there are
/// none.
[[nodiscard]] FOREGRAPH_EXPORT std::string non_finite_variables(
    const Graph& step, const std::int64_t* variable_offsets, const std::byte* variables);

}  // namespace foregraph
