#pragma once

#include <string>
#include <vector>

#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>

#include "support/op_check.hpp"

/// Checks that layer_norm and rms_norm share. Each takes x[...,K], gamma[K] and beta[K], which it
/// may ignore.
namespace foregraph::test::row_norm_check {

/// `reference` computes the expected values from the inputs.
template <class Reference>
void check_rows_of_every_length(const Function& norm, const Reference& reference,
                                const std::string& name) {
  for (const DType dtype : {f32, f64})
    for (const std::int64_t k : {1, 2, 5, 8, 16, 17, 300}) {
      const auto n = static_cast<std::size_t>(k);
      const Inputs in{{{batch, 2, k}, random_values(6 * n, 1, -3, 5), dtype},
                      {{k}, random_values(n, 2), dtype},
                      {{k}, random_values(n, 3), dtype}};
      const double tolerance = dtype == f32 ? 1e-5 : 1e-12;
      const auto y = evaluate(norm, in);
      const auto expected = reference(in);
      BOOST_REQUIRE_EQUAL(y.size(), expected.size());
      for (std::size_t i = 0; i < y.size(); ++i) check_close(expected[i], y[i], tolerance, name);
    }
}

inline void check_gradients(const Function& norm) {
  check_gradient(norm, {random_input({batch, 5}, 1), random_input({5}, 2), random_input({5}, 3)});
  check_gradient(
      [&](Graph& g, const auto& x) {
        return norm(g, {x[0], x[1], x[1]}) * x[0];
      },
      {random_input({2, 2, 3}, 4), random_input({3}, 5)});
}

inline void check_gradients_in_single_precision_over_many_rows(const Function& norm) {
  for (const std::size_t which : {0U, 1U, 2U}) {
    const auto by = [&](Graph& g, const auto& x) {
      const Tensor loss = sum(norm(g, x) * x[3]);
      return gradient(g, loss, {x[which]})[0];
    };
    Inputs in{random_input({70, 19}, 1), random_input({19}, 2), random_input({19}, 3),
              random_input({70, 19}, 4)};
    const auto exact = evaluate(by, in);
    for (Input& input : in) input.dtype = f32;
    const auto rough = evaluate(by, in);
    for (std::size_t i = 0; i < exact.size(); ++i)
      check_close(exact[i], rough[i], 2e-5, "gradient");
  }
}

}  // namespace foregraph::test::row_norm_check
