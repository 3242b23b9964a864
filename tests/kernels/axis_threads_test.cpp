// Ops along an axis, such as softmax, and ops that move elements give the same bits on any number
// of threads, and so do their gradients.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

#include "support/threads_check.hpp"

namespace fg = foregraph;
using fg::test::check_threads;
using fg::test::random_floats;
using fg::test::random_indices;

BOOST_AUTO_TEST_SUITE(axis_threads, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(softmax_and_losses) {
  for (const int axis : {-1, 1}) {
    const fg::test::Input x = random_floats({60, 70, 21}, 1);
    const std::string name = ", axis " + std::to_string(axis);
    check_threads("softmax" + name,
                  [&](fg::Graph&, const auto& in) { return fg::softmax(in[0], axis); }, {x});
    check_threads("log_softmax" + name,
                  [&](fg::Graph&, const auto& in) { return fg::log_softmax(in[0], axis); }, {x});
  }
  const fg::test::Input logits = random_floats({1001, 67}, 2);
  for (const double smoothing : {0.0, 0.1})
    check_threads("softmax_cross_entropy",
                  [&](fg::Graph&, const auto& in) {
                    return fg::nn::softmax_cross_entropy_smoothed(in[0], in[1], smoothing);
                  },
                  {logits, random_indices({1001}, 3, 67)});
  check_threads("softmax_cross_entropy_with_probabilities",
                [](fg::Graph&, const auto& in) {
                  return fg::nn::softmax_cross_entropy_with_probabilities(in[0], in[1]);
                },
                {logits, random_floats({1001, 67}, 4, 0, 1)});
}

BOOST_AUTO_TEST_CASE(an_index_out_of_range_is_named_the_same) {
  const auto message = [](int threads) -> std::string {
    fg::Graph g;
    const fg::Tensor x = g.input("x", {40'000, 4});
    const fg::Tensor labels = g.input("labels", {40'000}, fg::i32);
    g.outputs.push_back(fg::nn::softmax_cross_entropy(x, labels).id);
    fg::test::Input bad = random_indices({40'000}, 1, 4);
    bad.values[17'777] = 4;
    bad.values[33'333] = 5;
    try {
      fg::test::evaluate_outputs(g, {random_floats({40'000, 4}, 1), bad}, fg::Mode::training, 3,
                                 threads);
    } catch (const fg::DataError& error) {
      return error.what();
    }
    return {};
  };
  fg::test::check_contains(message(1), "17777");
  BOOST_TEST(message(1) == message(2));
  BOOST_TEST(message(1) == message(3));
}

BOOST_AUTO_TEST_CASE(gathers_and_scatters) {
  struct Case {
    std::vector<std::int64_t> sizes;  ///< outer, entries, inner
    std::int64_t count;               ///< of the indices
  };
  for (const Case& c : {Case{{1, 501, 130}, 2'001}, {{1, 500, 5}, 70'001}, {{301, 40, 9}, 77}}) {
    const std::int64_t outer = c.sizes[0];
    const std::int64_t entries = c.sizes[1];
    const std::int64_t inner = c.sizes[2];
    const auto x = random_floats({outer, entries, inner}, 1);
    const auto indices = random_indices({c.count}, 2, entries);
    const std::vector<double> y = check_threads(
        "gather", [](fg::Graph&, const auto& in) { return fg::gather(in[0], in[1], 1); },
        {x, indices});
    std::size_t wrong = 0;
    std::size_t e = 0;
    for (std::int64_t o = 0; o < outer; ++o)
      for (const double index : indices.values)
        for (std::int64_t k = 0; k < inner; ++k) {
          const std::int64_t at = (o * entries + static_cast<std::int64_t>(index)) * inner + k;
          wrong += y[e++] != static_cast<float>(x.values[static_cast<std::size_t>(at)]) ? 1 : 0;
        }
    BOOST_TEST(wrong == 0U);
    const auto updates = random_floats({outer, c.count, inner}, 3);
    const std::vector<double> sums = check_threads(
        "scatter_add",
        [&](fg::Graph&, const auto& in) { return fg::scatter_add(entries, in[0], in[1], 1); },
        {indices, updates});
    std::vector<float> expected(sums.size(), 0.0F);
    e = 0;
    for (std::int64_t o = 0; o < outer; ++o)
      for (const double index : indices.values)
        for (std::int64_t k = 0; k < inner; ++k) {
          const std::int64_t at = (o * entries + static_cast<std::int64_t>(index)) * inner + k;
          expected[static_cast<std::size_t>(at)] += static_cast<float>(updates.values[e++]);
        }
    for (std::size_t i = 0; i < sums.size(); ++i) wrong += sums[i] != expected[i] ? 1 : 0;
    BOOST_TEST(wrong == 0U);
  }
}

BOOST_AUTO_TEST_CASE(taken_along_an_axis) {
  constexpr std::int64_t n = 301;
  const auto x = random_floats({n, n}, 1);
  const auto indices = random_indices({n, n}, 2, n);
  for (const int axis : {0, 1}) {
    const std::vector<double> y = check_threads(
        "take_along_axis",
        [axis](fg::Graph&, const auto& in) { return fg::take_along_axis(in[0], in[1], axis); },
        {x, indices});
    std::size_t wrong = 0;
    for (std::size_t e = 0; e < y.size(); ++e) {
      const auto index = static_cast<std::size_t>(indices.values[e]);
      const std::size_t at = axis == 0 ? index * n + e % n : e / n * n + index;
      wrong += y[e] != static_cast<float>(x.values[at]) ? 1 : 0;
    }
    BOOST_TEST(wrong == 0U);
  }
}

BOOST_AUTO_TEST_CASE(copies) {
  const fg::test::Input x = random_floats({37, 61, 103}, 1);
  check_threads(
      "concat and slices",
      [](fg::Graph&, const auto& in) {
        return fg::concat({fg::slice(in[0], 1, 3, 50), fg::slice(in[0], 1, 0, 61, 2), in[0]}, 1);
      },
      {x});
  check_threads("pad and flip",
                [](fg::Graph&, const auto& in) {
                  return fg::flip(fg::flip(fg::pad(in[0], {{1, 2}, {0, 0}, {3, 1}}, 0.5), 0), 2);
                },
                {x});
  check_threads("tile", [](fg::Graph&, const auto& in) { return fg::tile(in[0], 3, 1); }, {x});
  check_threads("triangles",
                [](fg::Graph&, const auto& in) { return fg::tril(in[0], 3) * fg::triu(in[0], -5); },
                {x});
  check_threads("upsampling",
                [](fg::Graph&, const auto& in) {
                  return fg::upsample_nearest2d(in[0], 2, 3) +
                         fg::upsample_bilinear2d(in[0], 22, 39);
                },
                {random_floats({9, 11, 13, 40}, 1)});
}

BOOST_AUTO_TEST_CASE(along_an_axis) {
  for (const int axis : {0, 1, 2}) {
    const fg::test::Input x = random_floats({67, 61, 43}, 1, 0.9, 1.1);
    check_threads("cumsum", [axis](fg::Graph&, const auto& in) { return fg::cumsum(in[0], axis); },
                  {x});
    check_threads("reduce_prod",
                  [axis](fg::Graph&, const auto& in) { return fg::reduce_prod(in[0], {axis}); },
                  {x});
    check_threads(
        "argmax", [axis](fg::Graph&, const auto& in) { return fg::argmax(in[0], axis); }, {x},
        false);
    check_threads(
        "top_k", [axis](fg::Graph&, const auto& in) { return fg::top_k_indices(in[0], 3, axis); },
        {x}, false);
  }
  check_threads(
      "one_hot", [](fg::Graph&, const auto& in) { return fg::one_hot(in[0], 50); },
      {random_indices({5001}, 1, 50)}, false);
  check_threads(
      "cast", [](fg::Graph&, const auto& in) { return fg::cast(in[0], fg::i32); },
      {random_floats({300'001}, 1, -100, 100)}, false);
}

BOOST_AUTO_TEST_SUITE_END()
