#pragma once

#include <foregraph/detail/graph/update.hpp>

namespace foregraph::optim {

/// An optimizer is a small value with
///
///     constexpr void apply(Graph& g, std::span<const Gradient> gradients) const;
///
/// that appends, as ordinary ops, the new value of each parameter and of the optimizer's state, and
/// records them in `g.updates`. Rates are settings, so they can change between steps. apply() gets
/// the gradients of the parameters that the loss depends on; the others, such as those that
/// stop_gradient() freezes, stay unchanged and have no state.
struct Gradient {
  std::int32_t variable = 0;  ///< index of the parameter
  Tensor gradient{};          ///< of the parameter's shape and dtype
};

/// Appends a zero-initialised state of the parameter's shape and dtype, named "<parameter>.<name>".
constexpr Tensor state_like(Graph& g, std::string_view name, std::int32_t parameter) {
  const Node& node = g.node(g.variables[static_cast<std::size_t>(parameter)].node);
  return g.state(name, node.shape, zeros(), node.dtype, parameter, node.at);
}

/// Returns the setting of this name and dtype in the current scope, appending it if there is none:
/// parameters of one dtype share it. A setting with a different value is a fault, since one of the
/// two values would be lost.
[[nodiscard]] constexpr Tensor shared_setting(Graph& g, std::string_view name, double value,
                                              DType dtype) {
  for (const NodeId id : g.settings) {
    const Node& node = g.node(id);
    if (node.dtype != dtype || node.scope != g.current_scope() || g.text(node.name) != name)
      continue;
    if (node.attributes.number != value)
      return g.fail(fault::setting_has_another_value, node.op, node.at);
    return g.tensor(id);
  }
  return g.setting(name, value, dtype);
}

/// The scope of one optimizer's settings, separate from every other's, so that several optimizers
/// in one step keep their own rates.
class OptimizerScope {
 public:
  /// Takes the scope `name` in the current one, or "adam_2", "adam_3", ... if an optimizer or a
  /// layer already has names there.
  constexpr OptimizerScope(Graph& g, std::string_view name) : g_(&g), index_(scope_of(g, name, 1)) {
    for (int number = 2; has_names(); ++number) index_ = scope_of(g, name, number);
  }
  /// Takes the current scope, or "sgd_2", "sgd_3", ... in it if it already has a setting `key`.
  constexpr OptimizerScope(Graph& g, std::string_view name, std::string_view key)
      : g_(&g), index_(g.current_scope()) {
    for (int number = 2; has_setting(key); ++number) index_ = scope_of(g, name, number);
  }

  /// Returns a setting of the optimizer; repeated calls with the same dtype return the same one.
  [[nodiscard]] constexpr Tensor setting(std::string_view name, double value, DType dtype) const {
    const auto scope = enter();
    return shared_setting(*g_, name, value, dtype);
  }
  /// Returns a guard; nodes appended during its lifetime belong to the scope.
  [[nodiscard]] constexpr Graph::ScopeGuard enter() const { return g_->scope_number(index_); }

 private:
  [[nodiscard]] static constexpr std::int32_t scope_of(Graph& g, std::string_view name,
                                                       int number) {
    DynamicArray<char> text;
    for (const char c : name) text.push_back(c);
    if (number > 1) {
      text.push_back('_');
      int unit = 1;
      while (number / unit >= 10) unit *= 10;
      for (; unit > 0; unit /= 10) text.push_back(static_cast<char>('0' + number / unit % 10));
    }
    const auto scope = g.scope({text.data(), text.size()});
    return g.current_scope();
  }
  [[nodiscard]] constexpr bool has_setting(std::string_view name) const {
    for (const NodeId id : g_->settings)
      if (g_->node(id).scope == index_ && g_->text(g_->node(id).name) == name) return true;
    return false;
  }
  [[nodiscard]] constexpr bool has_names() const {
    for (const NodeId id : g_->settings)
      if (g_->node(id).scope == index_) return true;
    for (const Variable& v : g_->variables)
      if (g_->node(v.node).scope == index_) return true;
    return false;
  }

  Graph* g_;
  std::int32_t index_;
};

/// Calls `body(dtype)` once for each dtype of the gradients, from the second on in a separate
/// scope, so that tensors shared by the parameters of one dtype can be created there.
template <class Body>
constexpr void for_each_dtype(Graph& g, std::span<const Gradient> gradients, const Body& body) {
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const DType dtype = gradients[i].gradient.dtype();
    bool seen = false;
    for (std::size_t k = 0; k < i && !seen; ++k) seen = gradients[k].gradient.dtype() == dtype;
    if (seen) continue;
    if (i == 0) {
      body(dtype);
    } else {
      const auto scope = g.scope(name_of(dtype));
      body(dtype);
    }
  }
}

/// Returns the tensor of the variable with this index.
[[nodiscard]] constexpr Tensor variable(Graph& g, std::int32_t index) {
  return {&g, g.variables[static_cast<std::size_t>(index)].node};
}

}  // namespace foregraph::optim
