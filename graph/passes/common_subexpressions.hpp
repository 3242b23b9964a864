#pragma once

#include <bit>
#include <cstdint>

#include <foregraph/detail/graph/passes/rewrite.hpp>

namespace foregraph::passes {

namespace detail {
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15ULL + (hash << 6) + (hash >> 2);
  return hash;
}

/// Returns a hash of a node. Addresses cannot be hashed at compile time, so the op is hashed by its
/// name; equality compares addresses.
[[nodiscard]] constexpr std::uint64_t hash_of(const Node& node, ArrayView<NodeId> operands) {
  std::uint64_t hash = node.op->name.size();
  hash = mix(hash, static_cast<unsigned char>(node.op->name.empty() ? 'x' : node.op->name[0]));
  for (const NodeId operand : operands) hash = mix(hash, static_cast<std::uint64_t>(operand));
  hash = mix(hash, std::bit_cast<std::uint64_t>(node.attributes.number));
  std::uint64_t integers = 0;  // the first ones distinguish most nodes of one op
  for (std::size_t i = 0; i < 3; ++i)
    integers = 31 * integers + static_cast<std::uint64_t>(node.attributes.integers[i]);
  hash = mix(hash, integers);
  hash = mix(hash, static_cast<std::uint64_t>(node.shape.rank) * 8 +
                       static_cast<std::uint64_t>(node.dtype));
  hash ^= hash >> 32;  // the table uses the low bits, which are equal for doubles such as 1 and 2
  return hash * 0x9e3779b97f4a7c15ULL >> 20;
}
}  // namespace detail

/// Merges nodes with the same op, operands, attributes and result. Inputs, variables and settings
/// are never merged. O(nodes) expected, by hashing.
[[nodiscard]] constexpr Graph merge_common_subexpressions(const Graph& from) {
  const auto count = static_cast<std::size_t>(from.size());
  const std::size_t slots = std::bit_ceil(2 * count + 1);
  DynamicArray<NodeId> table(slots, no_node);

  Graph to = Graph::empty_like(from);
  DynamicArray<NodeId> map(count, no_node);
  DynamicArray<NodeId> operands;
  const auto same = [&](NodeId there, const Node& node) {
    const Node& other = to.node(there);
    if (std::bit_cast<std::uint64_t>(other.attributes.number) !=
        std::bit_cast<std::uint64_t>(node.attributes.number))
      return false;  // 0 and -0 compare equal but are distinct
    if (other.op != node.op || other.dtype != node.dtype || other.arity != node.arity ||
        other.shape != node.shape || !(other.attributes == node.attributes))
      return false;
    const auto theirs = to.inputs_of(there);
    for (std::size_t i = 0; i < operands.size(); ++i)
      if (theirs[i] != operands[i]) return false;
    return true;
  };
  for (NodeId id = 0; id < from.size(); ++id) {
    const Node& node = from.node(id);
    map_inputs(from, id, map, operands);
    const OpKind kind = node.op->kind;
    NodeId& target = map[static_cast<std::size_t>(id)];
    if (kind == OpKind::input || kind == OpKind::variable || kind == OpKind::setting) {
      target = to.append_like(from, id, operands).id;
      continue;
    }
    std::size_t slot = static_cast<std::size_t>(detail::hash_of(node, operands)) & (slots - 1);
    while (table[slot] != no_node && !same(table[slot], node)) slot = (slot + 1) & (slots - 1);
    if (table[slot] == no_node) table[slot] = to.append_like(from, id, operands).id;
    target = table[slot];
  }
  map_interface(from, map, to);
  return to;
}

}  // namespace foregraph::passes
