#include <boost/test/unit_test.hpp>
#include <foregraph/detail/kernels/simd/native_batch.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>
#include <vector>

using namespace foregraph;

BOOST_AUTO_TEST_SUITE(vector_parts)

BOOST_AUTO_TEST_CASE(only_the_elements_that_are_there_are_touched) {
  using V = kernels::NativeBatch<float>;
  for (std::size_t count = 1; count <= V::size + 1; ++count) {
    std::vector<float> from(count);  // exact size: a sanitizer sees a read too many
    for (std::size_t i = 0; i < count; ++i) from[i] = static_cast<float>(i + 1);
    const V v = load_part<V>(from.data(), static_cast<std::int64_t>(count), -1.0F);
    float lanes[V::size];
    v.store_unaligned(lanes);
    for (std::size_t i = 0; i < V::size; ++i)
      BOOST_TEST(lanes[i] == (i < count ? static_cast<float>(i + 1) : -1.0F));
    std::vector<float> to(count, 0.0F);
    store_part(v, to.data(), static_cast<std::int64_t>(count));
    for (std::size_t i = 0; i < count && i < V::size; ++i) BOOST_TEST(to[i] == from[i]);
  }
}

BOOST_AUTO_TEST_SUITE_END()
