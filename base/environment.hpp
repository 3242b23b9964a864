#pragma once

namespace foregraph {

/// Returns the value of an environment variable that is 0 or 1, or `otherwise` if it is unset or
/// empty. Throws UsageError for any other value.
[[nodiscard]] bool environment_switch(const char* name, bool otherwise);

/// Returns true if FOREGRAPH_LOG is "passes": each step from a model to its plan then prints a line
/// to standard error. Throws UsageError for any value but that and the empty one.
[[nodiscard]] bool passes_are_logged();

}  // namespace foregraph
