#pragma once

namespace foregraph {

/// The place in the user's source where a node was created. Captured by default arguments, so that
/// every fault can name the user's line. (std::source_location is missing in clang 14's setup.)
struct Location {
  const char* file = "";
  int line = 0;

  [[nodiscard]] static constexpr Location current(const char* file = __builtin_FILE(),
                                                  int line = __builtin_LINE()) {
    return {file, line};
  }
};

}  // namespace foregraph
