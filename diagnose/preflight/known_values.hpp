#pragma once

#include <string>
#include <vector>

#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/diagnose/preflight/value_ranges.hpp>

namespace foregraph::checks {

/// Facts about the forward graph and the data.
struct Known {
  const Graph& g;
  std::vector<Range> all{};     ///< over all data
  std::vector<Range> middle{};  ///< over the middle 98 % of each field
  std::vector<Dependence> on{};
  std::vector<char> only_loss{};  ///< needed for the loss and for no output

  [[nodiscard]] Range wide(NodeId id) const { return all[static_cast<std::size_t>(id)]; }
  [[nodiscard]] Range core(NodeId id) const { return middle[static_cast<std::size_t>(id)]; }
  [[nodiscard]] bool is_prediction(NodeId id) const {
    return on[static_cast<std::size_t>(id)].parameters;
  }
  [[nodiscard]] bool is_data(NodeId id) const {
    const Dependence& each = on[static_cast<std::size_t>(id)];
    return each.inputs && !each.parameters;
  }
};

[[nodiscard]] Known known_of(const Context& context);

/// Returns text such as "-1 to inf".
[[nodiscard]] std::string text_of(Range range);
/// Describes the tensor, with its location in the user's program.
[[nodiscard]] std::string text_of(const Graph& g, NodeId id);

/// Checks the form of the loss: axes of softmaxes, its sign, predictions computed from labels.
void check_loss_form(Context& context, const Known& known);

}  // namespace foregraph::checks
