#pragma once

/// @file
/// The foregraph command for models of your own; link foregraph::command_line.

#include <foregraph/detail/tools/command_line.hpp>
