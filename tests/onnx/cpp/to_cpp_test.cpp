// The text that to_cpp() writes.
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/onnx/cpp/to_cpp.hpp>
#include <foregraph/foregraph.hpp>
#include <string>

#include "support/expect.hpp"

namespace to_cpp_test {

namespace fg = foregraph;

void check_has(const std::string& text, const std::string& part) {
  BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos,
                      "'" << text << "' does not contain '" << part << "'");
}
void check_lacks(const std::string& text, const std::string& part) {
  BOOST_CHECK_MESSAGE(text.find(part) == std::string::npos,
                      "'" << text << "' contains '" << part << "'");
}

/// The text of a model of one input x f32[batch,4,4].
template <class Function>
std::string text_of(const Function& y_of, const fg::onnx::CppOptions& options = {}) {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch, 4, 4});
  const fg::Tensor y = y_of(g, x);
  return fg::onnx::to_cpp(g, {.loss = {}, .outputs = {{"y", y}}}, options);
}

}  // namespace to_cpp_test

BOOST_AUTO_TEST_SUITE(to_cpp_text)

using namespace to_cpp_test;

BOOST_AUTO_TEST_CASE(calls_are_those_a_person_would_write) {
  const std::string text = text_of([](fg::Graph& g, fg::Tensor x) {
    const auto scope = g.scope("block");
    const fg::Tensor w = g.parameter("w", {4, 2}, fg::filled_with(0.5));
    return fg::relu(fg::add(fg::matmul(x, w), 1.0));
  });
  check_has(text, "const fg::Tensor x = g.input(\"x\", {fg::batch, 4, 4});\n");
  check_has(text, "const auto in_block = layer({\"block\"});\n");
  check_has(text, "const fg::Tensor block_matmul = fg::matmul(x, w);\n");
  check_has(text, "const fg::Tensor block_add = fg::add(block_matmul, 1.0);\n");
  check_has(text, "const fg::Tensor block_relu = fg::relu(block_add);\n");
  check_has(text, "return fg::Model{.outputs = {{\"y\", block_relu}}};\n");
  check_lacks(text, "g.append(");
}

BOOST_AUTO_TEST_CASE(ops_without_a_function_are_appended_exactly) {
  const std::string text = text_of([](fg::Graph&, fg::Tensor x) {
    const fg::Tensor best = fg::top_k_indices(x, 2);
    return fg::take_along_axis(x, best, -1);
  });
  check_has(text, "g.append(fg::top_k_indices_op, {x}, {.integers = {");
  check_has(text, "fg::take_along_axis(x, top_k_indices, 2)");
}

BOOST_AUTO_TEST_CASE(what_no_result_needs_is_left_out) {
  const std::string text = text_of([](fg::Graph&, fg::Tensor x) {
    (void)fg::exp(x);
    return fg::tanh(x);
  });
  check_has(text, "fg::tanh(x)");
  check_lacks(text, "fg::exp");
}

BOOST_AUTO_TEST_CASE(names_cannot_break_out_of_their_literals) {
  fg::Graph g;
  const fg::Tensor x = g.input("x\"); abort(); //\n", {fg::batch, 2});
  const fg::Tensor w = g.parameter("class", {2});
  const fg::Tensor v = g.parameter("class ", {2});
  const fg::Tensor y = fg::multiply(fg::multiply(x, w), v);
  const std::string text = fg::onnx::to_cpp(g, {.loss = {}, .outputs = {{"y\\", y}}},
                                            {.name = "net", .origin = "a\n#error b\\"});
  check_has(text, "g.input(\"x\\\"); abort(); //\\012\", {fg::batch, 2})");
  check_has(text, "const fg::Tensor class_ = parameter(\"class\", {2});");
  check_has(text, "const fg::Tensor class__2 = parameter(\"class \", {2});");
  check_has(text, "{\"y\\\\\", ");
  check_has(text, "// Made from a #error b  by foregraph");
}

BOOST_AUTO_TEST_CASE(the_name_of_the_function_has_to_be_one) {
  const auto refused = [](const char* name) {
    fg::test::expect<fg::UsageError>(
        [&] {
          (void)text_of([](fg::Graph&, fg::Tensor x) { return fg::tanh(x); }, {.name = name});
        },
        {"the name of the model function is '", "expected an identifier of C++"});
  };
  for (const char* name : {"", "2d", "my-net", "class", "a b", "x;"}) refused(name);
  BOOST_TEST(fg::onnx::cpp_name("ResNet-18.v2") == "resnet_18_v2");
  BOOST_TEST(fg::onnx::cpp_name("18") == "value_18");
  BOOST_TEST(fg::onnx::cpp_name("while") == "while_");
  BOOST_TEST(fg::onnx::cpp_name("--") == "value");
}

BOOST_AUTO_TEST_SUITE_END()
