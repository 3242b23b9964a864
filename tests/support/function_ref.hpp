#pragma once

#include <memory>
#include <type_traits>
#include <utility>

// clang then warns of a FunctionRef that is kept longer than its temporary.
#if defined(__clang__)
#define FOREGRAPH_LIFETIMEBOUND [[clang::lifetimebound]]
#else
#define FOREGRAPH_LIFETIMEBOUND
#endif

namespace foregraph::test {

template <class Signature>
class FunctionRef;

/// Refers to a callable, for parameters that are called before the function returns. It owns
/// nothing: do not keep one of a lambda longer than the lambda lives. It costs the compiler one
/// small function for each callable, std::function several.
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  /// Takes a function.
  constexpr FunctionRef(Result (*function)(Arguments...))  // NOLINT(google-explicit-constructor)
      : target_{.function = function}, call_([](const Target& target, Arguments... arguments) {
          return target.function(std::forward<Arguments>(arguments)...);
        }) {}
  /// Takes a lambda or another object, which must outlive this.
  template <class F>
  requires(std::is_class_v<F> && !std::is_same_v<F, FunctionRef>) constexpr FunctionRef(
      const F& object FOREGRAPH_LIFETIMEBOUND)  // NOLINT(google-explicit-constructor)
      : target_{.object = std::addressof(object)}, call_(&called<F>) {}

  Result operator()(Arguments... arguments) const {
    return call_(target_, std::forward<Arguments>(arguments)...);
  }

 private:
  union Target {
    const void* object;
    Result (*function)(Arguments...);
  };

  template <class F>
  static Result called(const Target& target, Arguments... arguments) {
    return (*static_cast<const F*>(target.object))(std::forward<Arguments>(arguments)...);
  }

  Target target_;
  Result (*call_)(const Target&, Arguments...);
};

}  // namespace foregraph::test
