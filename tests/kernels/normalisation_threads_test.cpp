// Normalisations and their gradients give the same bits on any number of threads.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

#include "support/sanitized.hpp"
#include "support/threads_check.hpp"

namespace fg = foregraph;

namespace {

/// The same numbers in f64, whose sums show the order in which they were formed: sums of f32 are
/// formed in double, and then rounded.
fg::test::Inputs in_double(fg::test::Inputs inputs) {
  for (fg::test::Input& input : inputs) input.dtype = fg::f64;
  return inputs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(normalisation_threads, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(batch_norm) {
  const std::vector<std::int64_t> sizes = fg::test::is_sanitized
                                              ? std::vector<std::int64_t>{16, 601}
                                              : std::vector<std::int64_t>{6, 16, 65, 301, 601};
  for (const std::int64_t channels : sizes) {
    const std::int64_t rows = 400'000 / channels + 3;
    const auto of_channels = [&](unsigned seed) {
      return fg::test::random_floats({channels}, seed, 0.5, 1.5);
    };
    const fg::test::Input x = fg::test::random_floats({rows, channels}, 1, 2, 5);
    const std::string what = "batch_norm of " + std::to_string(channels);
    const fg::test::Inputs inputs{x, of_channels(2), of_channels(3)};
    for (const fg::test::Inputs& of_one_type : {inputs, in_double(inputs)})
      fg::test::check_threads(
          what, [](fg::Graph&, const auto& in) { return fg::batch_norm(in[0], in[1], in[2]); },
          of_one_type);
    const std::vector<double> moments = fg::test::check_threads(
        "moments", [](fg::Graph&, const auto& in) { return fg::moments(in[0]); }, {x}, false);
    const auto n = static_cast<std::size_t>(channels);
    for (std::size_t c = 0; c < n; ++c) {
      double mean = 0;
      for (std::size_t i = c; i < x.values.size(); i += n) mean += x.values[i];
      mean /= static_cast<double>(rows);
      double variance = 0;
      for (std::size_t i = c; i < x.values.size(); i += n)
        variance += (x.values[i] - mean) * (x.values[i] - mean);
      fg::test::check_close(mean, moments[c], 3e-7, what + ", mean");
      fg::test::check_close(variance / static_cast<double>(rows), moments[n + c], 1e-6,
                            what + ", variance");
    }
  }
}

BOOST_AUTO_TEST_CASE(of_rows) {
  for (const std::int64_t count : {10, 256, 3001}) {
    const fg::Shape shape{300'000 / count + 5, count};
    const fg::test::Inputs inputs{fg::test::random_floats(shape, 1),
                                  fg::test::random_floats({count}, 2),
                                  fg::test::random_floats({count}, 3)};
    for (const fg::test::Inputs& of_one_type : {inputs, in_double(inputs)}) {
      fg::test::check_threads(
          "layer_norm of " + std::to_string(count),
          [](fg::Graph&, const auto& in) { return fg::layer_norm(in[0], in[1], in[2]); },
          of_one_type);
      fg::test::check_threads("rms_norm of " + std::to_string(count),
                              [](fg::Graph&, const auto& in) { return fg::rms_norm(in[0], in[1]); },
                              {of_one_type[0], of_one_type[1]});
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
