// Training by the command alone.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <foregraph/safetensors.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/onnx_files.hpp"
#include "tools/run.hpp"

using namespace foregraph;
using namespace tool_test;

namespace fit_test {

struct Files {
  test::TemporaryFolder folder{};
  std::string model = folder.write("classifier.onnx", classifier_file()).string();
  std::string data = folder.write("train.csv", classes_csv(300)).string();
  std::string other = folder.write("test.csv", classes_csv(100, 2)).string();
  std::string output = (folder / "tuned.safetensors").string();

  [[nodiscard]] std::vector<const char*> with(std::vector<const char*> options) const {
    options.insert(options.begin(), {"fit", "--model", model.c_str(), "--data", data.c_str(),
                                     "--output", output.c_str()});
    return options;
  }
};

nlohmann::json json_of(const Result& result) {
  BOOST_TEST(result.code == 0);
  return nlohmann::json::parse(result.out);
}

std::vector<float> weights_in(const std::string& path) {
  const Safetensors file(path);
  const auto values = file.values<float>("head.weight");
  return {values.begin(), values.end()};
}

void refused(const std::vector<const char*>& words, const std::string& message) {
  const Result result = run(words);
  BOOST_TEST(result.code == 2);
  BOOST_TEST(result.out == "");
  check_contains(result.err, message);
}

}  // namespace fit_test

BOOST_AUTO_TEST_SUITE(fit_command)

using namespace fit_test;

BOOST_AUTO_TEST_CASE(a_file_of_onnx_is_tuned) {
  const Files files;
  const auto json = json_of(
      run(files.with({"--epochs", "60", "--batch", "50", "--learning-rate", "0.05", "--as-exported",
                      "--evaluation", files.other.c_str(), "--threads", "1", "--json"})));
  BOOST_TEST(json["samples"] == 300);
  BOOST_TEST(json["batch"] == 50);
  BOOST_TEST(json["parameters"] == 16);
  BOOST_TEST(json["output"] == files.output);
  BOOST_TEST(json["notes"].size() == 1U);
  const auto& history = json["history"];
  BOOST_REQUIRE(history.size() == 60U);
  BOOST_TEST(history[59]["steps"] == 6);
  BOOST_TEST(history[59]["loss"].get<double>() < 0.5 * history[0]["loss"].get<double>());
  BOOST_TEST(history[59]["evaluation_accuracy"].get<double>() > 0.95);
  BOOST_TEST(history[59]["evaluation_loss"].get<double>() < 0.6);
  const Safetensors tuned(files.output);
  BOOST_TEST(tuned.find("hidden.weight.m") != nullptr);  // a checkpoint, with Adam's state
}

BOOST_AUTO_TEST_CASE(the_tuned_model_is_a_file_of_onnx_again) {
  const Files files;
  const std::string tuned = (files.folder / "tuned.onnx").string();
  const auto evaluated = [&](const std::string& model, const char* rate) {
    const auto json = json_of(run({"fit", "--model", model.c_str(), "--data", files.data.c_str(),
                                   "--evaluation", files.other.c_str(), "--output", tuned.c_str(),
                                   "--learning-rate", rate, "--as-exported", "--json"}));
    return json["history"][0]["evaluation_loss"].get<double>();
  };
  const double first = evaluated(files.model, "0.05");
  BOOST_TEST(std::abs(evaluated(tuned, "0") - first) < 1e-5);
  check_contains(output_of({"plan", "--model", tuned.c_str(), "--batch", "4"}), "16 parameters");
}

BOOST_AUTO_TEST_CASE(text_has_a_row_for_each_epoch) {
  const Files files;
  const Result result = run(files.with({"--epochs", "2"}));
  BOOST_TEST(result.code == 0);
  check_contains(result.out, "300 samples in batches of 32, trained with adam\n16 parameters, ");
  check_contains(result.out, "\nnote: batch norm and dropout train");
  check_contains(result.out, "\nepoch  ");
  check_contains(result.out, "  accuracy  ");
  check_contains(result.out, "\n    2  ");
  check_contains(result.out, "\n" + files.output + ": the trained model\n");
}

BOOST_AUTO_TEST_CASE(the_seed_is_that_of_the_order) {
  const Files files;
  const auto weights = [&](const char* seed) {
    BOOST_TEST(run(files.with({"--seed", seed})).code == 0);
    return weights_in(files.output);
  };
  const std::vector<float> first = weights("1");
  BOOST_TEST((weights("1") == first));
  BOOST_TEST((weights("2") != first));
}

BOOST_AUTO_TEST_CASE(training_goes_on_from_a_checkpoint) {
  const Files files;
  const std::string checkpoint = (files.folder / "state.safetensors").string();
  BOOST_TEST(run(files.with({"--epochs", "4"})).code == 0);
  const std::vector<float> whole = weights_in(files.output);
  BOOST_TEST(run(files.with({"--epochs", "2", "--checkpoint", checkpoint.c_str()})).code == 0);
  BOOST_TEST((weights_in(files.output) != whole));
  BOOST_TEST(
      run(files.with({"--epochs", "4", "--checkpoint", checkpoint.c_str(), "--resume"})).code == 0);
  BOOST_TEST((weights_in(files.output) == whole));
  // Without --resume it begins again.
  BOOST_TEST(run(files.with({"--epochs", "2", "--checkpoint", checkpoint.c_str()})).code == 0);
  BOOST_TEST((weights_in(files.output) != whole));
}

BOOST_AUTO_TEST_CASE(models_known_by_name_are_trained_too) {
  const Files files;
  std::string rows = "a,b,label\n";
  for (int i = 0; i < 64; ++i)
    rows += std::to_string(i % 8) + ',' + std::to_string(i / 8) + ',' +
            std::to_string(2 * (i % 8) - i / 8) + '\n';
  const std::string data = files.folder.write("line.csv", rows).string();
  const auto json = json_of(
      run({"fit", "--model", "w2_linear", "--data", data.c_str(), "--output", files.output.c_str(),
           "--epochs", "30", "--optimizer", "sgd", "--learning-rate", "0.01", "--json"}));
  BOOST_TEST(json["history"][29]["loss"].get<double>() < 1);
  BOOST_TEST(!json["history"][29].contains("accuracy"));
}

BOOST_AUTO_TEST_CASE(a_budget_splits_batches_or_refuses) {
  const Files files;
  const Result tight = run(files.with({"--budget", "64B"}));
  BOOST_TEST(tight.code == 3);
  check_contains(tight.err, "over the budget: ");
  BOOST_TEST(!std::filesystem::exists(files.output));
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_is_exit_code_4) {
  const Files files;
  const Result result =
      run(files.with({"--loss", "mean_squared_error", "--label", "label", "--epochs", "1"}));
  BOOST_TEST(result.code == 2);  // three targets, of which the file has none
  const std::string wide = files.folder
                               .write("wide.csv",
                                      "a,b,c,d,target_0,target_1,target_2\n"
                                      "1e30,1e30,1e30,1e30,1e30,0,0\n"
                                      "1,2,3,4,5,6,7\n")
                               .string();
  const Result infinite =
      run({"fit", "--model", files.model.c_str(), "--data", wide.c_str(), "--output",
           files.output.c_str(), "--loss", "mean_squared_error", "--as-exported"});
  BOOST_TEST(infinite.code == 4);
  check_contains(infinite.err, "loss");
  BOOST_TEST(!std::filesystem::exists(files.output));
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_said_before_training) {
  const Files files;
  const auto options = [&](std::vector<const char*> more, const std::string& message) {
    refused(files.with(std::move(more)), message);
  };
  options({"--epochs", "0"}, "--epochs: 0 is out of range, expected at least 1");
  options({"--batch", "1,2"}, "--batch: fit takes one batch size, got 2");
  options({"--batch", "0"}, "batch size is 0");
  options({"--learning-rate", "-1"}, "--learning-rate: -1.000000 is out of range");
  options({"--threads", "-1"}, "--threads: -1 is out of range");
  options({"--optimizer", "adem"}, "there is no optimizer 'adem', did you mean 'adam'?");
  options({"--resume"}, "--resume requires --checkpoint");
  options({"--label", "klass"},
          "there is no column 'klass'; the columns are 'a', 'b', 'c', 'd', 'label'");
  options({"--loss", "softmax"}, "--loss: there is no loss 'softmax'");
  const auto output = [&](const std::string& path, const std::string& message) {
    refused({"fit", "--model", files.model.c_str(), "--data", files.data.c_str(), "--output",
             path.c_str()},
            message);
  };
  output((files.folder / "tuned.bin").string(), "--output: the ending of '");
  output("/no/such/folder/tuned.safetensors", "'/no/such/folder' is no folder");
  refused({"fit", "--model", files.model.c_str(), "--data", "/no/such.csv", "--output",
           files.output.c_str()},
          "/no/such.csv");
  refused({"fit", "--model", files.model.c_str(), "--output", files.output.c_str()},
          "--data is required");
  BOOST_TEST(!std::filesystem::exists(files.output));
}

BOOST_AUTO_TEST_SUITE_END()
