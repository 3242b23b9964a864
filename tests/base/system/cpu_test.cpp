#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/cpu.hpp>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(cpu)

BOOST_AUTO_TEST_CASE(a_request_lowers_the_level) {
  BOOST_TEST((choose_isa("", Isa::avx512) == Isa::avx512));
  BOOST_TEST((choose_isa("avx2", Isa::avx512) == Isa::avx2));
  BOOST_TEST((choose_isa("baseline", Isa::avx2) == Isa::baseline));
  BOOST_TEST((active_isa() <= detected_isa()));
}

BOOST_AUTO_TEST_CASE(a_wrong_request_is_named) {
  expect<UsageError>([] { (void)choose_isa("avx512", Isa::avx2); },
                     {"FOREGRAPH_ISA is 'avx512'", "at most 'avx2'", "FOREGRAPH_ISA=avx2"});
  expect<UsageError>([] { (void)choose_isa("sse9", Isa::avx2); },
                     {"'sse9'", "'baseline', 'avx2' or 'avx512'"});
}

BOOST_AUTO_TEST_SUITE_END()
