#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <foregraph/detail/base/array_view.hpp>
#include <foregraph/detail/base/dynamic_array.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/name_table.hpp>
#include <foregraph/detail/graph/leaves.hpp>
#include <foregraph/detail/graph/node.hpp>
#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/graph/tensor.hpp>

namespace foregraph {

/// A model, and later its whole training step, as a value: nodes in topological order, built at run
/// time or at compile time by the same functions. At run time an invalid graph throws GraphError
/// immediately; at compile time the first fault is recorded and `check_graph` reports it.
class Graph {
 public:
  constexpr Graph() {
    scopes_.push_back({-1, {}});
    nodes_.reserve(64);
    edges_.reserve(128);
  }
  Graph& operator=(const Graph&) = delete;
  /// Takes over the tensors of `other`, which is left empty and can be used again.
  constexpr Graph(Graph&& other) noexcept : Graph(Empty{}) { swap(other); }
  /// Like the move constructor; the previous tensors of this graph no longer belong to any graph.
  /// Self-move has no effect.
  constexpr Graph& operator=(Graph&& other) noexcept {
    Graph moved(std::move(other));
    swap(moved);
    return *this;
  }
  constexpr ~Graph() = default;
  /// Exchanges two graphs. Tensors stay with their nodes.
  constexpr void swap(Graph& other) noexcept {
    inputs.swap(other.inputs);
    variables.swap(other.variables);
    settings.swap(other.settings);
    outputs.swap(other.outputs);
    updates.swap(other.updates);
    start_values.swap(other.start_values);
    std::swap(loss, other.loss);
    std::swap(phase, other.phase);
    std::swap(first_fault, other.first_fault);
    nodes_.swap(other.nodes_);
    edges_.swap(other.edges_);
    scopes_.swap(other.scopes_);
    text_.swap(other.text_);
    std::swap(scope_, other.scope_);
    scope_names_.swap(other.scope_names_);
    variable_names_.swap(other.variable_names_);
    anchor_.swap(other.anchor_);
    anchor_.moved_to(this);
    other.anchor_.moved_to(&other);
  }
  /// Exchanges two graphs; see Graph::swap().
  friend constexpr void swap(Graph& a, Graph& b) noexcept { a.swap(b); }

  /// Returns a copy with the same node ids. Explicit because a tensor refers to exactly one graph:
  /// tensor(id) of the copy corresponds to tensor(id) of this graph.
  [[nodiscard]] constexpr Graph clone() const { return Graph(*this); }

  /// Appends an input that is filled from the batch field of the same name.
  constexpr Tensor input(std::string_view name, Shape shape, DType dtype = f32,
                         Location at = Location::current()) {
    for (const NodeId other : inputs)
      if (!first_fault && text(node(other).name) == name) {
        const Operand self{shape, dtype};
        return fail(fault::name_is_taken, &leaf::input_op, at, {&self, 1});
      }
    const Tensor t = append_leaf(leaf::input_op, name, shape, dtype, {}, at);
    if (!first_fault) inputs.push_back(t.id);
    return t;
  }
  /// Appends a trainable tensor; its shape must not depend on the batch.
  constexpr Tensor parameter(std::string_view name, Shape shape, Initializer initializer = {},
                             DType dtype = f32, Location at = Location::current()) {
    return append_variable(name, shape, dtype, initializer, true, -1, at);
  }
  /// Appends a tensor that persists across steps but is not trained, such as a running mean;
  /// `owner` is the index of the parameter it belongs to, or -1.
  constexpr Tensor state(std::string_view name, Shape shape, Initializer initializer = {},
                         DType dtype = f32, std::int32_t owner = -1,
                         Location at = Location::current()) {
    return append_variable(name, shape, dtype, initializer, false, owner, at);
  }
  /// Appends a constant scalar: T[] for T in f32, f64, i32, i64, bool.
  constexpr Tensor constant(double value, DType dtype = f32, Location at = Location::current()) {
    Attributes attributes;
    attributes.number = value;
    return append_leaf(leaf::constant_op, {}, {}, dtype, attributes, at);
  }
  /// Appends a scalar that can change between steps, such as the learning rate.
  constexpr Tensor setting(std::string_view name, double value, DType dtype = f32,
                           Location at = Location::current()) {
    for (const NodeId other : settings)
      if (!first_fault && node(other).dtype == dtype && node(other).scope == scope_ &&
          text(node(other).name) == name)
        return fail(fault::name_is_taken, &leaf::setting_op, at);
    Attributes attributes;
    attributes.number = value;
    attributes.integers[0] = static_cast<std::int64_t>(settings.size());
    const Tensor t = append_leaf(leaf::setting_op, name, {}, dtype, attributes, at);
    if (!first_fault) settings.push_back(t.id);
    return t;
  }
  /// Appends a scalar: the number of elements of `shape` at the step's batch size.
  constexpr Tensor extent(Shape shape, DType dtype = f32, Location at = Location::current()) {
    const Operand self{shape, dtype};
    if (const FaultKind* bad = shape_fault(shape); bad != nullptr && !first_fault)
      return fail(*bad, &leaf::extent_op, at, {&self, 1});
    Attributes attributes;
    attributes.shape = shape;
    return append_leaf(leaf::extent_op, {}, {}, dtype, attributes, at);
  }

  /// Appends an op after its shape rule has checked dtypes and shapes. Every op function ends here.
  constexpr Tensor append(const OpDef& op, std::span<const Tensor> operands,
                          const Attributes& attributes, Location at) {
    if (first_fault) return dummy();
    // Few, since g++ keeps the memory of each array it makes in the compiler.
    std::array<Operand, 2> small{};
    DynamicArray<Operand> large;
    std::span<Operand> seen{small.data(), operands.size()};
    if (operands.size() > small.size()) {
      large.resize(operands.size());
      seen = {large.data(), large.size()};
    }
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (!has(operands[i])) return fail(fault::operand_is_of_another_graph, &op, at);
      const Node& operand = node(operands[i].id);
      seen[i].shape = operand.shape;
      seen[i].dtype = operand.dtype;
    }
    const Inferred inferred = op.infer(seen, attributes);
    if (inferred.fault != nullptr) return fail(*inferred.fault, &op, at, seen);
    if (const FaultKind* bad = shape_fault(inferred.shape)) return fail(*bad, &op, at, seen);

    Node node{&op, static_cast<std::int32_t>(edges_.size()),
              static_cast<std::int32_t>(operands.size())};
    node.shape = inferred.shape;
    node.dtype = inferred.dtype;
    node.attributes = attributes;
    node.at = at;
    for (const Tensor& t : operands) edges_.push_back(t.id);
    return push(node);
  }
  /// Appends an op with operands in braces.
  constexpr Tensor append(const OpDef& op, std::initializer_list<Tensor> operands,
                          const Attributes& attributes, Location at) {
    return append(op, std::span<const Tensor>{operands.begin(), operands.size()}, attributes, at);
  }

  /// Appends a copy of another graph's node with operands of this graph; passes are built from it.
  constexpr Tensor append_like(const Graph& from, NodeId id, ArrayView<NodeId> operands,
                               std::int32_t recomputation = 0) {
    const auto first_input = static_cast<std::int32_t>(edges_.size());
    for (const NodeId operand : operands) edges_.push_back(operand);
    nodes_.push_back(from.node(id));
    const auto last = static_cast<NodeId>(nodes_.size_) - 1;
    Node& node = nodes_.data_[last];
    node.first_input = first_input;
    if (recomputation > 0) node.recomputation = recomputation;
    return {this, last};
  }
  /// Sets the place of the nodes from `first` on, which were not written in C++ where they are.
  constexpr void set_place(NodeId first, Location at) {
    for (NodeId id = first; id < size(); ++id) nodes_.data_[id].at = at;
  }
  /// Returns an empty graph with the names, scopes and phase of `from`; the start of a pass.
  [[nodiscard]] static constexpr Graph empty_like(const Graph& from) {
    Graph g{Empty{}};
    g.nodes_.reserve(from.nodes_.size() + 8);
    g.edges_.reserve(from.edges_.size() + 8);
    g.text_ = from.text_;
    g.scopes_ = from.scopes_;
    g.first_fault = from.first_fault;
    g.phase = from.phase;
    g.start_values = from.start_values;
    return g;
  }

  /// Returns the number of nodes.
  [[nodiscard]] constexpr int size() const { return static_cast<int>(nodes_.size_); }
  /// Returns a node; `id` must be a node of this graph.
  [[nodiscard]] constexpr const Node& node(NodeId id) const { return nodes_.data_[id]; }
  /// Returns the operands of a node, in order.
  [[nodiscard]] constexpr ArrayView<NodeId> inputs_of(NodeId id) const {
    const Node& n = nodes_.data_[id];
    return {edges_.data_ + n.first_input, static_cast<std::size_t>(n.arity)};
  }
  /// Returns the handle of a node of this graph.
  [[nodiscard]] constexpr Tensor tensor(NodeId id) { return {this, id}; }
  /// Returns true if `t` is a node of this graph.
  [[nodiscard]] constexpr bool has(const Tensor& t) const {
    anchor_.found_at(this);
    return t.graph.is_to(anchor_) && t.id >= 0 && t.id < size();
  }
  /// Returns the index of the variable that node `id` stands for, or -1.
  [[nodiscard]] constexpr std::int32_t variable_index(NodeId id) const {
    return node(id).op->kind == OpKind::variable
               ? static_cast<std::int32_t>(node(id).attributes.integers[0])
               : -1;
  }

  /// Records a fault (at compile time) or throws GraphError (at run time).
  constexpr Tensor fail(const FaultKind& kind, const OpDef* op, Location at,
                        std::span<const Operand> operands = {}) {
    Fault f{&kind, op, at};
    f.operands = static_cast<int>(operands.size() < 2 ? operands.size() : 2);
    if (f.operands > 0) {
      f.a = operands[0].shape;
      f.a_dtype = operands[0].dtype;
    }
    if (f.operands > 1) {
      f.b = operands[1].shape;
      f.b_dtype = operands[1].dtype;
    }
    if (!std::is_constant_evaluated()) throw_fault(f);
    if (!first_fault) first_fault = f;
    return dummy();
  }

  /// Prefixes names created during its lifetime with `name/`.
  class ScopeGuard {
   public:
    /// Enters the scope with this index.
    constexpr ScopeGuard(Graph& graph, std::int32_t scope)
        : graph_(&graph), previous_(graph.scope_) {
      graph.scope_ = scope;
    }
    ScopeGuard(const ScopeGuard&) = delete;
    ScopeGuard& operator=(const ScopeGuard&) = delete;
    constexpr ~ScopeGuard() {
      if (Graph* const graph = graph_.get(); graph != nullptr) graph->scope_ = previous_;
    }

   private:
    GraphRef graph_;  // the graph may be moved during the guard's lifetime
    std::int32_t previous_;
  };
  /// Returns a guard; names created during its lifetime begin with `name/`.
  [[nodiscard]] constexpr ScopeGuard scope(std::string_view name) {
    return {*this, scope_named(scope_, name)};
  }
  /// Returns a guard; nodes appended during its lifetime belong to the scope of node `like`.
  [[nodiscard]] constexpr ScopeGuard scope_like(NodeId like) { return {*this, node(like).scope}; }
  /// Returns a guard; names created during its lifetime have no prefix. For nodes that a whole
  /// model shares.
  [[nodiscard]] constexpr ScopeGuard root_scope() { return {*this, 0}; }
  /// Returns a guard; nodes appended during its lifetime belong to scope `index`, a Node::scope.
  [[nodiscard]] constexpr ScopeGuard scope_number(std::int32_t index) { return {*this, index}; }
  /// Returns the scope of new nodes.
  [[nodiscard]] constexpr std::int32_t current_scope() const { return scope_; }

  /// Returns the text of a name, without its scopes.
  [[nodiscard]] constexpr std::string_view text(Name name) const {
    return {text_.data() + name.offset, static_cast<std::size_t>(name.length)};
  }
  /// A scope of names.
  struct Scope {
    std::int32_t parent = -1;  ///< index of the scope around it; -1 for the root
    Name name{};               ///< its name, without the scopes around it
  };
  /// Returns the scope with this index, a Node::scope.
  [[nodiscard]] constexpr Scope scope_at(std::int32_t index) const {
    return scopes_.empty() ? Scope{} : scopes_[static_cast<std::size_t>(index)];
  }

  DynamicArray<NodeId> inputs{};       ///< the inputs, in the order of creation
  DynamicArray<Variable> variables{};  ///< parameters and states, in the order of creation
  DynamicArray<NodeId> settings{};     ///< the scalars that can be changed between steps
  DynamicArray<NodeId> outputs{};      ///< the model's outputs, or what a plan has to keep
  DynamicArray<Update> updates{};      ///< the assignments at the end of a step
  NodeId loss = no_node;               ///< the loss; no_node without one
  Phase phase = Phase::forward;        ///< given to the nodes appended from now on
  StartValuesRef start_values{};       ///< for the variables with given_values()
  Fault first_fault{};                 ///< the first mistake, if the graph is built by the compiler

 private:
  struct Empty {};
  constexpr explicit Graph(Empty) noexcept {}  // without the root scope, which is added when needed
  constexpr Graph(const Graph&) = default;

  /// Returns the child scope `name` of `parent`, creating it if needed. Entering a scope twice
  /// reuses it, so names in it must still be unique.
  constexpr std::int32_t scope_named(std::int32_t parent, std::string_view name) {
    if (scopes_.empty()) scopes_.push_back({-1, {}});
    const std::int32_t known = scope_names_.find(
        scopes_.size(), detail::hash_of_name(parent, name),
        [this](std::int32_t i) {
          const Scope& scope = scopes_.data()[i];
          return detail::hash_of_name(scope.parent, text(scope.name));
        },
        [&](std::int32_t i) {
          const Scope& scope = scopes_.data()[i];
          return i > 0 && scope.parent == parent && text(scope.name) == name;
        });
    if (known >= 0) return known;
    scopes_.push_back({parent, keep(name)});
    return static_cast<std::int32_t>(scopes_.size()) - 1;
  }
  friend struct Output;
  constexpr Name keep(std::string_view text) {
    const Name name{static_cast<std::int32_t>(text_.size()),
                    static_cast<std::int32_t>(text.size())};
    for (const char c : text) text_.push_back(c);
    return name;
  }
  constexpr Tensor dummy() {
    if (nodes_.empty()) nodes_.push_back({&leaf::constant_op});
    return {this, 0};
  }
  constexpr Tensor push(const Node& node) {
    nodes_.push_back(node);
    nodes_.back().phase = phase;
    nodes_.back().scope = scope_;
    return {this, static_cast<NodeId>(nodes_.size()) - 1};
  }
  [[nodiscard]] static constexpr const FaultKind* shape_fault(const Shape& shape) {
    if (shape.rank > Shape::max_rank) return &fault::rank_is_too_high;
    for (int i = 0; i < shape.rank; ++i) {
      if (!shape[i].is_known()) return &fault::size_overflows;
      if (shape[i].constant < 0 || shape[i].per_sample < 0 || shape[i] == Dim{0})
        return &fault::dimension_is_not_positive;
    }
    const Product elements = shape.element_product();
    std::int64_t of_one_sample = 0;
    if (elements.fault == SizeFault::not_affine) return &fault::size_is_not_affine_in_the_batch;
    if (elements.fault == SizeFault::overflow ||
        __builtin_add_overflow(elements.value.constant, elements.value.per_sample, &of_one_sample))
      return &fault::size_overflows;
    return nullptr;
  }
  constexpr Tensor append_leaf(const OpDef& op, std::string_view name, Shape shape, DType dtype,
                               const Attributes& attributes, Location at) {
    if (first_fault) return dummy();
    const Operand self{shape, dtype};
    if (const FaultKind* bad = shape_fault(shape)) return fail(*bad, &op, at, {&self, 1});
    Node node{&op, static_cast<std::int32_t>(edges_.size()), 0};
    node.shape = shape;
    node.dtype = dtype;
    node.attributes = attributes;
    node.at = at;
    node.name = keep(name);
    return push(node);
  }
  constexpr Tensor append_variable(std::string_view name, Shape shape, DType dtype,
                                   Initializer initializer, bool trainable, std::int32_t owner,
                                   Location at) {
    if (first_fault) return dummy();
    const Operand self{shape, dtype};
    if (const FaultKind* bad = shape_fault(shape))
      return fail(*bad, &leaf::variable_op, at, {&self, 1});
    if (!shape.elements().is_constant())
      return fail(fault::variable_depends_on_the_batch, &leaf::variable_op, at, {&self, 1});
    if (initializer.kind == Initializer::Kind::orthogonal && shape.rank < 2)
      return fail(fault::orthogonal_needs_a_matrix, &leaf::variable_op, at, {&self, 1});
    // State that belongs to a parameter is named after it, regardless of the scope that creates it.
    const auto place_of = [this](const Variable& v) {
      return v.owner >= 0 ? -1 - v.owner : node(v.node).scope;
    };
    const std::int32_t place = owner >= 0 ? -1 - owner : scope_;
    const std::int32_t taken = variable_names_.find(
        variables.size(), detail::hash_of_name(place, name),
        [&](std::int32_t i) {
          const Variable& other = variables.data()[i];
          return detail::hash_of_name(place_of(other), text(node(other.node).name));
        },
        [&](std::int32_t i) {
          const Variable& other = variables.data()[i];
          return place_of(other) == place && text(node(other.node).name) == name;
        });
    if (taken >= 0) return fail(fault::name_is_taken, &leaf::variable_op, at, {&self, 1});
    Attributes attributes;
    attributes.integers[0] = static_cast<std::int64_t>(variables.size());
    const Tensor t = append_leaf(leaf::variable_op, name, shape, dtype, attributes, at);
    if (!first_fault) variables.push_back({t.id, initializer, trainable, owner});
    return t;
  }

  DynamicArray<Node> nodes_{};
  DynamicArray<NodeId> edges_{};
  DynamicArray<Scope> scopes_{};
  DynamicArray<char> text_{};
  std::int32_t scope_ = 0;
  detail::NameTable scope_names_{};     ///< of scopes_
  detail::NameTable variable_names_{};  ///< of variables
  detail::GraphAnchor anchor_{};
  friend class GraphRef;
};

namespace detail {
inline constexpr Shape scalar_shape{};
}

constexpr GraphRef::GraphRef(Graph* graph) {
  if (graph == nullptr) return;
  place_ = graph->anchor_.place_of(graph);
  generation_ = place_->generation;
}
constexpr Graph& GraphRef::operator*() const {
  Graph* const graph = get();
  if (graph == nullptr)
    throw_fault({is_gone() ? &fault::graph_is_gone : &fault::operand_is_of_no_graph});
  return *graph;
}
constexpr Graph* GraphRef::operator->() const {
  return &**this;
}

constexpr Output::Output(std::string_view output_name, const Tensor& tensor) : Tensor(tensor) {
  if (Graph* const g = tensor.graph.get()) name = g->keep(output_name);
}

constexpr const Shape& Tensor::shape() const {
  if (const Graph* const g = graph.get(); g != nullptr) return g->node(id).shape;
  if (graph.is_gone()) throw_fault({&fault::graph_is_gone});
  return detail::scalar_shape;
}
constexpr DType Tensor::dtype() const {
  if (const Graph* const g = graph.get(); g != nullptr) return g->node(id).dtype;
  if (graph.is_gone()) throw_fault({&fault::graph_is_gone});
  return f32;
}

/// Returns the graph that `op` is appended to when its first operand is `x`. Throws GraphError if
/// `x` is an empty Tensor, which belongs to no graph, or its graph is gone.
constexpr Graph& graph_of(const Tensor& x, const OpDef& op, Location at) {
  Graph* const graph = x.graph.get();
  if (graph == nullptr)
    throw_fault(
        {x.graph.is_gone() ? &fault::graph_is_gone : &fault::operand_is_of_no_graph, &op, at});
  return *graph;
}

/// Returns a name such as "encoder/hidden/weight"; optimizer state is named after its parameter:
/// "hidden/weight.m". Nodes the user did not name get "%12 relu".
[[nodiscard]] FOREGRAPH_EXPORT std::string full_name(const Graph& graph, NodeId id);

}  // namespace foregraph
