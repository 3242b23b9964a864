#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <limits>
#include <random>
#include <vector>

using namespace foregraph;

namespace {

struct Size {
  std::int64_t m, n, k;
};

/// Compares `product` with a triple loop in double, for all transposes and some alpha and beta.
template <class T, class Product>
void check(const Size& size, const Product& product, const char* what) {
  const auto [m, n, k] = size;
  std::mt19937 generator(static_cast<unsigned>(m * 10'007 + n * 101 + k));
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<T> a(static_cast<std::size_t>(m * k));
  std::vector<T> b(static_cast<std::size_t>(k * n));
  for (T& v : a) v = static_cast<T>(uniform(generator));
  for (T& v : b) v = static_cast<T>(uniform(generator));
  const struct { T alpha, beta; } scales[] = {{1, 0}, {T(-0.5), 1}, {2, T(0.25)}, {0, T(0.5)}};
  for (const bool ta : {false, true})
    for (const bool tb : {false, true})
      for (const auto [alpha, beta] : scales) {
        // With beta 0 nothing of C may be read, not even a NaN.
        std::vector<T> c(static_cast<std::size_t>(m * n),
                         beta == 0 ? std::numeric_limits<T>::quiet_NaN() : T(0.5));
        const std::vector<T> before = c;
        product(ta, tb, m, n, k, alpha, a.data(), b.data(), beta, c.data());
        for (std::int64_t i = 0; i < m; ++i)
          for (std::int64_t j = 0; j < n; ++j) {
            double sum = 0;
            for (std::int64_t p = 0; p < k; ++p)
              sum += static_cast<double>(a[static_cast<std::size_t>(ta ? p * m + i : i * k + p)]) *
                     static_cast<double>(b[static_cast<std::size_t>(tb ? j * k + p : p * n + j)]);
            const auto at = static_cast<std::size_t>(i * n + j);
            double expected = static_cast<double>(alpha) * sum;
            if (beta != 0) expected += static_cast<double>(beta) * static_cast<double>(before[at]);
            const double tolerance =
                4 * std::numeric_limits<T>::epsilon() * (static_cast<double>(k) + 4);
            if (!(std::abs(expected - static_cast<double>(c[at])) <= tolerance)) {
              BOOST_ERROR(what << " " << m << "x" << n << "x" << k << " transposes " << ta << tb
                               << " alpha " << alpha << " beta " << beta << " at " << i << "," << j
                               << ": expected " << expected << ", got " << c[at]);
              return;
            }
          }
      }
  BOOST_TEST(true);
}

std::vector<Size> sizes() {
  std::vector<Size> result;
  for (const std::int64_t m : {1, 2, 3, 5, 17})
    for (const std::int64_t n : {1, 2, 3, 4, 7, 8, 15, 16, 17, 33})
      for (const std::int64_t k : {1, 2, 3, 7, 16, 31, 130}) result.push_back({m, n, k});
  for (const std::int64_t w : {4, 8, 16, 32})
    for (const std::int64_t d : {-1, 0, 1}) result.push_back({w + d, 2 * w + d, w - d});
  result.insert(result.end(), {{64, 64, 64},
                               {97, 89, 101},
                               {128, 10, 512},
                               {1, 300, 300},
                               {300, 1, 300},
                               {0, 3, 3},
                               {3, 0, 3},
                               {3, 4, 0},
                               {130, 70, 260},
                               {9, 130, 515}});
  return result;
}

template <class T>
void check_all() {
  for (const Size& size : sizes()) {
    check<T>(size, gemm<T>, "gemm");
    check<T>(size, blas_gemm<T>, "blas_gemm");
    for (const Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
      if (isa > detected_isa()) continue;
      for (const GemmPath path : {GemmPath::small, GemmPath::tile, GemmPath::blocked})
        check<T>(
            size, [&](auto... arguments) { own_gemm<T>(isa, path, arguments...); }, name_of(isa));
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gemm_products)

BOOST_AUTO_TEST_CASE(of_floats) {
  check_all<float>();
}
BOOST_AUTO_TEST_CASE(of_doubles) {
  check_all<double>();
}

BOOST_AUTO_TEST_SUITE_END()
