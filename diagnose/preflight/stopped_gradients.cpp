#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/diagnose/preflight/stopped_gradients.hpp>
#include <string_view>
#include <vector>

namespace foregraph {

bool has_stopped_paths(const Graph& built, const Model& model) {
  const Graph g = forward_graph(built, model, Mode::training);
  if (g.first_fault || g.loss == no_node) return false;
  // Per node: whether a path from the loss reaches it without, or with, a stop.
  std::vector<char> open(static_cast<std::size_t>(g.size()), 0);
  std::vector<char> stopped(static_cast<std::size_t>(g.size()), 0);
  open[static_cast<std::size_t>(g.loss)] = 1;
  for (NodeId id = g.size() - 1; id >= 0; --id) {
    const auto at = static_cast<std::size_t>(id);
    if (open[at] == 0 && stopped[at] == 0) continue;
    const std::string_view op = g.node(id).op->name;
    const bool is_custom = op == "custom_gradient";
    const auto inputs = g.inputs_of(id);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto input = static_cast<std::size_t>(inputs[i]);
      // A custom gradient stops paths to its value; paths through its rule stay open.
      const bool stops = op == "stop_gradient" || (is_custom && i == 0);
      stopped[input] = stopped[input] != 0 || stopped[at] != 0 || (stops && open[at] != 0) ? 1 : 0;
      if (!stops) open[input] = open[input] != 0 || open[at] != 0 ? 1 : 0;
    }
  }
  for (const Variable& v : g.variables) {
    const auto at = static_cast<std::size_t>(v.node);
    if (v.trainable && open[at] != 0 && stopped[at] != 0) return true;
  }
  return false;
}

}  // namespace foregraph
