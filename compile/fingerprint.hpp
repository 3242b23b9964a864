#pragma once

#include <bit>

#include <foregraph/detail/compile/region_code.hpp>

namespace foregraph {

/// Returns a hash that is equal for two regions with the same code: the same ops by name, operands,
/// patterns, constants, settings and shapes. Matches a kernel built in the compiler to its region.
[[nodiscard]] constexpr std::uint64_t fingerprint(const RegionCode& code, const Graph& g) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto mix = [&](std::uint64_t value) {  // FNV-1a, by 64-bit words
    hash = (hash ^ value) * 0x100000001b3ULL;
    hash ^= hash >> 29;
  };
  const auto mix_dim = [&](Dim dim) {
    mix(static_cast<std::uint64_t>(dim.constant));
    mix(static_cast<std::uint64_t>(dim.per_sample));
  };
  const auto mix_shape = [&](const Shape& shape) {
    mix(static_cast<std::uint64_t>(shape.rank));
    for (int i = 0; i < shape.rank; ++i) mix_dim(shape[i]);
  };
  mix(static_cast<std::uint64_t>(code.dtype));
  mix_shape(code.shape);
  std::vector<NodeId> loaded;
  for (const RegionValue& value : code.values) {
    mix(static_cast<std::uint64_t>(value.kind) * 64 +
        static_cast<std::uint64_t>(value.pattern) * 4 + (value.is_truth ? 2U : 0U) +
        (value.stored_as != no_node ? 1U : 0U));
    switch (value.kind) {
      case RegionValue::Kind::load: {
        std::size_t index = 0;  // of the operand among the distinct ones
        while (index < loaded.size() && loaded[index] != value.node) ++index;
        if (index == loaded.size()) loaded.push_back(value.node);
        mix(index);
        mix_dim(value.inner);
        mix_shape(value.source);
        break;
      }
      case RegionValue::Kind::immediate: {
        const Node& leaf = g.node(value.node);
        mix(static_cast<std::uint64_t>(leaf.op->kind));
        if (leaf.op->kind == OpKind::constant)
          mix(std::bit_cast<std::uint64_t>(leaf.attributes.number));
        mix(static_cast<std::uint64_t>(leaf.attributes.integers[0]));
        mix_shape(leaf.attributes.shape);
        break;
      }
      case RegionValue::Kind::apply:
        mix(value.op->name.size());
        for (const char c : value.op->name) mix(static_cast<unsigned char>(c));
        for (int i = 0; i < value.arity; ++i)
          mix(static_cast<std::uint64_t>(value.operands[static_cast<std::size_t>(i)]));
        break;
      case RegionValue::Kind::sum:
        mix(static_cast<std::uint64_t>(value.operands[0]));
        mix_dim(value.inner);
        break;
    }
  }
  return hash;
}

}  // namespace foregraph
