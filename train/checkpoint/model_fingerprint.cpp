#include <bit>
#include <foregraph/detail/train/checkpoint/model_fingerprint.hpp>
#include <map>
#include <string>
#include <vector>

namespace foregraph {
namespace {

/// FNV-1a over 64-bit words, each step followed by the finaliser of SplitMix64, so that all bits of
/// a word reach all bits of the hash.
class Hash {
 public:
  void add(std::uint64_t word) {
    state_ = (state_ ^ word) * 0x100000001b3ULL;
    state_ = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9ULL;
    state_ = (state_ ^ (state_ >> 27)) * 0x94d049bb133111ebULL;
    state_ ^= state_ >> 31;
  }
  void add(std::string_view text) {
    add(std::uint64_t{text.size()});
    for (const char c : text) add(std::uint64_t{static_cast<unsigned char>(c)});
  }
  void add(const Shape& shape) {
    add(static_cast<std::uint64_t>(shape.rank));
    for (int axis = 0; axis < shape.rank; ++axis) {
      add(static_cast<std::uint64_t>(shape[axis].constant));
      add(static_cast<std::uint64_t>(shape[axis].per_sample));
    }
  }
  [[nodiscard]] std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

std::uint64_t hash_of(const Graph& graph, NodeId id, const std::vector<std::uint64_t>& hashes) {
  const Node& node = graph.node(id);
  const OpKind kind = node.op->kind;
  Hash hash;
  hash.add(node.op->name);
  hash.add(name_of(node.dtype));
  hash.add(node.shape);
  if (kind == OpKind::input || kind == OpKind::variable || kind == OpKind::setting) {
    // Their attributes are excluded: an index, which depends on creation order, and a setting's
    // value, which may change between steps.
    hash.add(full_name(graph, id));
    return hash.value();
  }
  for (const std::int64_t integer : node.attributes.integers)
    hash.add(static_cast<std::uint64_t>(integer));
  hash.add(std::bit_cast<std::uint64_t>(node.attributes.number));
  hash.add(node.attributes.shape);
  for (const NodeId operand : graph.inputs_of(id))
    hash.add(hashes[static_cast<std::size_t>(operand)]);
  return hash.value();
}

}  // namespace

std::uint64_t model_fingerprint(const Graph& built, const Model& model) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(built.size()));
  for (NodeId id = 0; id < built.size(); ++id)  // operands precede their consumers
    hashes[static_cast<std::size_t>(id)] = hash_of(built, id, hashes);
  const auto hash_at = [&](NodeId id) {
    return id >= 0 && id < built.size() ? hashes[static_cast<std::size_t>(id)] : std::uint64_t{0};
  };

  Hash hash;
  hash.add(hash_at(model.loss.id));
  hash.add(std::uint64_t{model.outputs.size()});
  for (const Tensor& output : model.outputs) hash.add(hash_at(output.id));
  std::map<std::string, std::uint64_t> by_name;
  for (const Variable& variable : built.variables)
    if (variable.trainable) by_name[full_name(built, variable.node)] = hash_at(variable.node);
  for (const Update& update : built.updates)
    by_name[full_name(built, built.variables[static_cast<std::size_t>(update.variable)].node)] =
        hash_at(update.value);
  for (const auto& [name, value] : by_name) {
    hash.add(name);
    hash.add(value);
  }
  return hash.value();
}

}  // namespace foregraph
