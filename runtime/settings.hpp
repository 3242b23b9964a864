#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// The settings of a training step by name, such as the rates of its optimizers.
///
/// A setting has a full name, with its scopes ("head/adam/learning_rate"), and can also be found by
/// any suffix of it that follows a '/' ("adam/learning_rate", "learning_rate"). Parameters of
/// several dtypes have one setting per dtype, all with the same name.
class FOREGRAPH_EXPORT SettingNames {
 public:
  SettingNames() = default;
  explicit SettingNames(const Graph& step);

  /// Returns the settings with this name, as indices into Graph::settings; a leading '/' requires
  /// the full name. `values` are the current values of all settings. Throws UsageError if no
  /// setting matches, or if several names match with different values, which setting all would
  /// lose.
  [[nodiscard]] std::vector<std::size_t> find(std::string_view name,
                                              std::span<const double> values) const;
  /// Returns the settings called "learning_rate", in any scope.
  [[nodiscard]] std::span<const std::size_t> learning_rates() const { return rates_; }
  /// Returns an unambiguous name of setting `index`: "learning_rate" if no other name ends with it,
  /// else the full name.
  [[nodiscard]] const std::string& shown(std::size_t index) const { return shown_[index]; }
  /// Returns the names shown(), each once: "'learning_rate', 'beta1'", or "none".
  [[nodiscard]] std::string known() const;
  /// Formats as "'trunk/adam/learning_rate' = 0.001, 'head/adam/learning_rate' = 0.1".
  [[nodiscard]] std::string list(std::span<const std::size_t> indices,
                                 std::span<const double> values) const;

 private:
  std::vector<std::string> full_{};  ///< each with a leading '/'
  std::vector<std::string> shown_{};
  std::vector<std::size_t> rates_{};
};

/// Returns true if the values at `indices` are all equal, or if there are no indices.
[[nodiscard]] FOREGRAPH_EXPORT bool all_equal(std::span<const std::size_t> indices,
                                              std::span<const double> values);

}  // namespace foregraph
