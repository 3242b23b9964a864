#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/basic/cast.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(cast_op)

namespace cast_test {
std::vector<double> converted(const Input& x, DType to) {
  return evaluate([to](Graph&, const auto& in) { return cast(in[0], to); }, {x});
}
}  // namespace cast_test

BOOST_AUTO_TEST_CASE(every_pair_of_dtypes) {
  const std::vector<double> values{-2.75, 0, 1, 3.5, 100};
  const std::vector<double> whole{-2, 0, 1, 3, 100};
  const std::vector<double> truth{1, 0, 1, 1, 1};
  for (const DType from : {f32, f64, i32, i64, boolean})
    for (const DType to : {f32, f64, i32, i64, boolean}) {
      const auto result = cast_test::converted({{5}, values, from}, to);
      const auto& expected = from == boolean || to == boolean       ? truth
                             : is_floating(from) && is_floating(to) ? values
                                                                    : whole;
      BOOST_TEST((result == expected), name_of(from) << " to " << name_of(to));
    }
}

BOOST_AUTO_TEST_CASE(every_length) {
  for (const std::int64_t length : {1, 15, 17, 1100}) {
    const Input x = random_input({length}, 1, -1000, 1000);
    const auto whole = cast_test::converted(x, i64);
    const auto narrow = cast_test::converted(x, f32);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      BOOST_TEST(whole[i] == std::trunc(x.values[i]));
      BOOST_TEST(narrow[i] == static_cast<double>(static_cast<float>(x.values[i])));
    }
  }
}

BOOST_AUTO_TEST_CASE(out_of_range_and_no_number) {
  for (const DType from : {f32, f64}) {
    const Input x{{4}, {1e30, -INFINITY, std::nan(""), -1e30}, from};
    BOOST_TEST((cast_test::converted(x, i32) ==
                std::vector<double>{2147483647, -2147483648.0, 0, -2147483648.0}));
    const double most = 9223372036854775808.0;
    BOOST_TEST((cast_test::converted(x, i64) == std::vector<double>{most, -most, 0, -most}));
    BOOST_TEST((cast_test::converted(x, boolean) == std::vector<double>{1, 1, 1, 1}));
  }
  const Input wide{{2}, {4294967297.0, -1}, i64};
  BOOST_TEST((cast_test::converted(wide, i32) == std::vector<double>{1, -1}));
}

BOOST_AUTO_TEST_CASE(the_gradient_goes_back_between_floating_dtypes_only) {
  const Inputs inputs{{{3}, {1.5, -0.5, 2}}};
  const auto through = [&inputs](DType dtype) {
    return evaluate(
        [dtype](Graph& g, const auto& x) {
          const Tensor other = cast(x[0] * x[0], dtype);
          const Tensor back = cast(other, f64);
          return gradient(g, sum(back + x[0]), {x[0]})[0];
        },
        inputs);
  };
  BOOST_TEST((through(f32) == std::vector<double>{4, 0, 5}));
  BOOST_TEST((through(i32) == std::vector<double>{1, 1, 1}));
  BOOST_TEST((through(boolean) == std::vector<double>{1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(the_same_dtype_is_the_tensor_itself) {
  Graph g;
  const Tensor x = g.input("x", {3}, i32);
  BOOST_TEST(cast(x, i32).id == x.id);
}

BOOST_AUTO_TEST_CASE(works_in_the_compiler) {
  static constexpr auto f = [] {
    Graph g;
    const Tensor w = g.parameter("w", {3});
    const Tensor wide = cast(w, f64);
    const Tensor inside = cast(wide, boolean);
    const Tensor counted = cast(inside, f64);
    const Tensor loss = sum(wide * counted);
    return gradient(g, loss, {w})[0].dtype() == f32 && !g.first_fault;
  };
  static_assert(f());
}

BOOST_AUTO_TEST_CASE(faults) {
  check_contains(graph_error([](Graph&) { (void)cast(Tensor{}, f64); }), "[cast]");
}

BOOST_AUTO_TEST_SUITE_END()
