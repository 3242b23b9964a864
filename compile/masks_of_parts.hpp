#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// The setting for the number of samples of the batch before the part that a step computes.
inline constexpr std::string_view samples_before_name = "samples_before_the_part";
/// The setting for the number of samples of the whole batch.
inline constexpr std::string_view batch_samples_name = "samples_of_the_batch";

namespace passes {

/// Gives each sample of a part of a batch the dropout masks and random numbers that it has in the
/// whole batch: replaces dropout with dropout_of_part, and random_uniform with
/// random_uniform_of_part, where samples have separate elements of them. A mask
/// without samples, such as one for weights, stays, as all samples share it. Adds the settings
/// `samples_before_name` (0 by default) and `batch_samples_name` (by default 0, which must be
/// replaced) unless there is no such dropout. O(nodes + edges).
[[nodiscard]] FOREGRAPH_EXPORT Graph masks_of_parts(const Graph& from);

}  // namespace passes

/// The position of a part in its batch.
struct PartOfBatch {
  std::int64_t before = 0;   ///< number of samples of the batch before the part
  std::int64_t samples = 0;  ///< number of samples of the whole batch
};

/// Indices in Graph::settings of the settings that masks_of_parts() adds.
class FOREGRAPH_EXPORT PartSettings {
 public:
  /// Refers to no settings.
  PartSettings() = default;
  /// Finds the settings of `g`.
  explicit PartSettings(const Graph& g);
  /// Writes a part's position to the values of the settings. Does nothing if there are none.
  void set(const PartOfBatch& part, std::span<double> settings) const;

 private:
  std::ptrdiff_t before_ = -1;
  std::ptrdiff_t samples_ = -1;
};

}  // namespace foregraph
