#pragma once

namespace foregraph {

/// Where in the user's source a node was made. Captured by default arguments, so that every fault
/// can name the user's own line. (std::source_location is missing in clang 14's setup.)
struct Location {
  const char* file = "";
  int line = 0;

  [[nodiscard]] static constexpr Location current(const char* file = __builtin_FILE(),
                                                  int line = __builtin_LINE()) {
    return {file, line};
  }
};

}  // namespace foregraph
