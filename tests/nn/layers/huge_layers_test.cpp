// Layers of sizes near the end of 64 bits are refused by name.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/plan.hpp>

#include "graph/checks.hpp"

using namespace foregraph;

BOOST_AUTO_TEST_SUITE(huge_layers)

BOOST_AUTO_TEST_CASE(layers_are_refused_by_name) {
  constexpr std::int64_t largest_size = std::numeric_limits<std::int64_t>::max();
  const auto refused = [](const auto& call) {
    Graph g;
    BOOST_CHECK_EXCEPTION(call(g), GraphError,
                          says("the number of elements does not fit in 64 bits"));
  };
  for (const std::int64_t units : {largest_size, largest_size / 2, std::int64_t{1} << 61}) {
    refused([&](Graph& g) { (void)nn::dense(g.input("x", {batch, 4}), units, "d"); });
    refused([&](Graph& g) { (void)nn::lstm(g.input("x", {batch, 3, 4}), units, "l"); });
    refused([&](Graph& g) { (void)nn::gru(g.input("x", {batch, 3, 4}), units, "l"); });
    refused([&](Graph& g) { (void)nn::conv2d(g.input("x", {batch, 8, 8, 4}), units, 3, "c"); });
    refused([&](Graph& g) { (void)nn::conv2d(g.input("x", {batch, 8, 8, 1}), 1, units, "c"); });
    refused([&](Graph& g) { (void)nn::embedding(g.input("x", {batch}, i32), units, 4, "e"); });
    refused([&](Graph& g) {
      (void)nn::transformer_block(g.input("x", {batch, 3, 4}), 1, "t", {.mlp_factor = units});
    });
    refused([&](Graph& g) { (void)g.parameter("p", {units, 4}); });
    refused([&](Graph& g) { (void)g.extent({units, 4}); });
  }
}

BOOST_AUTO_TEST_SUITE_END()
