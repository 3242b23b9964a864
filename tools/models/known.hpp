#pragma once

#include <vector>

#include <foregraph/detail/tools/command_line.hpp>

namespace foregraph::models {

/// Returns the models of the `foregraph` command.
[[nodiscard]] std::vector<NamedModel> known();

}  // namespace foregraph::models
