#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// docs/onnx_ops.md, from what became of each node test.
namespace foregraph::onnx_tests {

enum class Status : std::uint8_t {
  passed,
  known_at_build_time,  ///< right, but no op of Foregraph had to run
  skipped,
  failed
};

struct Outcome {
  std::string folder;  ///< "node", "pytorch-converted", ...
  std::string name{};
  std::string op{};
  Status status = Status::failed;
  std::string reason{};     ///< why it was skipped, or what is wrong
  bool with_batch = false;  ///< run with a batch axis too
  std::string problem_with_batch{};
  bool in_f64 = false;  ///< run in f64 too
  std::string problem_in_f64{};
};

std::vector<Outcome> in_folder(const std::vector<Outcome>& outcomes, const std::string& folder);
std::size_t count(const std::vector<Outcome>& outcomes, Status status);
std::string table(const std::vector<Outcome>& outcomes);

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

}  // namespace foregraph::onnx_tests
