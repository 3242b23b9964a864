#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <vector>

#include <foregraph/detail/kernels/gemm/blas_buffers.hpp>
#include <foregraph/plan.hpp>

using namespace foregraph;
using namespace foregraph::literals;

BOOST_AUTO_TEST_SUITE(buffers_of_blas)

BOOST_AUTO_TEST_CASE(the_buffers_of_blas_are_bounded) {
  const MatrixProduct huge{f32, std::int64_t{1} << 40, std::int64_t{1} << 40,
                           std::int64_t{1} << 40};
  warm_up_blas(std::vector<MatrixProduct>{huge});
  const Bytes once = blas_buffer_bytes();
  BOOST_TEST(once.count < (16_MiB).count);
  warm_up_blas(std::vector<MatrixProduct>{huge, {f32, 100, 100, 100}});
  BOOST_TEST(blas_buffer_bytes().count == once.count);
}

BOOST_AUTO_TEST_SUITE_END()
