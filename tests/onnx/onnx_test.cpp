#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <exception>
#include <map>

#include "onnx/comparison.hpp"
#include "onnx/report.hpp"

using namespace foregraph;
using namespace foregraph::onnx_tests;

namespace {

/// The package that docs/onnx_ops.md and the counts below are about: libonnx-testdata 1.12.0 of
/// Debian
/// 12. Other versions have other tests; they are compared too, but not counted.
constexpr std::size_t tests_of_package = 1049;
/// No test may become skipped unnoticed. Raise it when a mapping or an op is added.
constexpr std::size_t expected_to_pass = 757;
/// How many of the node tests also in f64, and with the batch as an axis of a result.
constexpr std::size_t expected_to_pass_in_f64 = 484;
constexpr std::size_t expected_to_pass_with_batch = 465;

std::string data_folder() {
  const char* set = std::getenv("FOREGRAPH_ONNX_DATA");
  return set != nullptr ? set : FOREGRAPH_ONNX_DATA;
}

/// The op a test is about: "_expanded" ones hold the nodes the op of their twin is made of.
std::string op_of(const NodeTest& test, const std::map<std::string, std::string>& ops) {
  const std::string suffix = "_expanded";
  if (test.name.ends_with(suffix)) {
    const auto twin = ops.find(test.name.substr(0, test.name.size() - suffix.size()));
    if (twin != ops.end()) return twin->second;
  }
  return test.op_types.back();
}

const std::vector<Outcome>& outcomes() {
  static const std::vector<Outcome> all = [] {
    std::vector<Outcome> result;
    std::map<std::string, std::string> ops;
    for (const std::string folder : {"node", "pytorch-converted", "pytorch-operator"})
      for (const std::string& name : names_of_tests(data_folder() + '/' + folder)) {
        Outcome outcome{folder, name};
        try {
          const NodeTest test = read_test(data_folder() + '/' + folder, name);
          ops[name] = outcome.op = op_of(test, ops);
          const Comparison comparison = compare(test);
          if (!comparison.refusal.empty()) {
            outcome.status = Status::skipped;
            outcome.reason = comparison.refusal;
          } else {
            outcome.reason = comparison.problem;
            outcome.status = !comparison.problem.empty() ? Status::failed
                             : comparison.computed       ? Status::passed
                                                         : Status::known_at_build_time;
          }
          if (outcome.status == Status::passed && test.op_types.size() == 1) {
            if (const auto with_batch = compare_with_batch(test)) {
              outcome.with_batch = with_batch->batched;
              outcome.problem_with_batch = with_batch->problem;
            }
            if (const auto in_f64 = compare_in_f64(test)) {
              outcome.in_f64 = in_f64->computed;
              outcome.problem_in_f64 = in_f64->problem;
            }
          }
        } catch (const std::exception& error) {
          outcome.status = Status::failed;
          outcome.reason = error.what();
        }
        result.push_back(std::move(outcome));
      }
    return result;
  }();
  return all;
}

/// False, with a message that makes ctest report "skipped", where the package is not installed.
bool have_data() {
  if (!outcomes().empty()) return true;
  BOOST_TEST_MESSAGE("ONNX test data not found in '" << data_folder()
                                                     << "' (Debian package libonnx-testdata)");
  BOOST_TEST(true);
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(onnx_node_tests)

BOOST_AUTO_TEST_CASE(every_result_agrees) {
  if (!have_data()) return;
  for (const Outcome& outcome : outcomes())
    BOOST_CHECK_MESSAGE(outcome.status != Status::failed,
                        outcome.name << " (" << outcome.op << "): " << outcome.reason);
}

/// Not only the sizes of the tests are planned, but every size of the batch.
BOOST_AUTO_TEST_CASE(results_agree_with_a_batch_axis) {
  if (!have_data()) return;
  std::size_t agreeing = 0;
  for (const Outcome& outcome : outcomes()) {
    BOOST_CHECK_MESSAGE(outcome.problem_with_batch.empty(),
                        outcome.name << " with a batch axis: " << outcome.problem_with_batch);
    agreeing +=
        outcome.folder == "node" && outcome.with_batch && outcome.problem_with_batch.empty();
  }
  if (outcomes().size() == tests_of_package) BOOST_TEST(agreeing >= expected_to_pass_with_batch);
}

BOOST_AUTO_TEST_CASE(results_agree_in_f64) {
  if (!have_data()) return;
  std::size_t agreeing = 0;
  for (const Outcome& outcome : outcomes()) {
    BOOST_CHECK_MESSAGE(outcome.problem_in_f64.empty(),
                        outcome.name << " in f64: " << outcome.problem_in_f64);
    agreeing += outcome.folder == "node" && outcome.in_f64 && outcome.problem_in_f64.empty();
  }
  if (outcomes().size() == tests_of_package) BOOST_TEST(agreeing >= expected_to_pass_in_f64);
}

BOOST_AUTO_TEST_CASE(no_test_became_skipped) {
  if (!have_data() || outcomes().size() != tests_of_package) return;
  BOOST_TEST(count(outcomes(), Status::passed) >= expected_to_pass);
}

BOOST_AUTO_TEST_CASE(the_table_is_up_to_date) {
  if (!have_data() || outcomes().size() != tests_of_package) return;
  const std::string path = FOREGRAPH_ONNX_TABLE;
  if (std::getenv("FOREGRAPH_UPDATE_ONNX_TABLE") != nullptr) write_text(path, table(outcomes()));
  BOOST_TEST((read_text(path) == table(outcomes())),
             path << " is out of date; write it with FOREGRAPH_UPDATE_ONNX_TABLE=1 test_onnx");
}

BOOST_AUTO_TEST_SUITE_END()
