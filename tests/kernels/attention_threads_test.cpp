// A transformer gives the same bits on any number of threads.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <foregraph/foregraph.hpp>
#include <vector>

#include "support/trained_on_threads.hpp"

namespace fg = foregraph;

namespace {

/// Parameters of one block after some steps on `threads` threads.
std::vector<float> trained(int threads) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 70, 48});
  const auto h = fg::nn::transformer_block(x, 3, "block");
  const fg::Model model{.loss = fg::mean(h * h), .outputs = {h}};
  return fg::test::trained_on_threads(threads, g, model, 24, 0.01);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attention_threads, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(same_bits_for_any_number_of_threads) {
  const std::vector<float> one = trained(1);
  for (const int threads : {2, 3}) {
    const std::vector<float> several = trained(threads);
    BOOST_REQUIRE_EQUAL(one.size(), several.size());
    BOOST_TEST(std::memcmp(one.data(), several.data(), one.size() * sizeof(float)) == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
