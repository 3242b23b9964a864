#pragma once

#include <span>
#include <string>
#include <string_view>

#include <foregraph/detail/planner/plan.hpp>

namespace foregraph::picture {

/// A plan that is drawn on a page, and its name there: "as it is".
struct DrawnPlan {
  std::string_view name{};
  const Graph* graph = nullptr;
  const Plan* plan = nullptr;
};

/// Returns the plans as JSON for the page's script: every tensor with its steps, addresses, layer
/// and uses, and the op of each step. Texts are stored once and referred to by index.
[[nodiscard]] std::string page_data(std::span<const DrawnPlan> plans);

}  // namespace foregraph::picture
