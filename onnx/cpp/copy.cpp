#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/onnx/cpp/copy.hpp>

namespace foregraph::onnx::cpp {
namespace {

bool is_same(const Initializer& a, const Initializer& b) {
  return a.kind == b.kind && a.scale == b.scale && a.seed == b.seed && a.first == b.first &&
         a.last == b.last;
}

}  // namespace

Copy::Copy(const Graph& from)
    : from_(from),
      copy_(Graph::empty_like(from)),
      last_reader_(static_cast<std::size_t>(from.size()), no_node) {
  const auto reads = [&](NodeId id, NodeId reader) {
    if (id != no_node) last_reader_[static_cast<std::size_t>(id)] = reader;
  };
  for (NodeId id = 0; id < from.size(); ++id)
    for (const NodeId input : from.inputs_of(id)) reads(input, id);
  for (const NodeId output : from.outputs) reads(output, from.size());
  reads(from.loss, from.size());
}

Graph Copy::first_nodes(NodeId count, std::size_t updates) const {
  Graph g = Graph::empty_like(from_);
  for (NodeId id = 0; id < count; ++id) (void)g.append_like(from_, id, from_.inputs_of(id));
  for (const NodeId id : from_.inputs)
    if (id < count) g.inputs.push_back(id);
  for (const NodeId id : from_.settings)
    if (id < count) g.settings.push_back(id);
  for (const Variable& variable : from_.variables)
    if (variable.node < count) g.variables.push_back(variable);
  for (std::size_t i = 0; i < updates; ++i) g.updates.push_back(from_.updates[i]);
  return g;
}

bool Copy::is_equal(NodeId id) const {
  const Node& a = from_.node(id);
  const Node& b = copy_.node(id);
  return a.op == b.op && a.shape == b.shape && a.dtype == b.dtype && a.phase == b.phase &&
         a.scope == b.scope && a.attributes == b.attributes &&
         from_.text(a.name) == copy_.text(b.name) &&
         std::ranges::equal(from_.inputs_of(id), copy_.inputs_of(id));
}

bool Copy::is_equal(NodeId first, NodeId result) const {
  const NodeId end = copy_.size();
  if (result < first || result >= end || end > from_.size()) return false;
  for (NodeId id = first; id < end; ++id) {
    if (!is_equal(id)) return false;
    if (id != result && last_reader_[static_cast<std::size_t>(id)] >= end) return false;
  }
  if (copy_.variables.size() > from_.variables.size() ||
      copy_.updates.size() > from_.updates.size())
    return false;
  for (std::size_t i = 0; i < copy_.variables.size(); ++i) {
    const Variable& a = from_.variables[i];
    const Variable& b = copy_.variables[i];
    if (a.node != b.node || a.trainable != b.trainable || a.owner != b.owner) return false;
    if (b.node >= first && !is_same(a.initializer, b.initializer)) return false;
  }
  for (std::size_t i = 0; i < copy_.updates.size(); ++i)
    if (from_.updates[i].variable != copy_.updates[i].variable ||
        from_.updates[i].value != copy_.updates[i].value)
      return false;
  return true;
}

NodeId Copy::accept(const Call& call) {
  const NodeId first = copy_.size();
  const std::size_t updates = copy_.updates.size();
  NodeId result = no_node;
  try {
    copy_.phase = Phase::forward;
    const auto scope = copy_.scope_number(from_.node(first).scope);
    result = call.make().id;
  } catch (const GraphError&) {  // a guess that was wrong
  }
  if (result != no_node && is_equal(first, result)) return result;
  copy_ = first_nodes(first, updates);
  return no_node;
}

void Copy::append_next() {
  const NodeId id = copy_.append_like(from_, copy_.size(), from_.inputs_of(copy_.size())).id;
  if (from_.node(id).op == &leaf::input_op) copy_.inputs.push_back(id);
  if (from_.node(id).op == &leaf::setting_op) copy_.settings.push_back(id);
  if (const std::int32_t variable = from_.variable_index(id); variable >= 0)
    copy_.variables.push_back(from_.variables[static_cast<std::size_t>(variable)]);
}

bool Copy::append_update() {
  const std::size_t next = copy_.updates.size();
  if (next >= from_.updates.size()) return false;
  const Update& update = from_.updates[next];
  const Variable& variable = from_.variables[static_cast<std::size_t>(update.variable)];
  if (update.value >= copy_.size() || variable.node >= copy_.size()) return false;
  copy_.updates.push_back(update);
  return true;
}

}  // namespace foregraph::onnx::cpp
