#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/graph/dim.hpp>
#include <limits>

#include "graph/checks.hpp"

namespace fg = foregraph;

BOOST_AUTO_TEST_SUITE(dim)

BOOST_AUTO_TEST_CASE(is_affine_in_the_batch) {
  HOLDS_IN_BOTH_MOMENTS(fg::Dim{784}.at(1) == 784 && fg::Dim{784}.at(10'000) == 784);
  HOLDS_IN_BOTH_MOMENTS(fg::batch.at(7) == 7);
  HOLDS_IN_BOTH_MOMENTS((fg::Dim{5, 3}.at(10) == 35));
  HOLDS_IN_BOTH_MOMENTS(fg::Dim{1}.is_one() && !fg::batch.is_one() && !fg::Dim{2}.is_one());
  HOLDS_IN_BOTH_MOMENTS(fg::Dim{1}.is_constant() && !fg::batch.is_constant());
  HOLDS_IN_BOTH_MOMENTS((fg::batch + fg::Dim{1} == fg::Dim{1, 1}));
}

BOOST_AUTO_TEST_CASE(product_of_a_constant_and_a_dimension_is_affine) {
  HOLDS_IN_BOTH_MOMENTS((fg::multiply(fg::Dim{3}, fg::Dim{2, 5}).value == fg::Dim{6, 15}));
  HOLDS_IN_BOTH_MOMENTS((fg::multiply(fg::Dim{2, 5}, fg::Dim{3}).value == fg::Dim{6, 15}));
  HOLDS_IN_BOTH_MOMENTS(fg::multiply(fg::Dim{3}, fg::Dim{4}).fault == fg::SizeFault::none);
}

BOOST_AUTO_TEST_CASE(product_of_two_batches_is_not_affine) {
  HOLDS_IN_BOTH_MOMENTS(fg::multiply(fg::batch, fg::batch).fault == fg::SizeFault::not_affine);
}

BOOST_AUTO_TEST_CASE(overflow_is_noticed_in_both_parts) {
  constexpr std::int64_t half = std::int64_t{1} << 62;
  HOLDS_IN_BOTH_MOMENTS(fg::multiply(fg::Dim{half}, fg::Dim{2}).fault == fg::SizeFault::overflow);
  HOLDS_IN_BOTH_MOMENTS(
      (fg::multiply(fg::Dim{2}, fg::Dim{1, half}).fault == fg::SizeFault::overflow));
  HOLDS_IN_BOTH_MOMENTS(fg::multiply(fg::Dim{half}, fg::Dim{1}).fault == fg::SizeFault::none);
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_fit_stay_so) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  constexpr fg::Dim too_large = fg::Dim::too_large();
  HOLDS_IN_BOTH_MOMENTS(!too_large.is_known() && fg::Dim{most}.is_known());
  HOLDS_IN_BOTH_MOMENTS(fg::Dim{most} + fg::Dim{1} == too_large);
  HOLDS_IN_BOTH_MOMENTS((fg::Dim{1, most} + fg::batch == too_large));
  HOLDS_IN_BOTH_MOMENTS(fg::Dim{most} + fg::Dim{0} == fg::Dim{most});
  HOLDS_IN_BOTH_MOMENTS(fg::Dim{-2} - fg::Dim{most} == too_large);
  HOLDS_IN_BOTH_MOMENTS(fg::Dim{5} - fg::Dim{7} == fg::Dim{-2});
  HOLDS_IN_BOTH_MOMENTS(too_large + fg::Dim{-1} == too_large);
  HOLDS_IN_BOTH_MOMENTS(too_large - too_large == too_large);
  HOLDS_IN_BOTH_MOMENTS(fg::multiply(too_large, fg::Dim{0}).value == too_large);
  HOLDS_IN_BOTH_MOMENTS(fg::multiply(fg::batch, too_large).fault == fg::SizeFault::overflow);
  HOLDS_IN_BOTH_MOMENTS(fg::multiply(fg::Dim{most}, fg::Dim{2}).value == too_large);
}

BOOST_AUTO_TEST_SUITE_END()
