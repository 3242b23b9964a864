#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/runtime/initialize.hpp>
#include <utility>
#include <vector>

namespace fg = foregraph;

namespace initialize_test {

std::vector<double> values(const fg::Initializer& initializer, fg::Shape shape,
                           std::uint64_t variable = 3) {
  std::vector<double> result(static_cast<std::size_t>(shape.elements().constant));
  fg::initialize(result.data(), shape, fg::f64, initializer, variable);
  return result;
}

struct Moments {
  double mean = 0, deviation = 0, largest = 0;
};
Moments moments(const std::vector<double>& x) {
  Moments m;
  for (const double v : x) m.mean += v / static_cast<double>(x.size());
  for (const double v : x) {
    m.deviation += (v - m.mean) * (v - m.mean) / static_cast<double>(x.size());
    m.largest = std::max(m.largest, std::abs(v));
  }
  m.deviation = std::sqrt(m.deviation);
  return m;
}

/// Rows or columns of `x`, as a matrix [rows,columns], are orthogonal with squared length `square`.
void check_orthogonal(const std::vector<double>& x, std::size_t rows, std::size_t columns,
                      double square) {
  const bool tall = rows >= columns;
  const std::size_t count = tall ? columns : rows;
  const std::size_t length = tall ? rows : columns;
  double worst = 0;
  for (std::size_t a = 0; a < count; ++a)
    for (std::size_t b = 0; b < count; ++b) {
      double total = 0;
      for (std::size_t i = 0; i < length; ++i)
        total += tall ? x[i * columns + a] * x[i * columns + b]
                      : x[a * columns + i] * x[b * columns + i];
      worst = std::max(worst, std::abs(total - (a == b ? square : 0)));
    }
  BOOST_TEST(worst < 1e-13);
}

}  // namespace initialize_test
using namespace initialize_test;

BOOST_AUTO_TEST_SUITE(initialize)

BOOST_AUTO_TEST_CASE(distributions_have_their_moments_and_bounds) {
  // Of 40000 values: the mean is within 5 of its deviations, which are 1/200 of the values'.
  const fg::Shape shape{200, 200};
  struct Case {
    fg::LayerInit init;
    double deviation;
    double bound;  // in deviations
  };
  const double fans[] = {100, 300};
  const Case cases[] = {
      {fg::LayerInit::glorot_uniform, std::sqrt(2 / (fans[0] + fans[1])), std::sqrt(3.0)},
      {fg::LayerInit::glorot_normal, std::sqrt(2 / (fans[0] + fans[1])), 6},
      {fg::LayerInit::he_uniform, std::sqrt(2 / fans[0]), std::sqrt(3.0)},
      {fg::LayerInit::he_normal, std::sqrt(2 / fans[0]), 6},
      {fg::LayerInit::lecun_uniform, std::sqrt(1 / fans[0]), std::sqrt(3.0)},
      {fg::LayerInit::lecun_normal, std::sqrt(1 / fans[0]), 2 / 0.87962566103423978}};
  for (const Case& c : cases) {
    const Moments m = moments(values(fg::layer_initializer(c.init, 100, 300, 11), shape));
    BOOST_TEST(std::abs(m.mean) < 5 * c.deviation / 200);
    BOOST_TEST(std::abs(m.deviation / c.deviation - 1) < 0.02);
    BOOST_TEST(m.largest <= c.bound * c.deviation);
    if (c.bound < 3) BOOST_TEST(m.largest > 0.99 * c.bound * c.deviation);
  }
}

BOOST_AUTO_TEST_CASE(a_truncated_normal_is_within_two_deviations) {
  const Moments m = moments(values(fg::truncated_normal(0.5, 2), {200, 200}));
  BOOST_TEST(m.largest <= 1.0);
  BOOST_TEST(m.largest > 0.99);
  BOOST_TEST(std::abs(m.deviation / (0.5 * fg::truncated_deviation) - 1) < 0.02);
}

BOOST_AUTO_TEST_CASE(orthogonal_matrices_and_kernels) {
  check_orthogonal(values(fg::orthogonal(), {17, 9}), 17, 9, 1);
  check_orthogonal(values(fg::orthogonal(2), {9, 17}), 9, 17, 4);
  check_orthogonal(values(fg::orthogonal(), {40, 40}), 40, 40, 1);
  check_orthogonal(values(fg::orthogonal(), {3, 3, 4, 8}), 36, 8, 1);
  check_orthogonal(values(fg::orthogonal(), {3, 1, 2, 8}), 6, 8, 1);
}

// Blocks of all sizes, square and not.
BOOST_AUTO_TEST_CASE(large_orthogonal_matrices) {
  check_orthogonal(values(fg::orthogonal(), {257, 257}), 257, 257, 1);
  check_orthogonal(values(fg::orthogonal(), {128, 512}), 128, 512, 1);
  check_orthogonal(values(fg::orthogonal(3), {512, 100}), 512, 100, 9);
  for (const std::int64_t size : {1, 2, 7, 8, 9, 15, 16, 17, 33})
    check_orthogonal(values(fg::orthogonal(), {size, size}), static_cast<std::size_t>(size),
                     static_cast<std::size_t>(size), 1);
}

// The same seed gives the normal numbers that it is made of: A = L Q, where L has a positive
// diagonal, as no other orthonormal Q gives it.
BOOST_AUTO_TEST_CASE(orthogonal_matrices_are_the_qr_decomposition_of_normal_numbers) {
  for (const auto& [count, length] : {std::pair{40, 40}, std::pair{30, 75}}) {
    const std::vector<double> a = values(fg::normal(1), {count, length});
    const std::vector<double> wide = values(fg::orthogonal(), {count, length});
    const std::vector<double> tall = values(fg::orthogonal(), {length, count});
    const auto columns = static_cast<std::size_t>(length);
    const auto rows = static_cast<std::size_t>(count);
    // The vectors are the rows of a wide matrix, and the columns of others.
    const auto q = [&](std::size_t vector, std::size_t element) {
      return tall[element * rows + vector];
    };
    double worst = 0;
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = i; j < rows; ++j) {
        double along = 0;
        for (std::size_t k = 0; k < columns; ++k) along += a[i * columns + k] * q(j, k);
        if (i == j)
          BOOST_TEST(along > 0);
        else
          worst = std::max(worst, std::abs(along));
      }
    BOOST_TEST(worst < 1e-12);
    if (rows == columns) continue;
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t k = 0; k < columns; ++k) BOOST_TEST(q(i, k) == wide[i * columns + k]);
  }
}

BOOST_AUTO_TEST_CASE(values_are_the_same_on_any_number_of_threads,
                     *boost::unit_test::label("threads")) {
  fg::reserve_threads(3);
  for (const fg::Initializer& init : {fg::orthogonal(1, 4), fg::normal(1, 4)}) {
    const std::vector<double> alone = values(init, {300, 700});
    for (const int threads : {2, 3}) {
      const fg::UseThreads use(threads);
      BOOST_TEST((values(init, {300, 700}) == alone));
    }
  }
}

BOOST_AUTO_TEST_CASE(orthogonal_matrices_have_no_preferred_sign) {
  double total = 0;
  for (std::uint64_t variable = 0; variable < 1000; ++variable)
    total += values(fg::orthogonal(), {2, 2}, variable)[0];
  BOOST_TEST(std::abs(total / 1000) < 5 * std::sqrt(0.5 / 1000));
}

BOOST_AUTO_TEST_CASE(values_depend_on_seed_and_variable_only) {
  for (const fg::Initializer& init :
       {fg::truncated_normal(1, 4), fg::orthogonal(1, 4), fg::normal(1, 4), fg::uniform(1, 4)}) {
    const std::vector<double> first = values(init, {6, 5});
    BOOST_TEST(first == values(init, {6, 5}), boost::test_tools::per_element());
    BOOST_TEST(first[0] != values(init, {6, 5}, 4)[0]);
    fg::Initializer other = init;
    other.seed = 5;
    BOOST_TEST(first[0] != values(other, {6, 5})[0]);
    std::vector<float> single(30);
    fg::initialize(single.data(), {6, 5}, fg::f32, init, 3);
    for (std::size_t i = 0; i < 30; ++i) BOOST_TEST(single[i] == static_cast<float>(first[i]));
  }
}

BOOST_AUTO_TEST_SUITE_END()
