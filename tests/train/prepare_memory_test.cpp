#include <boost/test/unit_test.hpp>
#include <cstdint>

#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>

#include "support/sanitized.hpp"

using namespace foregraph;
using namespace foregraph::literals;

BOOST_AUTO_TEST_SUITE(memory_of_a_trainer)

BOOST_AUTO_TEST_CASE(a_smaller_batch_gives_memory_back) {
  if (foregraph::test::is_sanitized || !process_memory()) return;
  Trainer<models::w5_lenet> trainer{optim::adam()};
  for (const std::int64_t batch_size : {1, 64, 8, 64}) trainer.prepare(batch_size);
  const Bytes large = process_memory()->anonymous;
  const Bytes large_held = trainer.allocated();
  trainer.prepare(1);
  const Bytes given_back = large - process_memory()->anonymous;
  BOOST_TEST(given_back.count > (large_held - trainer.allocated() - 256_KiB).count);
}

BOOST_AUTO_TEST_SUITE_END()
