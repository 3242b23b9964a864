#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/graph/kernel.hpp>
#include <foregraph/plan.hpp>

#include "graph/checks.hpp"

namespace fg = foregraph;

namespace {

/// "file:line)", as the end of a message has it.
std::string here(int line) {
  return std::string(__FILE__) + ':' + std::to_string(line) + ')';
}

fg::Fault fault_of(fg::Fault (*model)()) {
  return model();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fault)

BOOST_AUTO_TEST_CASE(describe_says_op_operands_expectation_and_place) {
  const fg::Fault both{&fg::fault::dtypes_differ, &fg::add_op, {"model.cpp", 22}, 2,
                       fg::Shape{fg::batch, 784}, fg::Shape{}, fg::f32,           fg::i64};
  BOOST_TEST(fg::describe(both) ==
             "[add] dtypes differ: f32[batch,784] and i64[]; expected operands of the same dtype; "
             "convert with cast(), as nothing is converted implicitly (model.cpp:22)");
  const fg::Fault one{&fg::fault::dimension_is_not_positive, nullptr, {}, 1, fg::Shape{0}};
  BOOST_TEST(fg::describe(one) ==
             "a dimension is below 1: f32[0]; expected dimensions of at least 1");
}

BOOST_AUTO_TEST_CASE(matmul_names_both_shapes_and_the_users_line) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 784});
  const auto w = g.parameter("w", {512, 10});
  const int line = __LINE__ + 1;
  const auto wrong = [&] { (void)fg::matmul(x, w); };
  BOOST_CHECK_EXCEPTION(wrong(), fg::GraphError,
                        says("[matmul] inner dimensions differ: f32[batch,784] and f32[512,10]; "
                             "expected the last dimension of the first operand equal to",
                             here(line)));
  BOOST_CHECK_EXCEPTION((void)fg::matmul(x, g.input("v", {784})), fg::GraphError,
                        says("[matmul] an operand is not a matrix: f32[batch,784] and f32[784]",
                             "rank 2; reshape them"));
  BOOST_CHECK_EXCEPTION((void)fg::matmul(x, g.parameter("d", {784, 10}, {}, fg::f64)),
                        fg::GraphError,
                        says("[matmul] dtypes differ: f32[batch,784] and f64[784,10]"));
  BOOST_CHECK_NO_THROW((void)fg::matmul(x, g.parameter("t", {10, 784}), {false, true}));
}

BOOST_AUTO_TEST_CASE(broadcasting_names_both_shapes_and_the_users_line) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 10});
  const auto w = g.parameter("w", {3});
  const int line = __LINE__ + 1;
  const auto wrong = [&] { (void)(x + w); };
  BOOST_CHECK_EXCEPTION(wrong(), fg::GraphError,
                        says("[add] shapes do not broadcast: f32[batch,10] and f32[3]; expected "
                             "dimensions that are equal or 1 when aligned at the last axis",
                             here(line)));
  BOOST_CHECK_EXCEPTION((void)fg::broadcast_to(x, {fg::batch, 11}), fg::GraphError,
                        says("[broadcast] shapes do not broadcast: f32[batch,10]"));
}

BOOST_AUTO_TEST_CASE(a_size_growing_with_the_square_of_the_batch_is_refused) {
  fg::Graph g;
  const auto column = g.input("prediction", {fg::batch, 1});
  const auto row = g.input("target", {fg::batch});
  BOOST_CHECK_EXCEPTION((void)(column - row), fg::GraphError,
                        says("[subtract] the result's size would grow with the square of the batch:"
                             " f32[batch,1] and f32[batch]; expected at most one dimension",
                             "reshape one to the other's shape"));
  BOOST_CHECK_EXCEPTION((void)fg::matmul(column, column, {false, true}), fg::GraphError,
                        says("[matmul] the result's size would grow with the square of the batch"));
  BOOST_CHECK_EXCEPTION((void)fg::nn::mean_squared_error(column, row), fg::GraphError,
                        says("[subtract] shapes differ: f32[batch,1] and f32[batch]"));
}

BOOST_AUTO_TEST_CASE(shapes_of_leaves_are_checked) {
  fg::Graph g;
  const int line = __LINE__ + 1;
  const auto wrong = [&] { (void)g.input("x", {fg::batch, 0}); };
  BOOST_CHECK_EXCEPTION(wrong(), fg::GraphError,
                        says("[input] a dimension is below 1: f32[batch,0]", here(line)));
  BOOST_CHECK_EXCEPTION(g.input("x", {fg::Dim{-3}}), fg::GraphError, says("below 1: f32[-3]"));
  BOOST_CHECK_EXCEPTION(g.input("x", {1, 1, 1, 1, 1, 1, 1}), fg::GraphError,
                        says("[input] the rank is above 6", "at most 6 axes"));
  BOOST_CHECK_EXCEPTION(
      g.parameter("w", {1 << 30, 1 << 30, 1 << 30}), fg::GraphError,
      says("[variable] the number of elements does not fit in 64 bits: f32[1073741824,"));
  BOOST_CHECK_EXCEPTION(g.parameter("w", {fg::batch, 3}), fg::GraphError,
                        says("[variable] a parameter's shape depends on the batch: f32[batch,3]; "
                             "expected a shape of constant dimensions"));
  BOOST_TEST(g.size() == 0);
}

BOOST_AUTO_TEST_CASE(ops_say_what_else_they_do_not_take) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 10});
  const auto n = g.input("n", {fg::batch, 10}, fg::i32);
  BOOST_CHECK_EXCEPTION((void)fg::add(x, n), fg::GraphError,
                        says("[add] dtypes differ: f32[batch,10] and i32[batch,10]"));
  BOOST_CHECK_EXCEPTION((void)fg::sigmoid(n), fg::GraphError,
                        says("[sigmoid] the op is not defined for this dtype: i32[batch,10]"));
  BOOST_CHECK_EXCEPTION((void)fg::select(x, x, x), fg::GraphError,
                        says("[select] the op is not defined for this dtype: f32[batch,10]"));
  BOOST_CHECK_EXCEPTION(
      (void)fg::reshape(x, {fg::batch, 11}), fg::GraphError,
      says("[reshape] the numbers of elements differ: f32[batch,10]", "at every batch size"));
  BOOST_CHECK_EXCEPTION((void)fg::reshape(x, {320}), fg::GraphError,
                        says("[reshape] the numbers of elements differ"));
  BOOST_CHECK_EXCEPTION((void)fg::sum(x, {2}), fg::GraphError,
                        says("[sum] an axis is out of range: f32[batch,10]", "each at most once"));
  BOOST_CHECK_EXCEPTION((void)fg::sum(x, {1, -1}), fg::GraphError,
                        says("[sum] an axis is out of range"));
  BOOST_CHECK_EXCEPTION((void)fg::transpose(g.input("v", {fg::batch})), fg::GraphError,
                        says("[transpose] an operand has the wrong rank: f32[batch]"));
  BOOST_CHECK_EXCEPTION((void)fg::nn::dense(g.input("i", {fg::batch, 28, 28}), 10, "d"),
                        fg::GraphError, says("an operand is not a matrix: f32[batch,28,28]"));
}

BOOST_AUTO_TEST_CASE(labels_are_one_integer_per_row) {
  fg::Graph g;
  const auto logits = g.input("x", {fg::batch, 10});
  const auto loss = [&](fg::Shape shape, fg::DType dtype) {
    fg::Graph other = g.clone();
    const auto label = other.input("label", shape, dtype);
    (void)fg::nn::softmax_cross_entropy({&other, logits.id}, label);
  };
  BOOST_CHECK_NO_THROW(loss({fg::batch}, fg::i32));
  BOOST_CHECK_NO_THROW(loss({fg::batch}, fg::i64));
  BOOST_CHECK_EXCEPTION(loss({fg::batch, 10}, fg::i32), fg::GraphError,
                        says("[softmax_cross_entropy] labels do not match the logits: "
                             "f32[batch,10] and i32[batch,10]; expected logits f[batch,classes] "
                             "with labels i32[batch] or i64[batch]"));
  BOOST_CHECK_EXCEPTION(loss({fg::batch}, fg::f32), fg::GraphError,
                        says("f32[batch,10] and f32[batch];"));
  BOOST_CHECK_EXCEPTION(loss({32}, fg::i32), fg::GraphError, says("f32[batch,10] and i32[32];"));
}

BOOST_AUTO_TEST_CASE(tensors_of_another_graph_or_of_none_are_refused) {
  fg::Graph g;
  fg::Graph other;
  const auto x = g.input("x", {fg::batch, 10});
  const auto y = other.input("x", {fg::batch, 10});
  BOOST_CHECK_EXCEPTION((void)fg::add(x, y), fg::GraphError,
                        says("[add] an operand belongs to another graph"));
  BOOST_CHECK_EXCEPTION((void)fg::matmul(x, y), fg::GraphError,
                        says("[matmul] an operand belongs to another graph"));
  BOOST_CHECK_EXCEPTION((void)fg::add(1.0, 2.0), fg::GraphError,
                        says("[add] no operand belongs to a graph"));
  BOOST_CHECK_EXCEPTION((void)fg::add(x, fg::Tensor{}), fg::GraphError,
                        says("[add] an operand belongs to another graph"));
  BOOST_CHECK_EXCEPTION((void)fg::matmul(x, fg::Tensor{}), fg::GraphError,
                        says("[matmul] an operand belongs to another graph"));
  const fg::Tensor none;
  const auto refuse_none = [&](auto op, const std::string& name) {
    BOOST_CHECK_EXCEPTION(op(), fg::GraphError,
                          says('[' + name + "] no operand belongs to a graph"));
  };
  refuse_none([&] { (void)fg::matmul(none, x); }, "matmul");
  refuse_none([&] { (void)fg::sum(none); }, "sum");
  refuse_none([&] { (void)fg::mean(none, {0}); }, "sum");
  refuse_none([&] { (void)fg::transpose(none); }, "transpose");
  refuse_none([&] { (void)fg::reshape(none, {3}); }, "reshape");
  refuse_none([&] { (void)fg::broadcast_to(none, {3}); }, "broadcast");
  refuse_none([&] { (void)fg::softmax(none); }, "softmax");
  refuse_none([&] { (void)fg::relu(none); }, "relu");
  refuse_none([&] { (void)fg::nn::dense(none, 3, "hidden"); }, "matmul");
  refuse_none([&] { (void)fg::nn::softmax_cross_entropy(none, none); }, "softmax_cross_entropy");
  refuse_none([&] { (void)fg::select(none, 1.0, none); }, "select");
  BOOST_CHECK_THROW((void)fg::nn::mean_squared_error(none, none), fg::GraphError);
  BOOST_CHECK_THROW((void)fg::nn::binary_cross_entropy(none, none), fg::GraphError);
  BOOST_CHECK_THROW((void)fg::nn::binary_cross_entropy_with_logits(none, none), fg::GraphError);
}

BOOST_AUTO_TEST_CASE(the_compiler_keeps_the_first_fault_of_many) {
  constexpr int line = __LINE__ + 5;
  constexpr auto model = [] {
    fg::Graph g;
    const auto x = g.input("x", {fg::batch, 784});
    const auto w = g.parameter("w", {512, 10});
    auto y = fg::relu(fg::matmul(x, w));
    y = fg::reshape(y, {fg::batch, 3});
    return fg::training_graph(g, {fg::nn::softmax_cross_entropy(y, y), {}}, fg::optim::adam())
        .first_fault;
  };
  constexpr fg::Fault first = model();
  static_assert(first.kind == &fg::fault::matmul_inner_dimensions_differ);
  static_assert(first.op == &fg::matmul_op && first.at.line == line && first.operands == 2);
  static_assert(first.a == fg::Shape{fg::batch, 784} && first.b == fg::Shape{512, 10});
  BOOST_CHECK_EXCEPTION(fault_of(model), fg::GraphError, says(fg::describe(first)));
}

BOOST_AUTO_TEST_CASE(a_label_out_of_range_names_op_row_and_range) {
  fg::KernelCall call;
  call.name = "%12 softmax_cross_entropy";
  BOOST_CHECK_EXCEPTION(fg::throw_label_out_of_range(call, 3, 12, 10), fg::IndexError,
                        says("[softmax_cross_entropy] position 3: label 12 is out of range, "
                             "expected 0..9 (10 classes). Check the labels"));
  fg::ConcreteShape shapes[2] = {{}, {{4}, 1, 4}};
  call.name = "lookup";
  call.input_shapes = shapes;
  call.batch = 4;
  BOOST_CHECK_EXCEPTION(
      fg::throw_label_out_of_range(call, 3, -1, 2), fg::IndexError,
      says("[lookup] sample 3 of the batch: label -1 is out of range, expected 0..1 (2 classes)"));
  // Six tokens of each of two samples.
  shapes[1] = {{2, 6}, 2, 12};
  call.batch = 2;
  BOOST_CHECK_EXCEPTION(
      fg::throw_index_out_of_range(call, 1, 9, 8, 5), fg::IndexError,
      says("[lookup] position 9 (sample 1 of the batch): index 8 is out of range, expected 0..4"));
}

BOOST_AUTO_TEST_SUITE_END()
