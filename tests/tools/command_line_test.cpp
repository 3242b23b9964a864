#include <boost/test/unit_test.hpp>
#include <foregraph/plan.hpp>
#include <foregraph/tools/command_line.hpp>
#include <foregraph/tools/models/workloads.hpp>
#include <sstream>
#include <string>
#include <vector>

using namespace foregraph;

namespace {

struct Result {
  int code;
  std::string out;
  std::string err;
};

Result run(std::vector<const char*> words) {
  words.insert(words.begin(), "foregraph");
  std::ostringstream out;
  std::ostringstream err;
  const int code = command_line(
      static_cast<int>(words.size()), words.data(),
      {{"w1_logistic", "logistic", models::w1_logistic}, {"w4_mlp", "mlp", models::w4_mlp}}, out,
      err);
  return {code, out.str(), err.str()};
}

void check_contains(const std::string& text, const std::string& part) {
  BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos,
                      "'" << text << "' does not contain '" << part << "'");
}

/// Wrong usage: exit code 2, nothing on stdout, a message that says what and what to do.
void check_refused(const std::vector<const char*>& words, const std::vector<std::string>& parts) {
  const Result result = run(words);
  BOOST_TEST(result.code == 2);
  BOOST_TEST(result.out == "");
  for (const std::string& part : parts) check_contains(result.err, part);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_line_tool)

BOOST_AUTO_TEST_CASE(plan_prints_a_row_per_batch) {
  const Result result =
      run({"plan", "--model", "w4_mlp", "--batch", "1,32,10000", "--optimizer", "adam"});
  BOOST_TEST(result.code == 0);
  BOOST_TEST(result.err == "");
  for (const char* part : {"w4_mlp", "lower bound", "\n    1  ", "\n   32  ", "\n10000  ",
                           "the peak is at", "million operations"})
    check_contains(result.out, part);
  check_contains(result.out, to_string(peak_memory<models::w4_mlp>(adam(), 10'000)));
}

BOOST_AUTO_TEST_CASE(plan_as_json_has_raw_bytes) {
  const Result result = run({"plan", "--model", "w1_logistic", "--batch", "32", "--optimizer",
                             "sgd", "--prefetch", "2", "--budget", "1MiB", "--json"});
  BOOST_TEST(result.code == 0);
  const auto peak = peak_memory<models::w1_logistic>(sgd(), 32, {.input_buffers = 3}).count;
  check_contains(result.out, "\"peak_bytes\": " + std::to_string(peak));
  check_contains(result.out, "\"fits\": true");
  check_contains(result.out, "\"input_buffers\": 3");
  check_contains(result.out, "\"largest_batch\": ");
}

BOOST_AUTO_TEST_CASE(a_batch_over_the_budget_has_its_own_exit_code) {
  const Result result =
      run({"plan", "--model", "w4_mlp", "--batch", "32,10000", "--budget", "16MiB"});
  BOOST_TEST(result.code == 3);
  check_contains(result.err, "batch 10000 needs");
  check_contains(result.err, "16.0 MiB");
  check_contains(result.err, "largest batch that fits");
  BOOST_TEST(result.err.find("batch 32 needs") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_budget_below_the_parameters_is_named) {
  const Result result = run({"plan", "--model", "w4_mlp", "--batch", "1", "--budget", "64KiB"});
  BOOST_TEST(result.code == 3);
  check_contains(result.err, "at any batch size");
  check_contains(result.out, "is 0");
}

BOOST_AUTO_TEST_CASE(models_and_graphs_are_printed) {
  const Result list = run({"models"});
  BOOST_TEST(list.code == 0);
  BOOST_TEST(list.out == "w1_logistic  logistic\nw4_mlp  mlp\n");
  check_contains(run({"graph", "--model", "w1_logistic"}).out, "sigmoid");
  check_contains(run({"graph", "--model", "w1_logistic", "--optimizer", "adam"}).out, "out/weight");
  check_contains(run({"graph", "--model", "w1_logistic", "--dot"}).out, "digraph");
}

BOOST_AUTO_TEST_CASE(help_and_version) {
  check_contains(run({"--help"}).out, "plan");
  BOOST_TEST(run({"--help"}).code == 0);
  check_contains(run({"--version"}).out, "0.1.0");
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_explained) {
  check_refused({}, {"subcommand"});
  check_refused({"plan"}, {"--model"});
  check_refused({"plan", "--model", "w4_mpl"},
                {"'w4_mpl'", "did you mean 'w4_mlp'", "w1_logistic, w4_mlp"});
  check_refused({"plan", "--model", "w4_mlp", "--batch", "0"}, {"0", "at least 1"});
  check_refused({"plan", "--model", "w4_mlp", "--batch", "32,-4"}, {"-4", "at least 1"});
  check_refused({"plan", "--model", "w4_mlp", "--batch", "many"}, {"'many'", "whole number"});
  check_refused({"plan", "--model", "w4_mlp", "--batch", "1,,2"}, {"''", "whole number"});
  check_refused({"plan", "--model", "w4_mlp", "--optimizer", "adem"},
                {"'adem'", "adam, sgd or momentum"});
  check_refused({"plan", "--model", "w4_mlp", "--budget", "64Mib"}, {"'64Mib'", "64MiB"});
  check_refused({"plan", "--model", "w4_mlp", "--budget", "-3"}, {"'-3'", "positive"});
  check_refused({"plan", "--model", "w4_mlp", "--prefetch", "-1"}, {"-1", "0 or more"});
  check_refused({"plan", "--model", "w4_mlp", "--nonsense"}, {"--nonsense", "--help"});
}

BOOST_AUTO_TEST_SUITE_END()
