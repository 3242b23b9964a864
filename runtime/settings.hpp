#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// The settings of a training step by name, such as the rates of its optimizers.
///
/// A setting has a full name, with its scopes ("head/adam/learning_rate"), and answers to the end
/// of it from any '/' on ("adam/learning_rate", "learning_rate"). Parameters of several dtypes have
/// one setting each under one name.
class SettingNames {
 public:
  SettingNames() = default;
  explicit SettingNames(const Graph& step);

  /// The settings that `name` stands for, as indices into Graph::settings; a leading '/' asks for
  /// the full name. Throws UsageError if there is none, or if they are several of different values:
  /// setting all of them would lose that. `values` are the present ones.
  [[nodiscard]] std::vector<std::size_t> find(std::string_view name,
                                              std::span<const double> values) const;
  /// The settings called "learning_rate", in whatever scope.
  [[nodiscard]] std::span<const std::size_t> learning_rates() const { return rates_; }
  /// The name that tells setting `index` from the others, as short as it can be: "learning_rate" if
  /// there is one such name only, else the full name.
  [[nodiscard]] const std::string& shown(std::size_t index) const { return shown_[index]; }
  /// "'trunk/adam/learning_rate' = 0.001, 'head/adam/learning_rate' = 0.1".
  [[nodiscard]] std::string list(std::span<const std::size_t> indices,
                                 std::span<const double> values) const;

 private:
  std::vector<std::string> full_{};  ///< each with a '/' before it
  std::vector<std::string> shown_{};
  std::vector<std::size_t> rates_{};
};

/// True if all these values are the same; also of none.
[[nodiscard]] bool all_equal(std::span<const std::size_t> indices, std::span<const double> values);

}  // namespace foregraph
