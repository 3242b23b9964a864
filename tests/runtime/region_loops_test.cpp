// Loops made for the arithmetic of a region: the same bits as interpreted step by step.
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/kernels/loop_code.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <foregraph/foregraph.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/op_check.hpp"

namespace fg = foregraph;

namespace {

/// All outputs of `graph` for `count` samples; inputs are of both signs, and some NaN or infinite.
/// Which NaN a NaN is depends on the order of operands, so all count as one.
std::vector<std::uint64_t> outputs_of(const fg::Graph& graph, std::int64_t count, unsigned seed,
                                      bool loops) {
  fg::Program program(graph.clone(), fg::plan_memory(graph, count), {}, loops);
  BOOST_TEST(program.has_loops() == loops);
  const fg::Plan& plan = program.plan();
  const fg::Arena variables(static_cast<std::size_t>(plan.variables_bytes));
  const fg::Arena inputs(static_cast<std::size_t>(plan.inputs_bytes()));
  const fg::Arena transient(static_cast<std::size_t>(plan.transient_bytes));
  program.attach(variables.data(), inputs.data(), transient.data());
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-2, 2);
  const double special[] = {0.0,
                            -0.0,
                            1.0,
                            std::numeric_limits<double>::quiet_NaN(),
                            std::numeric_limits<double>::infinity(),
                            -std::numeric_limits<double>::infinity()};
  for (const fg::NodeId id : graph.inputs) {
    std::vector<double> values;
    const std::int64_t elements = graph.node(id).shape.elements().at(count);
    for (std::int64_t i = 0; i < elements; ++i)
      values.push_back(random() % 16 == 0 ? special[random() % std::size(special)]
                                          : uniform(random));
    fg::test::store(program.address_of(id), graph.node(id).dtype, values);
  }
  program.run();
  std::vector<std::uint64_t> bits;
  for (const fg::NodeId id : graph.outputs) {
    const fg::Node& node = graph.node(id);
    for (const double v :
         fg::test::fetch(program.address_of(id), node.dtype, node.shape.elements().at(count)))
      bits.push_back(std::isnan(v) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(v));
  }
  return bits;
}

void check_same_bits(const fg::Graph& graph, unsigned seed) {
  for (const std::int64_t count : {1, 5, 16, 63, 64, 65, 1000, 3001})
    BOOST_TEST((outputs_of(graph, count, seed, true) == outputs_of(graph, count, seed, false)),
               count << " samples");
}

fg::Tensor apply(std::size_t op, fg::Tensor a, fg::Tensor b, fg::Tensor c) {
  switch (op) {
    case 0:
    case 1:
      return a + b;
    case 2:
    case 3:
      return a - b;
    case 4:
    case 5:
    case 6:
      return a * b;
    case 7:
      return a / b;
    case 8:
      return fg::maximum(a, b);
    case 9:
      return fg::minimum(a, b);
    case 10:
      return fg::sqrt(fg::abs(a));
    case 11:
      return fg::square(a);
    case 12:
      return -a;
    case 13:
      return fg::relu(a);
    case 14:
      return fg::select(fg::greater(a, b), c, a);
    case 15:
      return fg::select(fg::less(a, b), c, 0.5);
    case 16:
      return a * 1.5 + 0.25;
    case 17:
      return fg::zero_or_product(a, b);
    case 18:
      return fg::zero_or_quotient(a, b);
    case 19:
      return fg::select(fg::greater_equal(a, b), c, a);
    case 20:
      return fg::select(fg::less_equal(a, b), b, c);
    case 21:
      return fg::select(fg::equal(a, b), c, b);
    default:
      return fg::tanh(a);  // not arithmetic: between two loops
  }
}
constexpr std::size_t ops = 23;

/// An expression of random ops on what came before, rather what came last.
fg::Graph random_graph(unsigned seed, fg::DType dtype) {
  std::mt19937 random(seed);
  fg::Graph g;
  std::vector<fg::Tensor> values;
  for (const char* name : {"x", "y", "z"}) values.push_back(g.input(name, {fg::batch, 3}, dtype));
  values.push_back(fg::broadcast_to(g.input("row", {3}, dtype), {fg::batch, 3}));
  values.push_back(fg::broadcast_to(g.input("one", {1}, dtype), {fg::batch, 3}));
  const std::size_t length = 3 + random() % 40;
  const auto any = [&] {
    const std::size_t back = random() % 3 == 0 ? random() % values.size() : random() % 4;
    return values[values.size() - 1 - back];
  };
  for (std::size_t i = 0; i < length; ++i) {
    const std::size_t op = random() % ops;
    const fg::Tensor a = any();
    const fg::Tensor b = any();
    values.push_back(apply(op, a, b, any()));
  }
  g.outputs = {values.back().id};
  for (int i = 0; i < 3; ++i) g.outputs.push_back(values[5 + random() % length].id);
  return g;
}

/// On processors without a compiler of loops, or if it is turned off, there is nothing to compare.
boost::test_tools::assertion_result has_loops(boost::unit_test::test_unit_id) {
  return fg::LoopCode::is_available();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(region_loops)

BOOST_AUTO_TEST_CASE(random_expressions_have_the_same_bits,
                     *boost::unit_test::precondition(has_loops)) {
  const unsigned seed = std::random_device{}();
  for (unsigned i = 0; i < 60; ++i) BOOST_TEST_CONTEXT("seed " << seed + i) {
      check_same_bits(random_graph(seed + i, i % 2 == 0 ? fg::f32 : fg::f64), seed + i);
    }
}

BOOST_AUTO_TEST_CASE(each_op_has_the_same_bits, *boost::unit_test::precondition(has_loops)) {
  for (const fg::DType dtype : {fg::f32, fg::f64})
    for (std::size_t first = 0; first < ops; ++first)
      for (std::size_t second = 0; second < ops; ++second) {
        fg::Graph g;
        const fg::Tensor x = g.input("x", {fg::batch}, dtype);
        const fg::Tensor y = g.input("y", {fg::batch}, dtype);
        const fg::Tensor z = g.input("z", {fg::batch}, dtype);
        const fg::Tensor a = apply(first, x, y, z);
        g.outputs = {apply(second, a, y, x).id, apply(second, z, a, a).id};
        BOOST_TEST_CONTEXT("ops " << first << " and " << second)
        BOOST_TEST((outputs_of(g, 77, 1, true) == outputs_of(g, 77, 1, false)));
      }
}

// More values at once than there are registers: the loop is cut in several.
BOOST_AUTO_TEST_CASE(more_values_than_registers, *boost::unit_test::precondition(has_loops)) {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch});
  const fg::Tensor y = g.input("y", {fg::batch});
  std::vector<fg::Tensor> values;
  for (int i = 0; i < 70; ++i) values.push_back(fg::maximum(x * (i + 0.5), y));
  fg::Tensor total = values[0];
  for (int i = 69; i > 0; --i) total = fg::minimum(total, values[static_cast<std::size_t>(i)] / y);
  g.outputs = {total.id};
  check_same_bits(g, 5);
}

// The sum takes over x's memory, which is read again after it; so does a value that is read at
// another place in the same loop.
BOOST_AUTO_TEST_CASE(results_that_lie_where_operands_were,
                     *boost::unit_test::precondition(has_loops)) {
  fg::Graph g;
  const fg::Tensor a = g.input("a", {fg::batch, 8});
  const fg::Tensor w = g.input("w", {8, 8});
  const fg::Tensor x = fg::matmul(a, w);
  const fg::Tensor y = fg::matmul(x, w);
  const fg::Tensor sum = x + y;
  const fg::Tensor product = (sum - x) * y;
  const fg::Tensor z = fg::matmul(sum, w) + fg::matmul(product, w);
  g.outputs = {z.id};
  check_same_bits(g, 9);
}

BOOST_AUTO_TEST_CASE(the_environment_says_whether_loops_are_compiled) {
  BOOST_TEST(fg::LoopCode::is_wanted(nullptr));
  BOOST_TEST(fg::LoopCode::is_wanted(""));
  BOOST_TEST(fg::LoopCode::is_wanted("compiled"));
  BOOST_TEST(!fg::LoopCode::is_wanted("interpreted"));
  try {
    (void)fg::LoopCode::is_wanted("yes");
    BOOST_ERROR("nothing was thrown");
  } catch (const fg::UsageError& e) {
    BOOST_TEST(std::string(e.what()).find(
                   "FOREGRAPH_LOOPS is 'yes', expected 'compiled' or 'interpreted'; unset it") ==
               0U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
