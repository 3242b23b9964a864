// Files of ONNX in place of the name of a model.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/onnx_files.hpp"
#include "tools/run.hpp"

using namespace foregraph;
using namespace tool_test;

namespace onnx_command_test {

const std::string loss_note =
    "the loss is softmax_cross_entropy of output 'logits', since it has several columns; --loss "
    "takes another";
const std::string mode_note =
    "batch norm and dropout train, whatever the file was exported for; --as-exported keeps them as "
    "they are";

struct Files {
  test::TemporaryFolder folder{};
  std::string classifier = folder.write("classifier.onnx", classifier_file()).string();
  std::string two_inputs = folder.write("two.onnx", two_inputs_file()).string();
  std::string impossible = folder.write("impossible.onnx", impossible_file()).string();
};

/// Exit code 2, nothing on stdout, and this text among the rest on stderr.
void refused(const std::vector<const char*>& words, const std::string& message) {
  const Result result = run(words);
  BOOST_TEST(result.code == 2);
  BOOST_TEST(result.out == "");
  check_contains(result.err, message);
}

}  // namespace onnx_command_test

BOOST_AUTO_TEST_SUITE(onnx_files)

using namespace onnx_command_test;

BOOST_AUTO_TEST_CASE(plan_says_how_the_file_was_read) {
  const Files files;
  const std::string out =
      output_of({"plan", "--model", files.classifier.c_str(), "--batch", "1,32,128"});
  check_contains(out,
                 files.classifier + ": ONNX model, softmax_cross_entropy of output 'logits'\n");
  check_contains(out, "16 parameters, trained with adam");
  check_contains(out, "\nnote: " + loss_note + '\n');
  check_contains(out, "\nnote: " + mode_note + '\n');
  const auto json = nlohmann::json::parse(output_of(
      {"plan", "--model", files.classifier.c_str(), "--batch", "8", "--as-exported", "--json"}));
  BOOST_TEST(json["parameters"] == 16);
  BOOST_TEST(json["notes"].size() == 1U);
  BOOST_TEST(json["notes"][0] == loss_note);
}

BOOST_AUTO_TEST_CASE(a_loss_can_be_chosen) {
  const Files files;
  const auto description = [&](const char* loss) {
    const auto json =
        nlohmann::json::parse(output_of({"plan", "--model", files.classifier.c_str(), "--batch",
                                         "8", "--loss", loss, "--json", "--as-exported"}));
    BOOST_TEST(!json.contains("notes"));
    return json["description"].get<std::string>();
  };
  for (const std::string loss :
       {"softmax_cross_entropy", "binary_cross_entropy", "binary_cross_entropy_with_logits",
        "mean_squared_error", "mean_absolute_error"})
    BOOST_TEST(description(loss.c_str()) == "ONNX model, " + loss + " of output 'logits'");
  BOOST_TEST(description("none") == "ONNX model, the loss is output 'logits'");
  const std::string graph = output_of(
      {"graph", "--model", files.classifier.c_str(), "--loss", "mean_squared_error", "--dot"});
  check_contains(graph, "// note: " + mode_note + "\ndigraph foregraph {");
  check_contains(graph, "target\\nf32[batch,3]");
}

BOOST_AUTO_TEST_CASE(open_axes_and_switches_are_given) {
  const Files files;
  refused({"plan", "--model", files.two_inputs.c_str(), "--batch", "1"}, "(--dim length=128)");
  const std::string out = output_of({"graph", "--model", files.two_inputs.c_str(), "--dim",
                                     "length=7", "--input", "rate=3", "--batch-axis", "batch"});
  check_contains(out, "u : f32[batch,7]");
  check_lacks(out, "rate");
  refused({"graph", "--model", files.two_inputs.c_str(), "--dim", "lenth=7"},
          "there is no axis 'lenth' in the file's inputs, expected one of 'batch', 'length'");
  refused({"graph", "--model", files.two_inputs.c_str(), "--dim", "7"},
          "--dim: '7' has no name before '=', expected one as sequence=128");
  refused({"graph", "--model", files.two_inputs.c_str(), "--dim", "length=x"},
          "--dim: 'x' is no number, expected one as in sequence=128");
  refused({"graph", "--model", files.two_inputs.c_str(), "--dim", "length=7", "--input", "rat=3"},
          "there is no input 'rat' in the file");
  refused({"graph", "--model", files.two_inputs.c_str(), "--batch-axis", "samples"},
          "there is no axis 'samples'");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_imported_is_listed_whole) {
  const Files files;
  const Result result = run({"plan", "--model", files.impossible.c_str(), "--batch", "1"});
  BOOST_TEST(result.code == 2);
  BOOST_TEST(result.out == "");
  check_contains(result.err, "impossible.onnx' cannot be imported:\n");
  check_contains(result.err, "NonZero, 1 node ('first'): ");
  check_contains(result.err, "Frobnicate, 1 node ('second'): ");
}

BOOST_AUTO_TEST_CASE(files_and_options_that_do_not_suit) {
  const Files files;
  const std::string none = files.folder.write("none.onnx", "no model").string();
  const std::string missing = (files.folder / "missing.onnx").string();
  refused({"plan", "--model", none.c_str(), "--batch", "1"}, "none.onnx'");
  refused({"plan", "--model", missing.c_str(), "--batch", "1"}, "missing.onnx'");
  // Any file that exists is one, whatever its name.
  const std::string text = files.folder.write("text", "no model").string();
  refused({"plan", "--model", text.c_str(), "--batch", "1"}, "text'");
  refused(
      {"plan", "--model", files.classifier.c_str(), "--batch", "1", "--loss", "softmax"},
      "--loss: there is no loss 'softmax', did you mean 'softmax_cross_entropy'?; the losses are "
      "softmax_cross_entropy, binary_cross_entropy, binary_cross_entropy_with_logits, "
      "mean_squared_error, mean_absolute_error, none");
  refused({"plan", "--model", files.classifier.c_str(), "--batch", "1", "--output-name", "logit"},
          "there is no output 'logit'; expected one of 'logits'");
  refused({"plan", "--model", files.classifier.c_str(), "--batch", "1", "--loss",
           "softmax_cross_entropy", "--class-axis", "5"},
          "the axis of the classes is 5");
  refused({"plan", "--model", files.classifier.c_str(), "--batch", "1", "--as-training",
           "--as-exported"},
          "--as-");
  refused({"plan", "--model", "w4_mlp", "--batch", "1", "--loss", "none"},
          "model 'w4_mlp' is known by name and has inputs and a loss of its own");
}

BOOST_AUTO_TEST_CASE(check_reads_their_data) {
  const Files files;
  const std::string data = files.folder.write("rows.csv", classes_csv(120)).string();
  const Result result = run({"check", "--model", files.classifier.c_str(), "--data", data.c_str(),
                             "--shuffle", "1", "--json"});
  BOOST_TEST(result.code != 2);
  const auto json = nlohmann::json::parse(result.out);
  BOOST_TEST(json["notes"][0] == loss_note);
  BOOST_TEST(json.contains("findings"));
  const std::string wide = files.folder
                               .write("wide.csv",
                                      "u_0,u_1,v,target_0,target_1\n"
                                      "1,2,3,4,5\n6,7,8,9,10\n")
                               .string();
  const std::vector<const char*> words{
      "check",  "--model", files.two_inputs.c_str(), "--dim",  "length=2",  "--input",
      "rate=3", "--loss",  "mean_squared_error",     "--data", wide.c_str()};
  const Result by_name = run(words);
  BOOST_TEST(by_name.code != 2);
  check_contains(by_name.out, "2 samples in batches of 32");
  std::vector<const char*> longer = words;
  longer[4] = "length=3";
  refused(longer,
          "needs columns 'u_0' to 'u_2' (or an .npz file); the columns are 'u_0', 'u_1', 'v'");
}

BOOST_AUTO_TEST_CASE(several_batches_of_a_model_with_other_forms_are_compared) {
  // Each batch has the graph that was chosen for it, here with other recomputed values.
  const std::string out = output_of({"plan", "--model", "w6_resnet20", "--batch", "1,32"});
  check_contains(out, "\n    1  ");
  check_contains(out, "\n   32  ");
}

BOOST_AUTO_TEST_SUITE_END()
