#include <algorithm>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/onnx/refusal.hpp>

namespace foregraph::onnx {

std::string to_lines(const std::vector<Refusal>& refusals) {
  std::string text;
  for (const Refusal& refusal : refusals) {
    text += "\n  " + refusal.op + ", " + std::to_string(refusal.nodes.size()) +
            (refusal.nodes.size() == 1 ? " node (" : " nodes (");
    constexpr std::size_t most_names = 4;
    for (std::size_t i = 0; i < std::min(refusal.nodes.size(), most_names); ++i)
      text += (i == 0 ? "" : ", ") + in_quotes(refusal.nodes[i]);
    if (refusal.nodes.size() > most_names) text += ", ...";
    text += "): " + refusal.reason;
  }
  return text;
}

}  // namespace foregraph::onnx
