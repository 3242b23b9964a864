// NaN and zeros in regions that are built at run time and in the compiler: a NaN gradient is not
// clipped to a number, and where a logarithm is not chosen it has no gradient.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <foregraph/foregraph.hpp>
#include <limits>
#include <string>
#include <vector>

namespace fg = foregraph;

namespace special_values {

constexpr std::int64_t width = 37;  // whole vectors and a rest
constexpr std::size_t bad = 5;      // in the vectors
constexpr std::size_t last = 36;    // in the rest

constexpr auto model = [](fg::Graph& g) {
  const auto x = g.input("x", {fg::batch, width});
  const auto w = g.parameter("w", {width});
  const auto v = g.parameter("v", {width});
  const auto bounded = fg::minimum(fg::maximum(fg::clamp(x * w, -9.0, 9.0), -8.0), 8.0);
  // At 0 the slope is inf - inf.
  const auto root = 10.0 * (fg::sqrt(bounded) - fg::sqrt(2.0 * bounded));
  const auto logarithm = fg::select(fg::greater(v, 0.0), fg::log(v), 0.0);
  const auto y = root + logarithm;
  return fg::Model{.loss = fg::sum(y), .outputs = {y}};
};
constexpr auto optimizer = [] { return fg::optim::clip_by_value(fg::optim::sgd(0.5), 1); };

/// After a step with zeros in two columns of w, whose gradients are NaN, and with zeros and
/// negative numbers in v.
template <class Trainer>
void check(Trainer& trainer, const std::string& name) {
  BOOST_TEST_CONTEXT(name) {
    trainer.prepare(2);
    const auto x = trainer.template input<float>("x");
    for (float& value : x) value = 1;
    const auto w = trainer.template variable<float>("w");
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = i == bad || i == last ? 0.0F : 1.0F;
    const auto v = trainer.template variable<float>("v");
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = i % 3 == 0 ? 0.0F : i % 3 == 1 ? -1.0F : 4.0F;
    trainer.step();
    BOOST_TEST(std::isfinite(trainer.loss()));
    for (std::size_t i = 0; i < w.size(); ++i) {
      if (i == bad || i == last)
        BOOST_TEST(std::isnan(w[i]), "w " << i << " is " << w[i]);
      else
        BOOST_TEST(w[i] == 1.5F, "w " << i << " is " << w[i]);  // of -4.1 the clip leaves -1
      const float expected = i % 3 == 0 ? 0.0F : i % 3 == 1 ? -1.0F : 3.75F;  // 2 samples of 1/4
      BOOST_TEST(v[i] == expected, "v " << i << " is " << v[i]);
    }
  }
}

}  // namespace special_values

BOOST_AUTO_TEST_SUITE(special_values_in_regions)

BOOST_AUTO_TEST_CASE(in_the_program_and_in_the_compiler) {
  fg::Graph g;
  const fg::Model m = special_values::model(g);
  fg::Trainer interpreted{g, m, special_values::optimizer()};
  special_values::check(interpreted, "at run time");
  fg::Trainer<special_values::model> specialised{special_values::optimizer()};
  special_values::check(specialised, "specialised");
  BOOST_TEST(specialised.program().specialised_regions() > 0);
}

BOOST_AUTO_TEST_SUITE_END()
