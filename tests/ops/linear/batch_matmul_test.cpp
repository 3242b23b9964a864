#include <boost/test/unit_test.hpp>
#include <foregraph/detail/graph/passes/dead_nodes.hpp>
#include <foregraph/detail/graph/passes/simplify.hpp>
#include <foregraph/detail/ops/linear/matmul.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace batch_matmul_cases {

constexpr bool in_the_compiler() {
  Graph g;
  const Tensor x = g.input("x", {batch, 8, 5, 4});
  const Tensor w = g.parameter("w", {4, 3});
  const Tensor s = g.parameter("s", {8, 4, 3});
  return matmul(x, w).shape() == Shape{batch, 8, 5, 3} &&
         matmul(x, s).shape() == Shape{batch, 8, 5, 3} && matmul(s, x, {false, true}).graph == &g &&
         g.first_fault.kind != nullptr;
}
static_assert(in_the_compiler());

/// Sizes before the matrix, as in NumPy: missing ones are 1.
std::size_t at(const Shape& shape, std::size_t i, std::size_t j) {  // of result [2,3]
  const auto n = static_cast<std::size_t>(shape.rank - 2);
  std::size_t index = 0;
  if (n == 2) index = shape[0].is_one() ? 0 : i;
  if (n >= 1) {
    const Dim size = shape[shape.rank - 3];
    index = index * static_cast<std::size_t>(size.constant) + (size.is_one() ? 0 : j);
  }
  return index;
}

Shape with_matrix(Shape stack, std::int64_t rows, std::int64_t columns, bool transposed) {
  stack.push_back(transposed ? columns : rows);
  stack.push_back(transposed ? rows : columns);
  return stack;
}

struct Stacks {
  Shape a, b;
};
/// All broadcast to [2,3].
const std::vector<Stacks> broadcasts{{{2, 3}, {2, 3}}, {{2, 3}, {}},     {{}, {2, 3}},
                                     {{2, 3}, {3}},    {{1, 3}, {2, 1}}, {{2, 3}, {1, 1}},
                                     {{2, 1}, {3}}};

}  // namespace batch_matmul_cases

BOOST_AUTO_TEST_SUITE(batch_matmul_op_suite)

BOOST_AUTO_TEST_CASE(every_broadcast_and_transpose) {
  using namespace batch_matmul_cases;
  const std::size_t m = 3, n = 5, k = 7;
  for (const Stacks& stacks : broadcasts)
    for (const DType dtype : {f32, f64})
      for (const bool ta : {false, true})
        for (const bool tb : {false, true}) {
          Input a = random_input(with_matrix(stacks.a, m, k, ta), 1);
          Input b = random_input(with_matrix(stacks.b, k, n, tb), 2);
          a.dtype = b.dtype = dtype;
          const std::vector<double> result = evaluate(
              [&](Graph&, const auto& x) {
                return matmul(x[0], x[1], {ta, tb});
              },
              {a, b});
          BOOST_TEST(result.size() == 6 * m * n);
          for (std::size_t o = 0; o < result.size(); ++o) {
            const std::size_t s = o / (m * n);
            const std::size_t i = o / n % m;
            const std::size_t j = o % n;
            const double* x = a.values.data() + at(a.shape, s / 3, s % 3) * m * k;
            const double* y = b.values.data() + at(b.shape, s / 3, s % 3) * k * n;
            double expected = 0;
            for (std::size_t p = 0; p < k; ++p)
              expected += x[ta ? p * m + i : i * k + p] * y[tb ? j * k + p : p * n + j];
            check_close(expected, result[o], dtype == f32 ? 3e-6 : 1e-14, "batch_matmul");
          }
        }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  using namespace batch_matmul_cases;
  for (const Stacks& stacks : {Stacks{{batch}, {batch}}, Stacks{{batch}, {}}, Stacks{{}, {batch}},
                               Stacks{{batch, 1}, {2}}})
    for (const bool ta : {false, true})
      for (const bool tb : {false, true})
        check_gradient(
            [&](Graph&, const auto& x) {
              return matmul(x[0], x[1], {ta, tb});
            },
            {random_input(with_matrix(stacks.a, 1, 2, ta), 1, -1, 1, 2),
             random_input(with_matrix(stacks.b, 2, 2, tb), 2, -1, 1, 2)},
            true, 2);
  check_gradient(
      [](Graph&, const auto& x) {
        return matmul(x[0], x[0], {false, true});
      },
      {random_input({batch, 2, 2}, 3)});
}

BOOST_AUTO_TEST_CASE(one_product_and_no_transposes) {
  Graph g;
  const Tensor x = g.input("x", {batch, 5, 4});
  const Tensor y = g.input("y", {batch, 5, 4});
  const Tensor w = g.parameter("w", {4, 3});
  const auto simple_form = [&](Tensor t) {
    Graph from = g.clone();
    from.outputs.push_back(t.id);
    return passes::remove_dead_nodes(passes::simplify(from));
  };
  const auto ops = [](const Graph& of) {
    std::string text;
    for (NodeId id = 0; id < of.size(); ++id)
      if (of.node(id).arity > 0) text += std::string(of.node(id).op->name) + ' ';
    return text;
  };
  BOOST_TEST(ops(simple_form(matmul(x, w))) == "reshape matmul reshape ");
  BOOST_TEST(ops(simple_form(matmul(x, transpose(y)))) == "batch_matmul ");
  BOOST_TEST(ops(simple_form(matmul(transpose(x), y))) == "batch_matmul ");
  BOOST_TEST(ops(simple_form(matmul(transpose(x), w, {true, false}))) == "reshape matmul reshape ");
  const Input a = random_input({2, 5, 4}, 1);
  const Input b = random_input({2, 5, 4}, 2);
  const std::vector<double> folded =
      evaluate([](Graph&, const auto& in) { return matmul(in[0], transpose(in[1])); }, {a, b});
  const std::vector<double> direct = evaluate(
      [](Graph&, const auto& in) {
        return matmul(in[0], in[1], {false, true});
      },
      {a, b});
  BOOST_TEST(folded == direct, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wrong_operands_are_refused) {
  const auto refused = [](Shape a, Shape b, const std::string& what, DType dtype = f32) {
    check_contains(
        graph_error([&](Graph& g) { (void)matmul(g.input("a", a), g.input("b", b, dtype)); }),
        "[batch_matmul] " + what);
  };
  refused({batch, 5, 4}, {3, 4}, "inner dimensions differ: f32[batch,5,4] and f32[3,4]");
  refused({batch, 5, 4}, {batch, 5, 4}, "inner dimensions differ");
  refused({2, 5, 4}, {3, 4, 5},
          "the batch axes of the matrices do not broadcast: f32[2,5,4] and f32[3,4,5]");
  refused({2, 5, 4}, {4}, "an operand is not a matrix or a stack of matrices");
  refused({4}, {2, 4, 5}, "an operand is not a matrix or a stack of matrices");
  refused({2, 5, 4}, {4, 3}, "dtypes differ", f64);
  check_contains(graph_error([](Graph& g) {
                   const Tensor x = g.input("x", {2, 3, 3}, i32);
                   (void)matmul(x, x);
                 }),
                 "[batch_matmul] the op is not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
