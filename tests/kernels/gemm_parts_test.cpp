// Products of more rows than OpenBLAS gets at once.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <vector>

using namespace foregraph;

namespace {

/// Small whole numbers: sums are exact in any order.
std::vector<float> numbers(std::int64_t count, std::int64_t step) {
  std::vector<float> v;
  for (std::int64_t i = 0; i < count; ++i) v.push_back(static_cast<float>(i * step % 7 - 3));
  return v;
}

std::int64_t wrong_elements(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k) {
  const std::vector<float> a = numbers(m * k, 5);
  const std::vector<float> b = numbers(k * n, 3);
  std::vector<float> c(static_cast<std::size_t>(m * n), 2.0F);
  gemm<float>(ta, tb, m, n, k, 1.0F, a.data(), b.data(), 0.5F, c.data());
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      float sum = 1.0F;
      for (std::int64_t l = 0; l < k; ++l)
        sum += a[static_cast<std::size_t>(ta ? l * m + i : i * k + l)] *
               b[static_cast<std::size_t>(tb ? j * k + l : l * n + j)];
      wrong += c[static_cast<std::size_t>(i * n + j)] != sum;
    }
  return wrong;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gemm_in_parts)

BOOST_AUTO_TEST_CASE(parts_make_the_whole) {
  for (const std::int64_t m : {blas_rows_at_once, blas_rows_at_once + 1, 2 * blas_rows_at_once + 3})
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) BOOST_TEST(wrong_elements(ta, tb, m, 130, 9) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
