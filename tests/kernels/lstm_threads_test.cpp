// A recurrent network gives the same bits on any number of threads, and keeps no more than it
// needs.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <vector>

#include "support/trained_on_threads.hpp"

namespace fg = foregraph;

namespace {

/// Parameters after some steps on `threads` threads: of all states, or of the last.
std::vector<float> trained(int threads, std::int64_t samples, std::int64_t units, bool of_last) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 6, 7});
  const auto states = fg::nn::lstm(x, units, "lstm");
  const auto h = of_last ? fg::last_step(states) : states;
  const fg::Model model{.loss = fg::mean(h * h), .outputs = {h}};
  return fg::test::trained_on_threads(threads, g, model, samples, 0.5);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lstm_threads, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(same_bits_for_any_number_of_threads) {
  struct Sizes {
    std::int64_t samples, units;
  };
  for (const auto& [samples, units] : {Sizes{33, 50}, {16, 64}, {9, 101}, {3, 5}, {1, 128}})
    for (const bool of_last : {false, true}) {
      const std::vector<float> one = trained(1, samples, units, of_last);
      for (const int threads : {2, 3}) {
        const std::vector<float> several = trained(threads, samples, units, of_last);
        BOOST_REQUIRE_EQUAL(one.size(), several.size());
        BOOST_TEST(std::memcmp(one.data(), several.data(), one.size() * sizeof(float)) == 0,
                   samples << " samples, " << units << " units, " << threads << " threads");
      }
    }
}

BOOST_AUTO_TEST_CASE(what_serves_derivatives_alone_is_gone_from_the_step) {
  fg::Graph g;
  const fg::Model model = fg::models::w7_lstm(g);
  fg::Trainer trainer{g, model, fg::optim::adam()};
  const fg::Graph& step = trainer.step_graph();
  int forward = 0;
  for (fg::NodeId id = 0; id < step.size(); ++id) {
    BOOST_TEST(!step.node(id).op->name.ends_with("_rule"));
    forward += step.node(id).op->name == "lstm" ? 1 : 0;
  }
  BOOST_TEST(forward == 1);
}

BOOST_AUTO_TEST_SUITE_END()
