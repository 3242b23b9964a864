#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/shape/pad.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace pad_cases {

constexpr bool in_the_compiler() {
  Graph g;
  const Tensor x = g.input("x", {batch, 4});
  return pad(x, {{1, 2}, {0, 3}}).shape() == Shape{Dim{3, 1}, 7} &&
         pad(x, {{0, 0}, {1, 3}}, PadMode::reflect).shape() == Shape{batch, 8};
}
static_assert(in_the_compiler());

/// Where element `at` of the padded axis comes from; -1: the constant.
std::int64_t source(std::int64_t at, std::int64_t before, std::int64_t size, int mode) {
  const std::int64_t i = at - before;
  if (i >= 0 && i < size) return i;
  if (mode == 0) return -1;
  if (mode == 1) return i < 0 ? -i : 2 * (size - 1) - i;
  return i < 0 ? 0 : size - 1;
}

}  // namespace pad_cases

BOOST_AUTO_TEST_SUITE(pad_op_suite)

BOOST_AUTO_TEST_CASE(every_mode_and_dtype) {
  const PadWidth rows{2, 1};
  const PadWidth columns{3, 4};
  for (const int mode : {0, 1, 2})
    for (const DType dtype : {f32, f64, i32, i64, boolean}) {
      Input x{{2, 3, 5}, {}, dtype};
      for (int i = 0; i < 30; ++i) x.values.push_back(dtype == boolean ? i % 3 == 0 : i + 1);
      const std::vector<double> result = evaluate(
          [&](Graph&, const auto& in) {
            if (mode == 0) return pad(in[0], {{0, 0}, rows, columns}, 1);
            return pad(in[0], {{0, 0}, rows, columns},
                       mode == 1 ? PadMode::reflect : PadMode::edge);
          },
          {x});
      BOOST_TEST(result.size() == 2U * 6 * 12);
      for (std::int64_t i = 0; i < 2 * 6 * 12; ++i) {
        const std::int64_t r = pad_cases::source(i / 12 % 6, 2, 3, mode);
        const std::int64_t c = pad_cases::source(i % 12, 3, 5, mode);
        const double expected =
            r < 0 || c < 0 ? 1 : x.values[static_cast<std::size_t>(i / 72 * 15 + r * 5 + c)];
        BOOST_TEST(result[static_cast<std::size_t>(i)] == expected);
      }
    }
}

BOOST_AUTO_TEST_CASE(zeros_along_the_batch) {
  const std::vector<double> result = evaluate(
      [](Graph&, const auto& in) {
        return pad(in[0], {{1, 1}, {0, 1}});
      },
      {{{batch, 1}, {1, 2, 3}, f32}});
  const std::vector<double> expected{0, 0, 1, 0, 2, 0, 3, 0, 0, 0};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient(
      [](Graph&, const auto& x) {
        const Tensor y = pad(x[0], {{1, 0}, {2, 1}}, 0.5);
        return y * y * y;
      },
      {random_input({batch, 2}, 1)});
  for (const PadMode mode : {PadMode::reflect, PadMode::edge})
    check_gradient(
        [&](Graph&, const auto& x) {
          const Tensor y = pad(x[0], {{0, 0}, {2, 1}}, mode);
          return y * y * y;
        },
        {random_input({batch, 3}, 1)});
}

BOOST_AUTO_TEST_CASE(wrong_paddings_are_refused) {
  const auto refused = [](const Function& f, const std::string& what) {
    const std::string text = graph_error([&](Graph& g) { (void)f(g, {g.input("x", {batch, 3})}); });
    check_contains(text, "[pad] " + what);
    check_contains(text, "f32[batch,3]");
  };
  const std::string mismatch = "the padding does not match the tensor";
  refused([](Graph&, const auto& x) { return pad(x[0], {{1, 1}}); }, mismatch);
  refused([](Graph&, const auto& x) { return pad(x[0], {{1, 1}, {1, 1}, {1, 1}}); }, mismatch);
  refused([](Graph&, const auto& x) { return pad(x[0], {{0, 0}, {0, -1}}); }, mismatch);
  refused([](Graph&, const auto& x) { return pad(x[0], {{0, -1}, {0, 0}}); }, mismatch);
  refused([](Graph&, const auto& x) { return pad(x[0], {{1, 1}}, PadMode::edge); }, mismatch);
  refused(
      [](Graph&, const auto& x) {
        return pad(x[0], {{0, 0}, {-1, 0}}, PadMode::edge);
      },
      mismatch);
  const std::string reflects = "the padding reflects more elements than the axis has";
  refused(
      [](Graph&, const auto& x) {
        return pad(x[0], {{0, 0}, {3, 0}}, PadMode::reflect);
      },
      reflects);
  refused(
      [](Graph&, const auto& x) {
        return pad(x[0], {{1, 0}, {0, 0}}, PadMode::reflect);
      },
      reflects);
  refused(
      [](Graph&, const auto& x) {
        return pad(x[0], {{1, 0}, {0, 0}}, PadMode::edge);
      },
      "the padding repeats the edge of an axis that depends on the batch");
}

BOOST_AUTO_TEST_SUITE_END()
