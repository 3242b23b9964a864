#include <foregraph/detail/compile/masks_of_parts.hpp>
#include <foregraph/detail/graph/passes/rewrite.hpp>
#include <foregraph/detail/ops/activation/dropout.hpp>
#include <foregraph/detail/ops/random/random_uniform.hpp>

namespace foregraph {
namespace {

/// Returns true if node `id` is a dropout, or random numbers, with separate elements for each
/// sample.
bool has_mask_by_sample(const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  return (node.op == &dropout_op || node.op == &random_uniform_op) &&
         !node.shape.elements().is_constant();
}

std::ptrdiff_t setting_named(const Graph& g, std::string_view name) {
  for (std::size_t i = 0; i < g.settings.size(); ++i) {
    const Node& node = g.node(g.settings[i]);
    if (node.dtype == i64 && node.scope == 0 && g.text(node.name) == name)
      return static_cast<std::ptrdiff_t>(i);
  }
  return -1;
}

}  // namespace

namespace passes {

Graph masks_of_parts(const Graph& original) {
  Graph from = original.clone();
  bool has_any = false;
  for (NodeId id = 0; id < from.size() && !has_any; ++id) has_any = has_mask_by_sample(from, id);
  if (!has_any) return from;
  NodeId before = no_node;
  NodeId samples = no_node;
  {
    const auto root = from.root_scope();
    from.phase = Phase::forward;  // what belongs to the update waits for the loss
    before = from.setting(samples_before_name, 0, i64).id;
    samples = from.setting(batch_samples_name, 0, i64).id;
  }

  Graph to = Graph::empty_like(from);
  const Phase phase = original.phase;
  DynamicArray<NodeId> map(static_cast<std::size_t>(from.size()), no_node);
  DynamicArray<NodeId> operands;
  const auto copy = [&](NodeId id) {
    map_inputs(from, id, map, operands);
    map[static_cast<std::size_t>(id)] = to.append_like(from, id, operands).id;
  };
  copy(before);  // before the nodes that read them
  copy(samples);
  for (NodeId id = 0; id < before; ++id) {
    if (!has_mask_by_sample(from, id)) {
      copy(id);
      continue;
    }
    const Node& node = from.node(id);
    map_inputs(from, id, map, operands);
    to.phase = node.phase;
    const auto scope = to.scope_number(node.scope);
    const Tensor x = to.tensor(operands[0]);
    const Tensor step = to.tensor(operands[1]);
    const Tensor first = to.tensor(mapped(map, before));
    const Tensor all = to.tensor(mapped(map, samples));
    const std::int64_t seed = node.attributes.integers[0];
    const Tensor of_part =
        node.op == &dropout_op
            ? dropout_of_part(x, step, first, all, node.attributes.number, seed, node.at)
            : random_uniform_of_part(x, step, first, all, seed, node.at);
    map[static_cast<std::size_t>(id)] = of_part.id;
  }
  map_interface(from, map, to);
  to.phase = phase;
  return to;
}

}  // namespace passes

PartSettings::PartSettings(const Graph& g)
    : before_(setting_named(g, samples_before_name)),
      samples_(setting_named(g, batch_samples_name)) {}

void PartSettings::set(const PartOfBatch& part, std::span<double> settings) const {
  if (before_ < 0) return;
  settings[static_cast<std::size_t>(before_)] = static_cast<double>(part.before);
  settings[static_cast<std::size_t>(samples_)] = static_cast<double>(part.samples);
}

}  // namespace foregraph
