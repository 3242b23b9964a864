#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/cast.hpp>
#include <foregraph/detail/ops/shape/equal_rows.hpp>
#include <random>

#include "support/expect.hpp"
#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

const auto summed = [](Graph&, const std::vector<Tensor>& x) {
  return sum_equal_rows(9, x[0], x[1]);
};
const auto assigned = [](Graph&, const std::vector<Tensor>& x) {
  return assign_rows(x[0], x[1], x[2]);
};

}  // namespace

BOOST_AUTO_TEST_SUITE(equal_rows)

BOOST_AUTO_TEST_CASE(sums_stand_at_each_row_of_the_same_index) {
  const std::vector<double> sums =
      evaluate(summed, {{{4}, {7, 2, 7, 0}, i32}, {{4, 2}, {1, 10, 2, 20, 4, 40, 8, 80}, f32}});
  BOOST_TEST((sums == std::vector<double>{5, 50, 2, 20, 5, 50, 8, 80}));
}

BOOST_AUTO_TEST_CASE(sums_of_random_indices) {
  for (const unsigned seed : {1U, 2U, 3U})
    for (const DType index : {i32, i64}) {
      BOOST_TEST_CONTEXT("seed " << seed) {
        std::mt19937 random(seed);
        std::vector<double> indices(6 * 5);
        for (double& each : indices) each = static_cast<double>(random() % 9);
        const Input updates = random_input({6, 5, 3}, seed);
        const std::vector<double> sums = evaluate(summed, {{{6, 5}, indices, index}, updates});
        for (std::size_t row = 0; row < indices.size(); ++row)
          for (std::size_t c = 0; c < 3; ++c) {
            double expected = 0;
            for (std::size_t other = 0; other < indices.size(); ++other)
              if (indices[other] == indices[row]) expected += updates.values[3 * other + c];
            check_close(expected, sums[3 * row + c], 1e-12, "sum");
          }
      }
    }
}

BOOST_AUTO_TEST_CASE(the_gradient_of_sums) {
  check_gradient(
      [](Graph& g, const std::vector<Tensor>& x) {
        // All rows have index 2: integers cannot be inputs of the check.
        const Tensor indices = cast(g.constant(2), i32);
        return sum_equal_rows(4, broadcast_to(indices, {3}), x[0]);
      },
      {random_input({3, 2}, 4)});
}

BOOST_AUTO_TEST_CASE(the_last_of_equal_rows_is_assigned) {
  const std::vector<double> table = evaluate(assigned, {{{4, 2}, {1, 2, 3, 4, 5, 6, 7, 8}},
                                                        {{3}, {2, 0, 2}, i64},
                                                        {{3, 2}, {9, 9, 10, 11, 12, 13}}});
  BOOST_TEST((table == std::vector<double>{10, 11, 3, 4, 12, 13, 7, 8}));
}

BOOST_AUTO_TEST_CASE(an_index_out_of_range_is_refused) {
  for (const double index : {-1.0, 9.0})
    expect<IndexError>(
        [&] {
          (void)evaluate(summed, {{{2}, {3, index}, i32}, {{2, 1}, {1, 2}, f32}});
        },
        {"9"});
  for (const double index : {-1.0, 4.0})
    expect<IndexError>(
        [&] {
          (void)evaluate(assigned, {{{4, 1}, {1, 2, 3, 4}}, {{1}, {index}, i32}, {{1, 1}, {5}}});
        },
        {"4"});
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_match_are_refused) {
  const std::string of_sums = graph_error([](Graph& g) {
    (void)sum_equal_rows(9, g.input("i", {4}, i32), g.input("x", {3, 2}));
  });
  BOOST_TEST(of_sums.find("sum_equal_rows") != std::string::npos, of_sums);
  const std::string of_rows = graph_error([](Graph& g) {
    (void)assign_rows(g.input("c", {4, 2}), g.input("i", {3}, i32), g.input("x", {3, 3}));
  });
  BOOST_TEST(of_rows.find("the rows do not match the table and the indices") != std::string::npos,
             of_rows);
}

BOOST_AUTO_TEST_SUITE_END()
