#include <boost/test/unit_test.hpp>
#include <cstdint>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/plan.hpp>

#include "graph/checks.hpp"

namespace fg = foregraph;

BOOST_AUTO_TEST_SUITE(peak_memory_of_a_step)

BOOST_AUTO_TEST_CASE(batch_sizes_below_1_are_refused) {
  const auto model = [](fg::Graph& g) {
    return fg::Model{.loss = fg::mean(fg::nn::dense(g.input("x", {fg::batch, 4}), 1, "out"))};
  };
  BOOST_CHECK_EXCEPTION((void)fg::peak_memory(model, fg::optim::sgd(), 0), fg::BatchError,
                        says("batch size is 0, expected at least 1; give the number of samples"));
  BOOST_CHECK_EXCEPTION((void)fg::peak_memory(model, fg::optim::sgd(), -3), fg::BatchError,
                        says("batch size is -3, expected at least 1"));
}

BOOST_AUTO_TEST_CASE(sizes_beyond_64_bits_are_refused_and_do_not_wrap) {
  const auto model = [](fg::Graph& g) {
    return fg::Model{.loss = fg::mean(fg::nn::dense(g.input("x", {fg::batch, 1 << 20}), 1, "out"))};
  };
  BOOST_TEST(fg::peak_memory(model, fg::optim::sgd(), 1'000'000).count > (std::int64_t{4} << 39));
  BOOST_CHECK_EXCEPTION(
      (void)fg::peak_memory(model, fg::optim::sgd(), std::int64_t{1} << 41), fg::BatchError,
      says("the bytes of a training step at batch size 2199023255552 do not fit in 64 bits",
           "use a smaller batch or model"));
  const auto wide = [](fg::Graph& g) {
    const auto w = g.parameter("w", {std::int64_t{1} << 31, std::int64_t{1} << 30});
    return fg::Model{.loss = fg::mean(w)};
  };
  BOOST_CHECK_EXCEPTION((void)fg::peak_memory(wide, fg::optim::sgd(), 1), fg::BatchError,
                        says("do not fit in 64 bits"));
}

BOOST_AUTO_TEST_SUITE_END()
