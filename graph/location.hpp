#pragma once

namespace foregraph {

/// The place in the user's source where a node was created. Captured by default arguments, so that
/// every fault can name the user's line. (std::source_location is missing in clang 14's setup.)
struct Location {
  const char* file = "";  ///< path as the compiler was given it
  int line = 0;           ///< line, counted from 1

  /// Returns the line of the call it is the default argument of.
  [[nodiscard]] static constexpr Location current(const char* file = __builtin_FILE(),
                                                  int line = __builtin_LINE()) {
    return {file, line};
  }
};

}  // namespace foregraph
