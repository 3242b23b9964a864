#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/sequence/attention.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(attention_ops)

namespace {

struct Sizes {
  std::size_t heads, t, s, d, e;
};

/// The textbook's three loops.
std::vector<double> attention_reference(const Inputs& in, Sizes n, bool causal, double scale) {
  std::vector<double> out(n.heads * n.t * n.e);
  for (std::size_t h = 0; h < n.heads; ++h)
    for (std::size_t t = 0; t < n.t; ++t) {
      std::vector<double> p(causal ? t + 1 : n.s);
      double total = 0;
      for (std::size_t s = 0; s < p.size(); ++s) {
        double score = 0;
        for (std::size_t d = 0; d < n.d; ++d)
          score += in[0].values[(h * n.t + t) * n.d + d] * in[1].values[(h * n.s + s) * n.d + d];
        total += p[s] = std::exp(scale * score);
      }
      for (std::size_t s = 0; s < p.size(); ++s)
        for (std::size_t e = 0; e < n.e; ++e)
          out[(h * n.t + t) * n.e + e] += p[s] / total * in[2].values[(h * n.s + s) * n.e + e];
    }
  return out;
}

auto attend(AttentionOptions options) {
  return [options](Graph&, const std::vector<Tensor>& x) {
    return scaled_dot_product_attention(x[0], x[1], x[2], options);
  };
}

/// In the same way, but of ordinary ops on all scores at once.
auto attend_in_ordinary_ops() {
  return [](Graph& g, const std::vector<Tensor>& x) {
    const Tensor row = iota(g, x[0].shape()[-2]);
    const Tensor later = greater(row, reshape(row, {x[0].shape()[-2], Dim{1}}));
    const Tensor scores = matmul(x[0], x[1], {false, true}) * 0.3;
    const Tensor masked = select(later, g.constant(-1e30, x[0].dtype()), scores);
    return matmul(softmax(masked), x[2]);
  };
}

}  // namespace

BOOST_AUTO_TEST_CASE(values_of_every_size) {
  for (const DType dtype : {f32, f64})
    for (const Sizes n : {Sizes{6, 1, 1, 1, 1}, Sizes{6, 3, 5, 4, 2}, Sizes{6, 67, 67, 8, 8},
                          Sizes{6, 130, 70, 5, 9}}) {
      const auto dim = [](std::size_t size) { return Dim{static_cast<std::int64_t>(size)}; };
      const Inputs in{
          {{batch, 2, dim(n.t), dim(n.d)}, random_values(n.heads * n.t * n.d, 1), dtype},
          {{batch, 2, dim(n.s), dim(n.d)}, random_values(n.heads * n.s * n.d, 2), dtype},
          {{batch, 2, dim(n.s), dim(n.e)}, random_values(n.heads * n.s * n.e, 3), dtype}};
      for (const bool causal : {false, true}) {
        if (causal && n.t != n.s) continue;
        for (const double scale : {0.0, 0.25}) {
          const auto y = evaluate(attend({causal, scale}), in);
          const auto expected = attention_reference(
              in, n, causal, scale != 0 ? scale : 1 / std::sqrt(static_cast<double>(n.d)));
          for (std::size_t i = 0; i < y.size(); ++i)
            check_close(expected[i], y[i], dtype == f32 ? 1e-5 : 1e-12, "attention");
        }
      }
    }
}

BOOST_AUTO_TEST_CASE(large_scores_do_not_overflow) {
  const auto y = evaluate(
      attend({}), {{{1, 1}, {1000}, f32}, {{2, 1}, {100, -100}, f32}, {{2, 1}, {3, 4}, f32}});
  BOOST_TEST(y[0] == 3.0);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient(attend({}), {random_input({2, 3, 2}, 1), random_input({2, 4, 2}, 2),
                              random_input({2, 4, 3}, 3)});
  check_gradient(attend({.causal = true, .scale = 0.7}),
                 {random_input({batch, 1, 3, 2}, 4), random_input({batch, 1, 3, 2}, 5),
                  random_input({batch, 1, 3, 2}, 6)});
  check_gradient(
      [](Graph&, const auto& x) {
        return scaled_dot_product_attention(x[0], x[0], x[0], {.causal = true});
      },
      {random_input({3, 2}, 7)});
}

BOOST_AUTO_TEST_CASE(gradients_across_blocks_of_rows) {
  const Inputs in{random_input({2, 131, 6}, 1), random_input({2, 131, 6}, 2),
                  random_input({2, 131, 5}, 3), random_input({2, 131, 5}, 4)};
  for (const std::size_t which : {0U, 1U, 2U}) {
    const auto by = [&](const Function& f) {
      return evaluate(
          [&](Graph& g, const auto& x) { return gradient(g, sum(f(g, x) * x[3]), {x[which]})[0]; },
          in);
    };
    const auto fused = by(attend({.causal = true, .scale = 0.3}));
    const auto plain = by(attend_in_ordinary_ops());
    for (std::size_t i = 0; i < plain.size(); ++i)
      check_close(plain[i], fused[i], 1e-11, "gradient");
  }
}

BOOST_AUTO_TEST_CASE(gradients_at_once_across_blocks_of_rows) {
  for (const std::int64_t t : {5, 64, 131}) {
    const Inputs in{random_input({2, t, 6}, 1), random_input({2, t, 6}, 2),
                    random_input({2, t, 6}, 3), random_input({2, t, 6}, 4)};
    const auto by_all = [&](const Function& f) {
      return evaluate(
          [&](Graph& g, const auto& x) {
            const auto by = gradient(g, sum(f(g, x) * x[3]), {x[0], x[1], x[2]});
            return concat({by[0], by[1], by[2]}, 0);
          },
          in);
    };
    const auto fused = by_all(attend({.causal = true, .scale = 0.3}));
    const auto plain = by_all(attend_in_ordinary_ops());
    BOOST_REQUIRE_EQUAL(fused.size(), plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i)
      check_close(plain[i], fused[i], 1e-11, "gradient");
  }
}

BOOST_AUTO_TEST_CASE(probabilities_are_made_once_for_all_gradients) {
  const auto ops_of = [](Shape keys, Shape values) {
    Graph g;
    const Tensor q = g.input("q", {batch, 3, 4});
    const Tensor k = g.input("k", keys);
    const Tensor v = g.input("v", values);
    (void)gradient(g, sum(scaled_dot_product_attention(q, k, v)), {q, k, v});
    int count = 0;
    for (NodeId id = 0; id < g.size(); ++id)
      count += g.node(id).op->name.starts_with("attention_") ? 1 : 0;
    return count;
  };
  BOOST_TEST(ops_of({batch, 3, 4}, {batch, 3, 4}) == 1);
  BOOST_TEST(ops_of({batch, 5, 4}, {batch, 5, 4}) == 3);
}

BOOST_AUTO_TEST_CASE(what_does_not_match_is_refused) {
  const auto refused = [](Shape q, Shape k, Shape v, bool causal, DType dtype = f32) {
    return graph_error([&](Graph& g) {
      const Tensor queries = g.input("q", q, dtype);
      const Tensor keys = g.input("k", k, dtype);
      (void)scaled_dot_product_attention(queries, keys, g.input("v", v, dtype), {.causal = causal});
    });
  };
  check_contains(refused({batch, 3, 4}, {batch, 3, 5}, {batch, 3, 4}, false),
                 "queries, keys and values do not match");
  check_contains(refused({batch, 3, 4}, {2, 3, 4}, {batch, 3, 4}, false),
                 "queries, keys and values do not match");
  check_contains(refused({3, 4}, {5, 4}, {5, 4}, true), "the numbers of keys and queries differ");
  check_contains(refused({3, 4}, {3, 4}, {3, 4}, false, i32), "not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
