// NaN is never turned into a number on the way to the loss, where training looks for it: it goes
// through every op, from every operand, forwards and backwards.
// Lists the ops by what the last line of each op's file does here: hence apart from other files.
#include <vector>

namespace foregraph {
struct OpDef;
}
namespace not_a_number_cases {
inline std::vector<const foregraph::OpDef*>& listed_ops() {
  static std::vector<const foregraph::OpDef*> ops;
  return ops;
}
inline bool list(const foregraph::OpDef& op) {
  listed_ops().push_back(&op);
  return true;
}
}  // namespace not_a_number_cases

#define FOREGRAPH_JOIN_(a, b) a##b
#define FOREGRAPH_JOIN(a, b) FOREGRAPH_JOIN_(a, b)
#define FOREGRAPH_REGISTER_OP(op)                                              \
  [[maybe_unused]] static const bool FOREGRAPH_JOIN(is_listed_, __COUNTER__) = \
      ::not_a_number_cases::list(op);

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <set>
#include <string>

#include <foregraph/detail/compile/compile.hpp>

#include "ops/every_layer_op.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace not_a_number_cases {

const double no_number = std::nan("");

bool is_tested(const every_op::Operand& operand) {
  return operand.fixed.empty();
}
Inputs inputs_of(const every_op::Case& c, DType dtype) {
  Inputs inputs;
  unsigned seed = 1;
  for (const every_op::Operand& operand : c.operands) {
    const auto count = static_cast<std::size_t>(operand.shape.elements().at(1));
    const DType fixed = is_floating(operand.fixed_dtype) ? dtype : operand.fixed_dtype;
    if (is_tested(operand))
      inputs.push_back(
          {operand.shape, random_values(count, seed++, operand.low, operand.high), dtype});
    else
      inputs.push_back({operand.shape, operand.fixed, fixed});
  }
  return inputs;
}
std::vector<Tensor> declared(Graph& g, const Inputs& inputs) {
  std::vector<Tensor> x;
  for (const Input& input : inputs)
    x.push_back(g.input("x" + std::to_string(x.size()), input.shape, input.dtype));
  return x;
}
bool has_nan(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

/// The case's gradients by all its operands that have one, of sum(f(x) * c); c is the last input.
struct Backward {
  Graph g;
  Shape of_c{};
  std::vector<std::size_t> operands{};

  Backward(const every_op::Case& c, const Inputs& inputs) {
    const std::vector<Tensor> x = declared(g, inputs);
    const Tensor y = c.f(g, x);
    of_c = y.shape();
    const Tensor cotangent = g.input("c", of_c, y.dtype());
    std::vector<Tensor> wanted;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (is_tested(c.operands[i]) && c.operands[i].has_gradient) {
        wanted.push_back(x[i]);
        operands.push_back(i);
      }
    const Tensor loss = sum(y * cotangent);
    for (const Tensor& t : gradient(g, loss, wanted)) g.outputs.push_back(t.id);
  }
};

/// The names of the ops of a graph.
void add_names(const Graph& g, std::set<std::string>& names) {
  for (NodeId id = 0; id < g.size(); ++id) names.emplace(g.node(id).op->name);
}

}  // namespace not_a_number_cases

BOOST_AUTO_TEST_SUITE(not_a_number)

BOOST_AUTO_TEST_CASE(goes_through_every_op_from_every_operand) {
  using namespace not_a_number_cases;
  for (const DType dtype : {f32, f64})
    for (const every_op::Case& c : every_op::all_cases()) BOOST_TEST_CONTEXT(c.name) {
        Inputs inputs = inputs_of(c, dtype);
        BOOST_TEST(!has_nan(evaluate(c.f, inputs)), "without NaN");
        if (c.name.starts_with("random_uniform")) continue;  // takes only the shape of its operand
        for (std::size_t k = 0; k < inputs.size(); ++k) {
          if (!is_tested(c.operands[k])) continue;
          const std::size_t count = inputs[k].values.size();
          for (const std::size_t i : {std::size_t{0}, count / 2, count - 1}) {
            const double was = std::exchange(inputs[k].values[i], no_number);
            const std::vector<double> y = evaluate(c.f, inputs);
            inputs[k].values[i] = was;
            if (!c.is_elementwise) {
              BOOST_TEST(has_nan(y), "operand " << k << ", element " << i);
              continue;
            }
            for (std::size_t j = 0; j < y.size(); ++j)
              BOOST_TEST(std::isnan(y[j]) == (j == i), "operand " << k << ", element " << j);
          }
        }
      }
}

BOOST_AUTO_TEST_CASE(of_a_cotangent_goes_back_through_every_op) {
  using namespace not_a_number_cases;
  for (const DType dtype : {f32, f64})
    for (const every_op::Case& c : every_op::all_cases()) BOOST_TEST_CONTEXT(c.name) {
        if (!c.has_gradient) continue;
        Inputs inputs = inputs_of(c, dtype);
        const Backward back(c, inputs);
        const auto count = static_cast<std::size_t>(back.of_c.elements().at(1));
        const DType of_c = back.g.node(back.g.inputs.back()).dtype;
        inputs.push_back({back.of_c, std::vector<double>(count, 1), of_c});
        for (const auto& by : evaluate_outputs(back.g, inputs)) BOOST_TEST(!has_nan(by));
        inputs.back().values.assign(count, no_number);
        const auto gradients = evaluate_outputs(back.g, inputs);
        for (std::size_t k = 0; k < gradients.size(); ++k)
          BOOST_TEST(has_nan(gradients[k]), "operand " << back.operands[k]);
      }
}

// With a NaN operand an op that chooses, as maximum, does not hide a NaN cotangent either.
BOOST_AUTO_TEST_CASE(of_an_operand_reaches_its_gradient) {
  using namespace not_a_number_cases;
  for (const DType dtype : {f32, f64})
    for (const every_op::Case& c : every_op::all_cases()) BOOST_TEST_CONTEXT(c.name) {
        if (!c.has_gradient) continue;
        Inputs inputs = inputs_of(c, dtype);
        const Backward back(c, inputs);
        const auto count = static_cast<std::size_t>(back.of_c.elements().at(1));
        const DType of_c = back.g.node(back.g.inputs.back()).dtype;
        inputs.push_back({back.of_c, std::vector<double>(count, no_number), of_c});
        for (std::size_t k = 0; k < back.operands.size(); ++k) {
          const std::size_t operand = back.operands[k];
          const double was = std::exchange(inputs[operand].values[0], no_number);
          BOOST_TEST(has_nan(evaluate_outputs(back.g, inputs)[k]), "operand " << operand);
          inputs[operand].values[0] = was;
        }
      }
}

BOOST_AUTO_TEST_CASE(no_op_is_left_out) {
  using namespace not_a_number_cases;
  std::set<std::string> known{// Of no floating operand, or without floating results.
                              "iota", "one_hot", "logical_and", "logical_or", "logical_not",
                              "is_nan", "argmax", "argmin", "greater", "less", "equal", "not_equal",
                              "greater_equal", "less_equal",
                              // Chooses, as its first operand says.
                              "max_pool2d_gather"};
  for (const every_op::Case& c : every_op::all_cases()) {
    const Inputs inputs = inputs_of(c, f32);
    Graph g;
    g.outputs = {c.f(g, declared(g, inputs)).id};
    add_names(g, known);
    add_names(optimize(passes::resolve_mode(g, Mode::training)), known);
    if (c.has_gradient) add_names(Backward(c, inputs).g, known);
  }
  BOOST_TEST(listed_ops().size() > 130U);
  for (const OpDef* op : listed_ops())
    BOOST_TEST(known.count(std::string(op->name)) == 1U, op->name);
}

BOOST_AUTO_TEST_CASE(only_what_is_chosen_counts) {
  using namespace not_a_number_cases;
  for (const DType dtype : {f32, f64}) {
    const Input x{{4}, {1, no_number, 3, no_number}, dtype};
    const Input other{{4}, {no_number, 6, no_number, no_number}, dtype};
    const auto y = evaluate([](Graph&, const auto& in) { return select(in[0], in[1], in[2]); },
                            {{{4}, {1, 0, 1, 0}, boolean}, x, other});
    BOOST_TEST(y[0] == 1);
    BOOST_TEST(y[1] == 6);
    BOOST_TEST(y[2] == 3);
    BOOST_TEST(std::isnan(y[3]));
  }
}

BOOST_AUTO_TEST_CASE(compares_as_no_number_and_is_the_largest) {
  using namespace not_a_number_cases;
  for (const DType dtype : {f32, f64}) {
    const Inputs pair{{{3}, {no_number, 1, no_number}, dtype},
                      {{3}, {1, no_number, no_number}, dtype}};
    for (const OpDef* op : {&greater_op, &less_op, &equal_op, &greater_equal_op, &less_equal_op})
      for (const double y : evaluate(every_op::of(*op), pair)) BOOST_TEST(y == 0, op->name);
    for (const double y : evaluate(every_op::of(not_equal_op), pair)) BOOST_TEST(y == 1);
    // In rows and in columns, before, between and after numbers, the first NaN.
    for (const std::int64_t count : {3, 40})
      for (const std::int64_t at : {std::int64_t{0}, count / 2, count - 1}) {
        std::vector<double> values(static_cast<std::size_t>(count), 0.5);
        values[0] = 2;
        values[static_cast<std::size_t>(at)] = no_number;
        values.back() = at == 0 ? no_number : values.back();
        for (const Shape& shape : {Shape{1, count}, Shape{count, 1}}) {
          const int axis = shape[0].is_one() ? 1 : 0;
          const Input x{shape, values, dtype};
          const auto position = static_cast<double>(at);
          BOOST_TEST(evaluate([=](Graph&, const auto& in) { return argmax(in[0], axis); },
                              {x})[0] == position);
          BOOST_TEST(evaluate([=](Graph&, const auto& in) { return argmin(in[0], axis); },
                              {x})[0] == position);
          BOOST_TEST(evaluate([=](Graph&, const auto& in) { return top_k(in[0], 1, axis).indices; },
                              {x})[0] == position);
        }
      }
  }
}

BOOST_AUTO_TEST_SUITE_END()
