#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "tools/run.hpp"

using namespace foregraph;
using namespace tool_test;

namespace {

/// A file in a folder of its own, gone at the end.
class DataFile {
 public:
  explicit DataFile(const std::string& content) {
    std::string folder = (std::filesystem::temp_directory_path() / "check_XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    path_ = (folder_ / "data.csv").string();
    std::ofstream(path_) << content;
  }
  ~DataFile() { std::filesystem::remove_all(folder_); }
  DataFile(const DataFile&) = delete;
  DataFile& operator=(const DataFile&) = delete;
  [[nodiscard]] const char* path() const { return path_.c_str(); }

 private:
  std::filesystem::path folder_;
  std::string path_;
};

/// `rows` of 10 features of two classes, one after the other: w1_logistic's.
std::string sorted_classes(int rows, const std::string& label = "label", unsigned seed = 1) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform;
  std::string text;
  for (int k = 0; k < 10; ++k) text += "x" + std::to_string(k) + ",";
  text += label + '\n';
  for (int i = 0; i < rows; ++i) {
    const int of_class = 2 * i / rows;
    for (int k = 0; k < 10; ++k) text += std::to_string(2 * of_class + uniform(random)) + ",";
    text += std::to_string(of_class) + '\n';
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(check_command)

BOOST_AUTO_TEST_CASE(findings_are_exit_code_4) {
  const DataFile data(sorted_classes(200));
  const Result result = run({"check", "--model", "w1_logistic", "--data", data.path()});
  BOOST_TEST(result.code == 4);
  BOOST_TEST(result.err == "");
  check_contains(result.out, "w1_logistic: dense 10-1, sigmoid; binary cross-entropy\n");
  check_contains(result.out, "200 samples in batches of 32, trained with adam\n");
  check_contains(result.out, "warning: class-mix\n");
  check_contains(result.out, "  what to do:  .shuffle(seed)");
}

BOOST_AUTO_TEST_CASE(without_warnings_it_is_0) {
  const DataFile data(sorted_classes(200));
  const std::string out =
      output_of({"check", "--model", "w1_logistic", "--data", data.path(), "--shuffle", "42"});
  check_lacks(out, "class-mix");
  check_contains(out, "Checked: ");
  // One batch of everything is no matter of order.
  output_of({"check", "--model", "w1_logistic", "--data", data.path(), "--batch", "200"});
}

BOOST_AUTO_TEST_CASE(json_is_the_report) {
  const DataFile data(sorted_classes(200));
  const Result result =
      run({"check", "--model", "w1_logistic", "--data", data.path(), "--json", "--no-shuffle"});
  BOOST_TEST(result.code == 4);
  const auto json = nlohmann::json::parse(result.out);
  BOOST_TEST(json["worst"] == "warning");
  BOOST_TEST(json["findings"][0]["id"] == "class-mix");
  BOOST_TEST(json["findings"][0]["figures"]["z"].get<double>() > 6);
}

BOOST_AUTO_TEST_CASE(options_reach_the_checks) {
  const DataFile data(sorted_classes(200));
  const auto out = [&](std::vector<const char*> options) {
    options.insert(options.begin(), {"check", "--model", "w1_logistic", "--data", data.path()});
    return run(options).out;
  };
  check_contains(out({"--batch", "500"}), "batch-larger-than-data");
  check_contains(out({"--shuffle-buffer", "20"}), "small-shuffle-buffer");
  check_contains(out({"--shuffle", "1", "--budget", "1KiB"}), "over-memory-budget");
  check_contains(out({"--shuffle", "1", "--optimizer", "sgd", "--learning-rate", "1e-12"}),
                 "learning-rate-too-low");
  check_contains(out({"--shuffle", "1", "--evaluation", data.path()}),
                 "evaluation-overlaps-training");
}

BOOST_AUTO_TEST_CASE(values_that_are_not_finite_are_found) {
  std::string text = sorted_classes(200);
  text += "nan,0,0,0,0,0,0,0,0,0,1\n";
  const DataFile data(text);
  const Result result =
      run({"check", "--model", "w1_logistic", "--data", data.path(), "--shuffle", "1"});
  BOOST_TEST(result.code == 4);
  check_contains(result.out, "error: nan-in-data");
  check_contains(result.out, "in row 200");
}

BOOST_AUTO_TEST_CASE(the_label_s_column_can_be_named) {
  const DataFile data(sorted_classes(100, "\"the class\""));
  output_of({"check", "--model", "w1_logistic", "--data", data.path(), "--label", "the class",
             "--shuffle", "1"});
  output_of({"check", "--model", "w1_logistic", "--data", data.path(), "--shuffle", "1"});
  const Result wrong =
      run({"check", "--model", "w1_logistic", "--data", data.path(), "--label", "klass"});
  BOOST_TEST(wrong.code == 2);
  check_contains(wrong.err, ": there is no column 'klass'; the columns are 'x0', 'x1',");
}

BOOST_AUTO_TEST_CASE(names_in_quotes_and_other_delimiters) {
  const auto checked = [](std::string content, std::vector<const char*> options) {
    const DataFile data(content);
    options.insert(options.begin(),
                   {"check", "--model", "w1_logistic", "--data", data.path(), "--shuffle", "1"});
    return run(options);
  };
  std::string quoted = sorted_classes(100);
  quoted.replace(0, 2, "\"a\"\"b\"");
  quoted.replace(quoted.find("x1"), 2, "\"two\nlines, and a comma\"");
  BOOST_TEST(checked(quoted, {}).code == 0);
  BOOST_TEST(checked("\xef\xbb\xbf" + quoted, {}).code == 0);
  const Result other = checked(quoted, {"--label", "klass"});
  BOOST_TEST(other.code == 2);
  check_contains(other.err, "the columns are 'a\"b', 'two\\x0alines, and a comma', 'x2'");

  for (const auto& [letter, option] :
       {std::pair{';', ";"}, {'\t', "tab"}, {'\t', "\\t"}, {'|', "|"}}) {
    std::string content = sorted_classes(100);
    std::replace(content.begin(), content.end(), ',', letter);
    BOOST_TEST(checked(content, {"--delimiter", option}).code == 0);
    const Result wrong = checked(content, {});
    BOOST_TEST(wrong.code == 2);
    check_contains(wrong.err, "the columns seem to be separated by ");
    check_contains(wrong.err, "--delimiter");
  }
  for (const char* option : {"", ";;", "\""}) {
    const Result wrong = checked(sorted_classes(100), {"--delimiter", option});
    BOOST_TEST(wrong.code == 2);
    check_contains(wrong.err, "elimiter");
  }
}

BOOST_AUTO_TEST_CASE(files_that_are_none) {
  for (const char* path : {"/dev/zero", "/dev/null", "/"}) {
    const Result result = run({"check", "--model", "w1_logistic", "--data", path});
    BOOST_TEST(result.code == 2);
    check_contains(result.err, std::string("cannot read '") + path + "'");
  }
  const DataFile missing(sorted_classes(100) + "1,2,3,4,5,6,7,8,9,0,\n");
  const Result result = run({"check", "--model", "w1_logistic", "--data", missing.path()});
  BOOST_TEST(result.code == 2);
  check_contains(result.err, ":102, column 11 ('label'): the value is missing");
}

BOOST_AUTO_TEST_CASE(data_of_another_width_do_not_match) {
  const DataFile data("a,b,label\n1,2,0\n3,4,1\n");
  const Result result = run({"check", "--model", "w1_logistic", "--data", data.path()});
  BOOST_TEST(result.code == 4);
  check_contains(result.out, "error: field-does-not-match");
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_exit_code_2) {
  const DataFile data(sorted_classes(50));
  const auto refused = [&](std::vector<const char*> options, const std::string& message) {
    options.insert(options.begin(), "check");
    const Result result = run(options);
    BOOST_TEST(result.code == 2);
    BOOST_TEST(result.out == "");
    check_contains(result.err, message);
  };
  refused({"--data", data.path()}, "--model is required");
  refused({"--model", "w1_logistic"}, "--data is required");
  refused({"--model", "w1_logistic", "--data", "/no/such/file.csv"}, "/no/such/file.csv");
  refused({"--model", "w1_logistc", "--data", data.path()}, "did you mean 'w1_logistic'?");
  refused({"--model", "w1_logistic", "--data", data.path(), "--batch", "0"}, "batch size is 0");
  refused({"--model", "w1_logistic", "--data", data.path(), "--batch", "1,2"},
          "check takes one batch size, got 2");
  refused({"--model", "w1_logistic", "--data", data.path(), "--shuffle", "1", "--no-shuffle"},
          "--no-shuffle");
  refused({"--model", "w1_logistic", "--data", data.path(), "--prefetch", "-1"},
          "--prefetch: -1 is out of range");
  refused({"--model", "w1_logistic", "--data", data.path(), "--shuffle-buffer", "-1"},
          "--shuffle-buffer: -1 is out of range");
  refused({"--model", "w1_logistic", "--data", data.path(), "--learning-rate", "nan"},
          "--learning-rate: nan is out of range");
  refused({"--model", "w8_transformer", "--data", data.path()},
          "call fg::preflight() in your own program");
}

BOOST_AUTO_TEST_CASE(findings_are_left_out_by_their_ids) {
  const DataFile data(sorted_classes(200));
  const Result all = run({"check", "--model", "w1_logistic", "--data", data.path()});
  check_contains(all.out, "warning: class-mix\n");
  const Result less =
      run({"check", "--model", "w1_logistic", "--data", data.path(), "--without", "class-mix"});
  BOOST_TEST(less.out.find("warning: class-mix\n") == std::string::npos);
  check_contains(less.out, "not checked: class-mix: silenced");
  const Result none =
      run({"check", "--model", "w1_logistic", "--data", data.path(), "--without", "class"});
  BOOST_TEST(none.code == 2);
  check_contains(none.err, "there is no finding 'class'");
}

BOOST_AUTO_TEST_SUITE_END()
