// What elementwise ops share: broadcasting of shapes, numbers as operands, fusion with others.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/relu.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/exp.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(elementwise_ops)

BOOST_AUTO_TEST_CASE(shapes_broadcast_as_in_numpy) {
  const auto shape_of = [](Shape a, Shape b) {
    const auto both = elementwise::broadcast_shapes(a, b);
    return both.ok ? to_string(both.shape) : "none";
  };
  BOOST_TEST(shape_of({}, {2, 3}) == "[2,3]");
  BOOST_TEST(shape_of({3}, {2, 3}) == "[2,3]");
  BOOST_TEST(shape_of({batch, 1}, {1, 4}) == "[batch,4]");
  BOOST_TEST(shape_of({2, 1, 5}, {4, 1}) == "[2,4,5]");
  BOOST_TEST(shape_of({2}, {3}) == "none");
  BOOST_TEST(shape_of({batch}, {3}) == "none");
}

BOOST_AUTO_TEST_CASE(a_number_takes_the_other_operands_dtype) {
  for (const DType dtype : {f32, f64, i32, i64}) {
    Graph g;
    const Tensor x = g.input("x", {3}, dtype);
    BOOST_TEST(((2 + x).dtype() == dtype));
    BOOST_TEST(((x * 2).dtype() == dtype));
  }
}

BOOST_AUTO_TEST_CASE(a_column_that_meets_a_row_of_the_batch_is_refused) {
  const std::string text = graph_error([](Graph& g) {
    (void)(g.input("p", {batch, 1}) - g.input("y", {batch}));
  });
  check_contains(text, "square of the batch");
  check_contains(text, "elementwise_test.cpp");
}

BOOST_AUTO_TEST_CASE(long_chains_with_rows_and_columns_are_fused_rightly) {
  // Several values alive at once, rows and columns that do not fit the tile, every batch size.
  for (const std::int64_t batch_size : {1, 2, 5, 33}) {
    for (const std::int64_t width : {1, 3, 64, 100, 777}) {
      const auto w = static_cast<std::size_t>(width);
      const auto b = static_cast<std::size_t>(batch_size);
      const Inputs inputs{{{batch, width}, random_values(b * w, 1), f32},
                          {{width}, random_values(w, 2), f32},
                          {{batch, 1}, random_values(b, 3), f32}};
      const std::vector<double> result = evaluate(
          [](Graph&, const auto& x) {
            const Tensor shifted = x[0] + x[1];
            const Tensor scaled = shifted * x[2];
            return relu(scaled) + exp(scaled * 0.1) - shifted * x[0];
          },
          inputs, batch_size);
      for (std::size_t i = 0; i < b; ++i)
        for (std::size_t j = 0; j < w; ++j) {
          const double shifted = inputs[0].values[i * w + j] + inputs[1].values[j];
          const double scaled = shifted * inputs[2].values[i];
          const double expected = (scaled > 0 ? scaled : 0) + std::exp(scaled * 0.1) -
                                  shifted * inputs[0].values[i * w + j];
          check_close(expected, result[i * w + j], 1e-5, "batch " + std::to_string(batch_size));
        }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
