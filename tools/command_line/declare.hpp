#pragma once

#include "commands.hpp"

namespace CLI {
class App;
}

namespace foregraph::cli {

/// Declares all commands and their options; CLI11 fills `request`.
void declare(CLI::App& app, Request& request);

}  // namespace foregraph::cli
