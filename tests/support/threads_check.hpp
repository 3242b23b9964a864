#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <foregraph/foregraph.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/op_check.hpp"

namespace foregraph::test {

/// An f32 input of random values.
inline Input random_floats(Shape shape, unsigned seed, double low = -2, double high = 2) {
  const auto count = static_cast<std::size_t>(shape.elements().constant);
  return {shape, random_values(count, seed, low, high), f32};
}
/// An i32 input of random numbers in [0, count).
inline Input random_indices(Shape shape, unsigned seed, std::int64_t count) {
  const double end = static_cast<double>(count) - 0.001;
  return {shape, random_values(static_cast<std::size_t>(shape.elements().constant), seed, 0, end),
          i32};
}

/// f(inputs) and its derivatives by the floating inputs, for a random cotangent, have the same bits
/// on 1, 2 and 3 threads, and no NaN, which is what was not written. Returns f(inputs).
inline std::vector<double> check_threads(const std::string& what, const Function& f, Inputs inputs,
                                         bool differentiable = true) {
  Graph g;
  std::vector<Tensor> tensors;
  std::vector<Tensor> floating;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = std::string("x").append(std::to_string(i));
    tensors.push_back(g.input(name, inputs[i].shape, inputs[i].dtype));
    if (is_floating(inputs[i].dtype)) floating.push_back(tensors.back());
  }
  const Tensor y = f(g, tensors);
  g.outputs.push_back(y.id);
  if (differentiable) {
    const Tensor u = g.input("u", y.shape(), y.dtype());
    for (const Tensor& t : vjp(g, y, u, floating)) g.outputs.push_back(t.id);
    inputs.push_back(random_floats(y.shape(), 99));
    inputs.back().dtype = y.dtype();
  }
  const auto on = [&](int threads) {
    return evaluate_outputs(g, inputs, Mode::training, 3, threads);
  };
  const std::vector<std::vector<double>> expected = on(1);
  for (const std::vector<double>& output : expected)
    BOOST_CHECK_MESSAGE(std::ranges::none_of(output, [](double v) { return std::isnan(v); }),
                        what << " has NaN");
  for (const int threads : {2, 3}) {
    const std::vector<std::vector<double>> result = on(threads);
    for (std::size_t i = 0; i < expected.size(); ++i)
      BOOST_CHECK_MESSAGE(std::memcmp(expected[i].data(), result[i].data(),
                                      expected[i].size() * sizeof(double)) == 0,
                          what << ", output " << i << ", " << threads << " threads");
  }
  return expected[0];
}

}  // namespace foregraph::test
