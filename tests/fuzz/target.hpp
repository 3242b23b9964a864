#pragma once

// Fuzz targets: each gives a reader bytes that may be anything. A reader may refuse them with one
// of the library's errors. Everything else is a finding: another exception, a sanitizer's report,
// a leak, a hang, too much memory, or an answer that contradicts another (see require()).
//
// The same targets run under libFuzzer (libfuzzer.cpp, a program each; see docs/fuzzing.md) and, on
// a few hundred inputs each, in the ordinary tests (mutations_test.cpp, one program).

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace foregraph::fuzz {

/// Takes an input apart: its first bytes choose options, the rest is the content of a file.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}

  /// Returns the next byte; 0 at the end.
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::size_t below(std::size_t limit) { return byte() % limit; }
  template <class T, std::size_t N>
  T pick(const std::array<T, N>& values) {
    return values[below(N)];
  }
  /// Returns the next `count` bytes, or as many as there are.
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  /// Returns the bytes up to the next `end`, which is dropped; or all.
  std::string_view until(char end) {
    const std::string_view taken = rest_.substr(0, rest_.find(end));
    rest_.remove_prefix(taken.size() < rest_.size() ? taken.size() + 1 : taken.size());
    return taken;
  }
  [[nodiscard]] bool is_empty() const { return rest_.empty(); }
  std::string_view rest() { return take(rest_.size()); }

 private:
  std::string_view rest_;
};

struct Target {
  std::string_view name;
  void (*run)(Input& input);
  /// Returns inputs that readers accept, for the fuzzer to start from.
  std::vector<std::string> (*seeds)();
  /// How many changed seeds the ordinary tests try; fewer where a run takes a millisecond.
  int mutations = 300;
};

/// Returns the targets of this program.
std::vector<Target>& targets();
/// Adds a target to targets() at the start of the program.
struct Registered {
  explicit Registered(const Target& target) { targets().push_back(target); }
};

/// Runs a target. Lets pass what is a finding; the library's own errors are not.
void run(const Target& target, std::string_view bytes);

/// Throws std::logic_error, a finding, unless `holds`.
void require(bool holds, const char* what);

}  // namespace foregraph::fuzz
