// Quotients and square roots are those of IEEE 754, bit for bit and on every processor: of the
// library's kernels, and of the vectors that users' ops and specialised loops compute with.
#include <array>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <foregraph/detail/kernels/user_kernel.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/reciprocal.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <limits>
#include <random>
#include <tuple>
#include <type_traits>
#include <vector>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

template <class T>
using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

template <class T>
struct Pairs {
  std::vector<T> x{};
  std::vector<T> y{};
};

/// Every pair of special values, numbers of every exponent, and numbers near each other.
template <class T>
Pairs<T> pairs() {
  using Limits = std::numeric_limits<T>;
  const std::array<T, 12> special{0,
                                  1,
                                  3,
                                  T(0.1),
                                  Limits::denorm_min(),
                                  Limits::denorm_min() * 12'345,
                                  Limits::min() / 3,
                                  Limits::min(),
                                  Limits::max(),
                                  std::sqrt(Limits::max()),
                                  Limits::infinity(),
                                  Limits::quiet_NaN()};
  Pairs<T> result;
  const auto add = [&](T x, T y) {
    result.x.push_back(x);
    result.y.push_back(y);
  };
  for (const T x : special)
    for (const T y : special)
      for (const T sign : {T(1), T(-1)}) add(sign * x, y), add(x, sign * y);
  std::mt19937_64 generator(17);
  for (int i = 0; i < 40'000; ++i) {
    T x = std::bit_cast<T>(static_cast<Bits<T>>(generator()));
    T y = std::bit_cast<T>(static_cast<Bits<T>>(generator()));
    // The bit that tells a quiet from a signalling NaN may change on the way to the op.
    if (std::isnan(x)) x = Limits::quiet_NaN();
    if (std::isnan(y)) y = Limits::quiet_NaN();
    add(x, y);
    std::uniform_real_distribution<T> near(T(0.25), T(4));
    add(near(generator), near(generator));
  }
  return result;
}

template <class T>
bool same(T expected, T actual) {
  if (std::isnan(expected)) return std::isnan(actual);
  return std::bit_cast<Bits<T>>(expected) == std::bit_cast<Bits<T>>(actual);
}

/// Requires that each value is that of `reference`, and names one that is not.
template <class T, class Reference>
void check(const Pairs<T>& operands, const std::vector<T>& values, const Reference& reference) {
  BOOST_REQUIRE(values.size() == operands.x.size());
  std::size_t wrong = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (same(reference(operands.x[i], operands.y[i]), values[i])) continue;
    ++wrong;
    last = i;
  }
  BOOST_TEST(wrong == 0U, wrong << " of " << values.size() << " differ, such as the one of "
                                << operands.x[last] << " and " << operands.y[last] << ": "
                                << values[last] << ", expected "
                                << reference(operands.x[last], operands.y[last]));
}

template <class T>
std::vector<T> by_library(const Pairs<T>& operands, const Function& f) {
  constexpr DType dtype = sizeof(T) == 4 ? f32 : f64;
  const auto count = static_cast<std::int64_t>(operands.x.size());
  const std::vector<double> x(operands.x.begin(), operands.x.end());
  const std::vector<double> y(operands.y.begin(), operands.y.end());
  const std::vector<double> found = evaluate(f, {{{count}, x, dtype}, {{count}, y, dtype}});
  std::vector<T> result;
  for (const double value : found) result.push_back(static_cast<T>(value));
  return result;
}

template <class T, class F>
std::vector<T> by_vectors(const Pairs<T>& operands, const F& f) {
  using V = kernels::NativeVectors::batch<T>;
  constexpr std::size_t width = V::size;
  std::vector<T> x = operands.x;
  std::vector<T> y = operands.y;
  x.resize((x.size() + width - 1) / width * width, T(1));
  y.resize(x.size(), T(1));
  std::vector<T> result(x.size());
  for (std::size_t i = 0; i < x.size(); i += width)
    f(V::load_unaligned(x.data() + i), V::load_unaligned(y.data() + i))
        .store_unaligned(result.data() + i);
  result.resize(operands.x.size());
  return result;
}

template <class T>
T quotient(T x, T y) {
  return x / y;
}
template <class T>
T root(T x, T) {
  return std::sqrt(x);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ieee_arithmetic)

using Floats = std::tuple<float, double>;

BOOST_AUTO_TEST_CASE_TEMPLATE(kernels_of_the_library, T, Floats) {
  const Pairs<T> operands = pairs<T>();
  const auto divide = [](Graph&, const auto& x) { return x[0] / x[1]; };
  const auto invert = [](Graph&, const auto& x) { return reciprocal(x[0]); };
  const auto take_root = [](Graph&, const auto& x) { return sqrt(x[0]); };
  check(operands, by_library(operands, divide), quotient<T>);
  check(operands, by_library(operands, invert), [](T x, T) { return T(1) / x; });
  check(operands, by_library(operands, take_root), root<T>);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(vectors_of_users_ops_and_specialised_loops, T, Floats) {
  const Pairs<T> operands = pairs<T>();
  check(operands, by_vectors(operands, [](auto x, auto y) { return x / y; }), quotient<T>);
  check(operands, by_vectors(operands, [](auto x, auto y) { return x /= y; }), quotient<T>);
  check(operands, by_vectors(operands, [](auto x, auto) { return sqrt(x); }), root<T>);
}

BOOST_AUTO_TEST_SUITE_END()
