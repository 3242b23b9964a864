// Products on several threads: the same bits for any number of them.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <random>
#include <vector>

#include "support/expect.hpp"
#include "support/threads_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr Isa isas[] = {Isa::baseline, Isa::avx2, Isa::avx512};

/// Sizes with which C is cut along either side, or both, with and without edges.
struct Sizes {
  std::int64_t m, n, k;
};

template <class T>
std::vector<T> random_values(std::mt19937& generator, std::int64_t count) {
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> values(static_cast<std::size_t>(count));
  for (T& v : values) v = uniform(generator);
  return values;
}

/// Runs `product` on 1, 2, 3 and 5 threads, and compares all bits.
template <class T, class Product>
void check(std::mt19937& generator, const Sizes& s, bool ta, bool tb, const Product& product) {
  const std::vector<T> a = random_values<T>(generator, s.m * s.k);
  const std::vector<T> b = random_values<T>(generator, s.k * s.n);
  const std::vector<T> before = random_values<T>(generator, s.m * s.n);
  std::vector<T> expected;
  for (const int threads : {1, 2, 3, 5}) {
    const UseThreads use(threads);
    std::vector<T> c = before;
    product(ta, tb, s.m, s.n, s.k, T(0.5), a.data(), b.data(), T(1), c.data());
    if (threads == 1) {
      expected = c;
      // One element against a plain sum, to know that there is something to compare.
      const std::int64_t i = s.m - 1, j = s.n / 2;
      double sum = 0;
      for (std::int64_t p = 0; p < s.k; ++p)
        sum += static_cast<double>(a[static_cast<std::size_t>(ta ? p * s.m + i : i * s.k + p)]) *
               static_cast<double>(b[static_cast<std::size_t>(tb ? j * s.k + p : p * s.n + j)]);
      const auto at = static_cast<std::size_t>(i * s.n + j);
      BOOST_TEST(std::abs(0.5 * sum + static_cast<double>(before[at]) -
                          static_cast<double>(c[at])) < 1e-3);
    } else {
      BOOST_TEST(std::memcmp(c.data(), expected.data(), c.size() * sizeof(T)) == 0,
                 s.m << "x" << s.n << "x" << s.k << " transposes " << ta << tb << " on " << threads
                     << " threads");
    }
  }
}

template <class T>
void check_own(unsigned seed) {
  std::mt19937 generator(seed);
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::uniform_int_distribution<std::int64_t> side(1, 300);
  std::vector<Sizes> sizes{{128, 512, 300}, {700, 70, 90}, {33, 1000, 129}};
  for (int i = 0; i < 4; ++i) sizes.push_back({side(generator), side(generator), side(generator)});
  for (const Sizes& s : sizes)
    for (const Isa isa : isas) {
      if (isa > detected_isa()) continue;
      for (const GemmPath path : {GemmPath::tile, GemmPath::blocked}) {
        const bool ta = generator() % 2 != 0, tb = generator() % 2 != 0;
        check<T>(generator, s, ta, tb,
                 [&](auto... arguments) { own_gemm<T>(isa, path, arguments...); });
      }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gemm_on_threads, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(own_kernels_give_the_same_bits) {
  reserve_threads(5);
  check_own<float>(20);
  check_own<double>(21);
}

BOOST_AUTO_TEST_CASE(openblas_gives_the_same_bits) {
  reserve_threads(5);
  start_blas();
  std::mt19937 generator(22);
  for (const Sizes& s : {Sizes{70, 2 * blas_columns_at_once + 3, 60},
                         Sizes{blas_rows_at_once + 5, blas_columns_at_once + 1, 17}})
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) check<float>(generator, s, ta, tb, blas_gemm<float>);
}

BOOST_AUTO_TEST_CASE(whole_products_give_the_same_bits) {
  reserve_threads(5);
  std::mt19937 generator(23);
  for (const Sizes& s : {Sizes{64, 600, 150}, Sizes{500, 10, 128}, Sizes{20, 20, 20}})
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) check<float>(generator, s, ta, tb, gemm<float>);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(gemm_choice)

BOOST_AUTO_TEST_CASE(is_named_by_the_environment) {
  BOOST_TEST((choose_gemm("") == GemmChoice::measured));
  BOOST_TEST((choose_gemm("own") == GemmChoice::own));
  BOOST_TEST((choose_gemm("openblas") == GemmChoice::openblas));
  expect<UsageError>([] { (void)choose_gemm("mkl"); },
                     {"FOREGRAPH_GEMM is 'mkl'", "'own' or 'openblas'"});
}

BOOST_AUTO_TEST_CASE(decides_the_path) {
  const auto path = [](GemmChoice choice, Isa isa, std::int64_t m, std::int64_t n, std::int64_t k) {
    return gemm_path<float>(choice, isa, true, false, m, n, k);
  };
  BOOST_TEST((path(GemmChoice::openblas, Isa::avx512, 2, 2, 2) == GemmPath::openblas));
  BOOST_TEST((path(GemmChoice::own, Isa::baseline, 5000, 5000, 5000) == GemmPath::blocked));
  BOOST_TEST((path(GemmChoice::measured, Isa::avx2, 10, 10, 10) == GemmPath::small));
  BOOST_TEST((path(GemmChoice::measured, Isa::avx2, 784, 512, 128) == GemmPath::blocked));
  BOOST_TEST((path(GemmChoice::measured, Isa::baseline, 784, 512, 128) == GemmPath::openblas));
  // Sizes whose product is above the range of 64 bits.
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  BOOST_TEST((path(GemmChoice::measured, Isa::avx2, huge, huge, huge) == GemmPath::openblas));
}

BOOST_AUTO_TEST_CASE(stacks_of_matrices) {
  const auto product = [](Graph&, const auto& in) { return matmul(in[0], in[1]); };
  // Many matrices, few large ones, and one operand's repeated along an axis in the middle.
  check_threads("many", product,
                {random_floats({40, 3, 33, 65}, 1), random_floats({40, 3, 65, 31}, 2)});
  check_threads("few", product, {random_floats({2, 130, 257}, 1), random_floats({2, 257, 129}, 2)});
  const auto a = random_floats({20, 1, 33, 65}, 1);
  const auto b = random_floats({20, 6, 65, 31}, 2);
  const std::vector<double> y = check_threads("repeated", product, {a, b});
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t column = i % 31;
    const std::size_t row = i / 31 % 33;
    const std::size_t matrix = i / (31 * 33);
    double sum = 0;
    for (std::size_t k = 0; k < 65; ++k)
      sum += a.values[(matrix / 6 * 33 + row) * 65 + k] * b.values[(matrix * 65 + k) * 31 + column];
    check_close(sum, y[i], 2e-5, "repeated");
  }
}

BOOST_AUTO_TEST_SUITE_END()
