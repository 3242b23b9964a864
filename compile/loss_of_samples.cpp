#include <foregraph/detail/compile/loss_of_samples.hpp>
#include <span>
#include <vector>

namespace foregraph {
namespace {

enum class Kind : std::uint8_t { fixed, count, rows, total, average, mixed };

/// Returns the axis whose size depends on the batch, or -1.
int batch_axis(const Shape& shape) {
  for (int i = 0; i < shape.rank; ++i)
    if (!shape[i].is_constant()) return i;
  return -1;
}

/// Returns true if samples occupy the same elements under both shapes: the product of the axes
/// before the batch axis is equal, and the batch axis is a multiple of the batch size.
bool same_rows(const Shape& a, const Shape& b) {
  const auto before = [](const Shape& shape) {
    std::int64_t product = 1;
    for (int i = 0; i < batch_axis(shape); ++i) product *= shape[i].constant;
    return product;
  };
  const auto is_multiple = [](const Shape& shape) {
    return shape[batch_axis(shape)].constant == 0;
  };
  return batch_axis(a) >= 0 && batch_axis(b) >= 0 && is_multiple(a) && is_multiple(b) &&
         before(a) == before(b);
}

class Analysis {
 public:
  explicit Analysis(const Graph& g) : g_(g), kinds_(static_cast<std::size_t>(g.size())) {}

  void sweep() {
    for (NodeId id = 0; id < g_.size(); ++id) kinds_[static_cast<std::size_t>(id)] = kind_of(id);
  }
  [[nodiscard]] bool has_rows(NodeId id) const {
    return at(id) == Kind::rows && batch_axis(g_.node(id).shape) == 0;
  }

  LossOfSamples run() {
    sweep();
    switch (at(g_.loss)) {
      case Kind::fixed:
      case Kind::average:
        return {LossKind::average, no_node};
      case Kind::total:
        return {LossKind::total, no_node};
      default:
        return {LossKind::mixed, culprit_of(g_.loss)};
    }
  }

 private:
  [[nodiscard]] Kind at(NodeId id) const { return kinds_[static_cast<std::size_t>(id)]; }

  [[nodiscard]] Kind kind_of(NodeId id) const {
    const Node& node = g_.node(id);
    bool all_fixed = true;
    for (const NodeId input : g_.inputs_of(id)) {
      if (at(input) == Kind::mixed) return Kind::mixed;
      all_fixed = all_fixed && at(input) == Kind::fixed;
    }
    switch (node.op->kind) {
      case OpKind::input:
        return batch_axis(node.shape) < 0                         ? Kind::fixed
               : node.shape[batch_axis(node.shape)].constant == 0 ? Kind::rows
                                                                  : Kind::mixed;
      case OpKind::extent: {
        const Dim elements = node.attributes.shape.elements();
        if (elements.is_constant()) return Kind::fixed;
        return elements.constant == 0 ? Kind::count : Kind::mixed;
      }
      case OpKind::variable:
      case OpKind::constant:
      case OpKind::setting:
        return Kind::fixed;
      default:
        break;
    }
    if (all_fixed) return batch_axis(node.shape) >= 0 ? fixed_rows(id) : Kind::fixed;
    switch (node.op->kind) {
      case OpKind::elementwise:
        return elementwise(id);
      case OpKind::broadcast:
      case OpKind::view: {
        const NodeId from = g_.inputs_of(id)[0];
        if (at(from) != Kind::rows)  // giving each sample a sum over the batch mixes the samples
          return batch_axis(node.shape) >= 0 ? Kind::mixed : at(from);
        if (node.op->kind == OpKind::broadcast) return Kind::rows;
        if (node.op->samples != nullptr) return compute(id);
        return same_rows(g_.node(from).shape, node.shape) ? Kind::rows : Kind::mixed;
      }
      default:
        return compute(id);
    }
  }

  /// Returns the kind of a value that depends only on fixed values but has a row for each sample.
  /// Broadcasts and elementwise ops give equal rows.
  [[nodiscard]] Kind fixed_rows(NodeId id) const {
    const OpKind kind = g_.node(id).op->kind;
    return kind == OpKind::broadcast || kind == OpKind::elementwise ? Kind::rows : Kind::mixed;
  }

  [[nodiscard]] Kind elementwise(NodeId id) const {
    const auto inputs = g_.inputs_of(id);
    const Linear linear = g_.node(id).op->linear;
    bool has_rows = false;
    bool has_totals = false;
    bool has_averages = false;
    bool has_fixed = false;
    bool has_count = false;
    for (const NodeId input : inputs) {
      has_rows = has_rows || at(input) == Kind::rows;
      has_totals = has_totals || at(input) == Kind::total;
      has_averages = has_averages || at(input) == Kind::average;
      has_fixed = has_fixed || at(input) == Kind::fixed;
      has_count = has_count || at(input) == Kind::count;
    }
    if (has_rows) return has_totals || has_averages || has_count ? Kind::mixed : Kind::rows;
    switch (linear) {
      case Linear::jointly:
        if (has_count || (has_totals && (has_averages || has_fixed))) return Kind::mixed;
        return has_totals ? Kind::total : Kind::average;
      case Linear::in_each: {
        int batched = 0;
        for (const NodeId input : inputs) batched += at(input) == Kind::fixed ? 0 : 1;
        if (has_count || batched != 1) return Kind::mixed;
        return has_totals ? Kind::total : Kind::average;
      }
      case Linear::in_the_first: {
        const Kind over = at(inputs[1]);
        if (over == Kind::fixed) return has_count ? Kind::mixed : at(inputs[0]);
        return over == Kind::count && at(inputs[0]) == Kind::total ? Kind::average : Kind::mixed;
      }
      case Linear::no:
        break;
    }
    return Kind::mixed;
  }

  [[nodiscard]] Kind compute(NodeId id) const {
    const Node& node = g_.node(id);
    const auto inputs = g_.inputs_of(id);
    if (node.op->samples == nullptr) return Kind::mixed;
    std::vector<Operand> operands;
    for (const NodeId input : inputs)
      operands.push_back({g_.node(input).shape, g_.node(input).dtype});
    bool alone = false;
    bool summed = false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (at(inputs[i]) == Kind::fixed) continue;
      if (at(inputs[i]) != Kind::rows) return linear_sum(id);
      const SampleUse use = node.op->samples(operands, node.attributes, static_cast<int>(i),
                                             batch_axis(operands[i].shape));
      if (use == SampleUse::mixed) return Kind::mixed;
      (use == SampleUse::summed ? summed : alone) = true;
    }
    if (summed) return !alone && batch_axis(node.shape) < 0 ? Kind::total : Kind::mixed;
    return batch_axis(node.shape) >= 0 ? Kind::rows : Kind::mixed;
  }

  /// Returns the kind of a sum over axes: a sum of totals is a total, a sum of means is a mean.
  [[nodiscard]] Kind linear_sum(NodeId id) const {
    const auto inputs = g_.inputs_of(id);
    const Node& node = g_.node(id);
    const Operand operand{g_.node(inputs[0]).shape, g_.node(inputs[0]).dtype};
    if (inputs.size() != 1 || at(inputs[0]) == Kind::count) return Kind::mixed;
    for (int axis = 0; axis < operand.shape.rank; ++axis)
      if (node.op->samples({&operand, 1}, node.attributes, 0, axis) == SampleUse::mixed)
        return Kind::mixed;
    return at(inputs[0]);
  }

  /// Returns the first mixed node among `id` and its ancestors.
  [[nodiscard]] NodeId culprit_of(NodeId id) const {
    for (;;) {
      NodeId next = no_node;
      for (const NodeId input : g_.inputs_of(id))
        if (at(input) == Kind::mixed && (next == no_node || input < next)) next = input;
      if (next == no_node) return id;
      id = next;
    }
  }

  const Graph& g_;
  std::vector<Kind> kinds_;
};

}  // namespace

LossOfSamples loss_of_samples(const Graph& g) {
  return Analysis(g).run();
}

bool has_row_per_sample(const Graph& g, NodeId id) {
  Analysis analysis(g);
  analysis.sweep();
  return analysis.has_rows(id);
}

}  // namespace foregraph
