#pragma once

#include <foregraph/detail/compile/check_graph.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/optim/optimizer.hpp>

/// Checks model functions that are passed as template arguments, in the compiler.
namespace foregraph {

/// True if the compiler can evaluate `Checked::result()`, which has no arguments. Only g++ needs
/// this check: it fails with an internal error if an object needs more steps than it allows, and it
/// caches the result. clang++ names the limit itself, and would evaluate the model a second time.
template <class Checked>
concept is_evaluated =
#ifdef __clang__
    true;
#else
    requires {
  typename std::bool_constant<(static_cast<void>(Checked::result()), true)>;
};
#endif

namespace detail {

/// Takes more steps than g++ evaluates by default, and fewer than it does with the options in the
/// message below. Depends on `Checked` so that it is evaluated only after `Checked` has failed.
template <class Checked>
struct ManySteps {
  static constexpr int result() {
    int sum = 0;
    for (int i = 0; i < 900'000; ++i) sum = i - sum;
    return sum;
  }
};

/// The result of a model, evaluated once for all its users.
template <class Checked>
struct Evaluated {
  static constexpr auto value = Checked::result();
};
template <class Checked>
struct FirstFault {
  static constexpr Fault value = Evaluated<Checked>::value.first_fault;
};

}  // namespace detail

/// True if the compiler can evaluate a model and it has no fault. `Checked::result()` has a member
/// `first_fault`.
template <class Checked>
inline constexpr bool is_fine_model = [] {
  if constexpr (is_evaluated<Checked>)
    return detail::FirstFault<Checked>::value.kind == nullptr;
  else
    return false;
}();

/// Stops the compiler with a one-line message unless is_fine_model.
template <class Checked>
constexpr void check_model() {
  if constexpr (is_evaluated<Checked>) {
    check_graph<detail::FirstFault<Checked>::value>();
  } else {
    constexpr bool limits_are_raised = is_evaluated<detail::ManySteps<Checked>>;
    static_assert(
        limits_are_raised,
        "foregraph: the model takes more steps to evaluate than this compiler allows by default; "
        "compile with -fconstexpr-ops-limit=268435456 -fconstexpr-loop-limit=1000000. CMake's "
        "target foregraph::foregraph sets these options; see docs/without_cmake.md");
    // The limits are high enough, so the cause is another one, which the compiler reports here.
    if constexpr (limits_are_raised) (void)detail::FirstFault<Checked>::value;
  }
}

namespace detail {

/// The first fault of a model function's training step.
template <auto ModelFunction, class Optimizer>
struct StepFault {
  struct Result {
    Fault first_fault{};
  };
  static constexpr Result result() {
    Graph built;
    const Model model = ModelFunction(built);
    return {unoptimized_step(built, model, checked_optimizer_type<Optimizer>{}).first_fault};
  }
};

/// The first fault of a model function's forward graph and its loss.
template <auto ModelFunction>
struct ForwardFault {
  struct Result {
    Fault first_fault{};
  };
  static constexpr Result result() {
    Graph built;
    const Model model = ModelFunction(built);
    Graph forward = forward_graph(built, model, Mode::evaluation);
    planning::check_loss(forward);
    return {forward.first_fault};
  }
};

}  // namespace detail
}  // namespace foregraph
