// C++ and weights of a file of ONNX.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <foregraph/safetensors.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "tools/onnx_files.hpp"
#include "tools/run.hpp"

using namespace foregraph;
using namespace tool_test;

BOOST_AUTO_TEST_SUITE(import_command)

BOOST_AUTO_TEST_CASE(writes_the_function_and_its_weights) {
  const test::TemporaryFolder folder;
  const std::string model = folder.write("My-Net.onnx", classifier_file()).string();
  const std::string cpp = (folder / "net.hpp").string();
  const std::string weights = (folder / "net.safetensors").string();
  const std::string out =
      output_of({"import", model.c_str(), "--cpp", cpp.c_str(), "--weights", weights.c_str()});
  check_contains(out, "note: the loss is softmax_cross_entropy of output 'logits'");
  check_contains(out, cpp + ": model function my_net, ONNX model, softmax_cross_entropy of output");
  check_contains(out, weights + ": the values of 4 variables\n");  // one counts steps, for dropout
  std::ifstream file(cpp);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  check_contains(text, "// Made from My-Net.onnx by foregraph ");
  check_contains(text, "fg::load_weights(trainer, \"" + weights + "\");");
  check_contains(text, "constexpr fg::Model my_net(fg::Graph& g) {");
  check_contains(text, "parameter(\"hidden.weight\", {4, 2})");
  const Safetensors tensors(weights);
  const auto head = tensors.values<float>("head.weight");
  BOOST_REQUIRE(head.size() == 6U);
  BOOST_TEST(head[1] == -0.5F);
  BOOST_TEST(tensors.at("hidden.bias").type() == "F32[2]");
}

BOOST_AUTO_TEST_CASE(the_function_can_have_another_name_and_loss) {
  const test::TemporaryFolder folder;
  const std::string model = folder.write("net.onnx", classifier_file()).string();
  const std::string cpp = (folder / "net.hpp").string();
  output_of({"import", model.c_str(), "--cpp", cpp.c_str(), "--name", "Tuned", "--loss",
             "mean_absolute_error", "--as-exported"});
  std::ifstream file(cpp);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  check_contains(text, "constexpr fg::Model Tuned(fg::Graph& g) {");
  check_contains(text, "fg::nn::mean_absolute_error(");
  check_lacks(text, "dropout");
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_exit_code_2) {
  const test::TemporaryFolder folder;
  const std::string model = folder.write("net.onnx", classifier_file()).string();
  const std::string cpp = (folder / "net.hpp").string();
  const auto refused = [&](const std::vector<const char*>& words, const std::string& message) {
    const Result result = run(words);
    BOOST_TEST(result.code == 2);
    BOOST_TEST(result.out == "");
    check_contains(result.err, message);
  };
  refused({"import", "--cpp", cpp.c_str()}, "file is required");
  refused({"import", model.c_str()}, "--cpp is required");
  refused({"import", "/no/such.onnx", "--cpp", cpp.c_str()}, "/no/such.onnx");
  refused({"import", model.c_str(), "--cpp", "/no/such/folder/a.hpp"},
          "--cpp: cannot write '/no/such/folder/a.hpp'");
  refused({"import", model.c_str(), "--cpp", cpp.c_str(), "--name", "my net"},
          "the name of the model function is 'my net', expected an identifier of C++");
  BOOST_TEST(!std::filesystem::exists(cpp));
}

BOOST_AUTO_TEST_SUITE_END()
