#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include <foregraph/graph/error.hpp>
#include <foregraph/plan.hpp>

// Wrong uses of ops, each with the message it gets: the op, what is wrong, the operands' dtypes and
// shapes, what was expected, and the user's line.

using namespace foregraph;

namespace {

struct WrongUse {
  std::string message;  ///< its beginning: "[op] what: operands"
  std::function<void(Graph&)> use;
  int line;
};

/// Inputs of the graph at hand.
struct Inputs {
  Graph& g;
  int count = 0;
  Tensor operator()(Shape shape, DType dtype = f32) {
    return g.input(numbered("x", count++), shape, dtype);
  }
};

#define USE(message, ...)                \
  WrongUse {                             \
    message,                             \
        [](Graph& g) {                   \
          [[maybe_unused]] Inputs in{g}; \
          (void)(__VA_ARGS__);           \
        },                               \
        __LINE__                         \
  }

const std::vector<WrongUse>& all_wrong_uses() {
  static const std::vector<WrongUse> uses{
      // Elementwise: shapes and dtypes
      USE("[add] shapes do not broadcast: f32[batch,3] and f32[batch,4]",
          in({batch, 3}) + in({batch, 4})),
      USE("[multiply] dtypes differ: f32[batch,3] and i32[batch,3]",
          in({batch, 3}) * in({batch, 3}, i32)),
      USE("[pow] dtypes differ: f32[3] and f64[3]", pow(in({3}), in({3}, f64))),
      USE("[divide] the op is not defined for this dtype: i32[3]", in({3}, i32) / in({3}, i32)),
      USE("[maximum] shapes do not broadcast: f32[2,3] and f32[2]", maximum(in({2, 3}), in({2}))),
      USE("[subtract] the result's size would grow with the square of the batch: f32[batch,1] and "
          "f32[batch]",
          in({batch, 1}) - in({batch})),
      USE("[gelu] the op is not defined for this dtype: i32[3]", gelu(in({3}, i32))),
      USE("[sin] the op is not defined for this dtype: i64[3]", sin(in({3}, i64))),
      USE("[select] the op is not defined for this dtype: f32[3]",
          where(in({3}), in({3}), in({3}))),
      USE("[select] dtypes differ: bool[3] and f32[3]",
          where(in({3}, boolean), in({3}), in({3}, f64))),
      USE("[logical_and] the op is not defined for this dtype: f32[3]",
          logical_and(in({3}), in({3}))),
      USE("[clamp] dtypes differ: f32[3] and i32[3]", clamp(in({3}), in({3}, i32), 1.0)),
      USE("[greater] dtypes differ: f32[3] and i32[3]", in({3}) > in({3}, i32)),
  };
  return uses;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wrong_uses)

BOOST_AUTO_TEST_CASE(each_gets_the_message_that_names_it) {
  for (const WrongUse& wrong : all_wrong_uses()) {
    Graph g;
    std::string message;
    try {
      wrong.use(g);
    } catch (const GraphError& error) {
      message = error.what();
    }
    BOOST_CHECK_MESSAGE(message.starts_with(wrong.message),
                        "expected '" << wrong.message << "', got '" << message << "'");
    BOOST_CHECK_MESSAGE(message.find("; expected ") != std::string::npos,
                        "no way out in '" << message << "'");
    const std::string place = "wrong_uses_test.cpp:" + std::to_string(wrong.line) + ")";
    BOOST_CHECK_MESSAGE(message.ends_with(place), "'" << message << "' does not name " << place);
  }
}

BOOST_AUTO_TEST_CASE(there_are_at_least_sixty) {
  BOOST_TEST(all_wrong_uses().size() >= 60U);
}

BOOST_AUTO_TEST_SUITE_END()
