#pragma once

#include <string>

#include <foregraph/detail/autodiff/gradient.hpp>

#include "support/op_check.hpp"

namespace foregraph::test {

/// Which of an activation's input and output lives on to the backward part; `any` is for special
/// parameters, with which it may be both.
enum class Keeps { input, output, any };

/// What all activations have to do: be `reference` for every length and floating dtype; have right
/// derivatives away from kinks at 0, +-3, +-2.5, -0.5 and 1.5; keep only what `keeps` says; be
/// right at -300 and 300, with its derivative; refuse integers, naming the op `name`.
void check_activation(const std::string& name, const Function& f, double (*reference)(double),
                      Keeps keeps);

/// The derivatives of f at each of x, f64.
std::vector<double> derivatives_at(const Function& f, const std::vector<double>& x);

/// f with its first and second derivatives; for static_assert.
template <class F>
constexpr bool differentiates_twice(const F& f) {
  Graph g;
  const Tensor w = g.parameter("w", {3});
  const Tensor y = f(w);
  const Tensor first = gradient(g, sum(y), {w})[0];
  (void)gradient(g, sum(first), {w});
  return !g.first_fault;
}

}  // namespace foregraph::test
