#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "support/op_check.hpp"

namespace foregraph::test::loss_check {

using Pair = double (*)(double, double);
/// A mean over pairs of numbers, for f32 and f64.
inline void check_pairs(const Function& f, Pair reference, const Inputs& inputs) {
  double expected = 0;
  const std::size_t n = inputs[0].values.size();
  for (std::size_t i = 0; i < n; ++i)
    expected += reference(inputs[0].values[i], inputs[1].values[i]) / static_cast<double>(n);
  for (const DType dtype : {f32, f64}) {
    Inputs typed = inputs;
    for (Input& input : typed) input.dtype = dtype;
    check_close(expected, evaluate(f, typed)[0], dtype == f32 ? 1e-6 : 1e-13, "loss");
  }
}
/// Operands that would broadcast are refused, naming the loss `op`.
inline void check_refuses_broadcast(const Function& f, const std::string& op) {
  const std::string message = graph_error([&](Graph& g) {
    const Tensor a = g.input("a", {batch, 1});
    const Tensor b = g.input("b", {batch});
    (void)f(g, {a, b});
  });
  check_contains(message, "[" + op + "] shapes differ: f32[batch,1] and f32[batch]");
}

/// log sum_i exp(x_i) of `count` values.
inline double log_total(const std::vector<double>& x, std::size_t first, std::size_t count) {
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) total += std::exp(x[first + i]);
  return std::log(total);
}

}  // namespace foregraph::test::loss_check
