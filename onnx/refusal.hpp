#pragma once

#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>

namespace foregraph::onnx {

/// An op that cannot be imported or exported: what ImportError and ExportError list.
struct Refusal {
  std::string op{};                  ///< its name; of a file, with its domain
  std::string reason{};              ///< why
  std::vector<std::string> nodes{};  ///< the names of the nodes
};

/// Returns a line for each entry, with the number of nodes and the names of the first four.
[[nodiscard]] FOREGRAPH_EXPORT std::string to_lines(const std::vector<Refusal>& refusals);

}  // namespace foregraph::onnx
