#pragma once

#include <span>
#include <type_traits>
#include <utility>

#include <foregraph/detail/optim/update.hpp>

namespace foregraph {

/// A type that appends the update of the parameters to a training step; see Gradient. For a model
/// that the compiler knows, apply() must be constexpr and the type default-constructible.
template <class T>
concept Optimizer = requires(const T& optimizer, Graph& step,
                             std::span<const optim::Gradient> gradients) {
  optimizer.apply(step, gradients);
};

namespace detail {

/// Stands for a type that is no optimizer, so that the compiler reports nothing further.
struct NoOptimizer {
  constexpr void apply(Graph&, std::span<const optim::Gradient>) const {}
};
inline constexpr NoOptimizer no_optimizer{};

/// As Optimizer<T>, without its requirements in the message of the compiler.
template <class T>
inline constexpr bool is_an_optimizer = Optimizer<T>;

}  // namespace detail

/// Returns the optimizer; stops the compiler with a readable message if it is none.
template <class T>
[[nodiscard]] constexpr const auto& checked_optimizer(const T& optimizer) {
  static_assert(detail::is_an_optimizer<T>,
                "foregraph: the argument is not an optimizer: expected adam(), sgd(), adamw(), ... "
                "or an object whose type has a member 'constexpr void apply(fg::Graph&, "
                "std::span<const fg::Gradient>) const'");
  if constexpr (detail::is_an_optimizer<T>)
    return optimizer;
  else
    return detail::no_optimizer;
}
/// The type of checked_optimizer(), for a type T.
template <class T>
using checked_optimizer_type =
    std::remove_cvref_t<decltype(checked_optimizer(std::declval<const T&>()))>;

}  // namespace foregraph
