// `plan` on machines that are made up.
#include <unistd.h>

#include <filesystem>
#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/models.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tools/run.hpp"

using namespace foregraph;
using namespace foregraph::literals;
using namespace tool_test;

namespace {

/// Where 64 MiB are available, of which 16 stay as margin.
class SmallMachine {
 public:
  SmallMachine()
      : root_(std::filesystem::temp_directory_path() /
              ("foregraph_tool_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(root_ / "proc");
    std::ofstream(root_ / "proc/meminfo") << "MemAvailable: 65536 kB\n";
  }
  SmallMachine(const SmallMachine&) = delete;
  SmallMachine& operator=(const SmallMachine&) = delete;
  ~SmallMachine() { std::filesystem::remove_all(root_); }

  [[nodiscard]] Result run(const std::vector<const char*>& words) const {
    return tool_test::run(words, models::known(), root_.string());
  }

 private:
  std::filesystem::path root_;
};

const std::string source = "MemAvailable of /proc/meminfo 64.0 MiB; 16.0 MiB kept in reserve";

std::int64_t largest() {
  return largest_batch(compile(models::w4_mlp, optim::adam(), 1).graph, 48_MiB);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(budget_of_the_machine)

BOOST_AUTO_TEST_CASE(it_says_where_it_comes_from) {
  const SmallMachine machine;
  for (const char* word : {"machine", "auto"}) {
    const Result result =
        machine.run({"plan", "--model", "w4_mlp", "--batch", "1,128", "--budget", word});
    BOOST_TEST(result.code == 0);
    BOOST_TEST(result.err == "");
    check_contains(result.out,
                   "\nbudget 48.0 MiB (what this process may still allocate: " + source +
                       "): the largest batch that fits is " + with_separators(largest()) + '\n');
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_it_is_over_the_budget) {
  const SmallMachine machine;
  const Result result = machine.run(
      {"plan", "--model", "w4_mlp", "--batch", "100000", "--budget", "machine", "--json"});
  BOOST_TEST(result.code == 3);
  check_contains(result.err, "over the budget: a step at batch 100,000 needs ");
  const nlohmann::json json = nlohmann::json::parse(result.out);
  BOOST_TEST(json["budget_bytes"] == 48 << 20);
  BOOST_TEST(json["budget_source"] == source);
  BOOST_TEST(json["largest_batch"] == largest());
  BOOST_TEST(!json.contains("beyond_the_plan"));  // this machine tells nothing of processes
}

BOOST_AUTO_TEST_CASE(without_a_budget_it_is_a_warning) {
  const SmallMachine machine;
  const Result result = machine.run({"plan", "--model", "w4_mlp", "--batch", "1,200000,100000"});
  BOOST_TEST(result.code == 0);
  check_lacks(result.out, "budget");
  check_contains(result.err, "warning: batch 100,000 needs ");
  check_contains(result.err, ", but a process may only allocate 48.0 MiB (" + source +
                                 " here); --budget machine shows what fits\n");
  BOOST_TEST(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  BOOST_TEST(machine.run({"plan", "--model", "w4_mlp", "--batch", "1,128"}).err == "");
}

BOOST_AUTO_TEST_CASE(a_machine_of_which_nothing_is_known_has_none) {
  check_plan_refused(
      {"--budget", "machine"},
      "--budget machine: this machine has no known limit; give a size such as 64MiB");
}

BOOST_AUTO_TEST_CASE(what_comes_on_top_of_the_plan_is_measured_here) {
  if (!process_memory()) return;  // no /proc
  const Result text = run({"plan", "--model", "w4_mlp", "--batch", "1,8"}, models::known(), "/");
  check_contains(text.out, "\nbeyond the plan: ");
  check_contains(text.out, " in this process (code and libraries ");
  check_contains(text.out, "; measured); at batch 8 at most ");
  const nlohmann::json json = nlohmann::json::parse(
      run({"plan", "--model", "w4_mlp", "--batch", "8", "--json"}, models::known(), "/").out);
  const nlohmann::json& beyond = json["beyond_the_plan"];
  BOOST_TEST(beyond["batch"] == 8);
  std::int64_t sum = 0;
  for (const char* part : {"code_and_libraries_bytes", "blas_buffers_bytes",
                           "graph_and_program_bytes", "heap_and_stacks_bytes"})
    sum += beyond[part].get<std::int64_t>();
  BOOST_TEST(beyond["bytes"] == sum);
  BOOST_TEST(beyond["process_peak_bytes"].get<std::int64_t>() >=
             sum + json["plans"][0]["peak_bytes"].get<std::int64_t>());
}

BOOST_AUTO_TEST_SUITE_END()
