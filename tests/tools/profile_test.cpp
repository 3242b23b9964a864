#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>

#include "support/temporary_folder.hpp"
#include "tools/run.hpp"

using namespace tool_test;

BOOST_AUTO_TEST_SUITE(plan_with_profile)

BOOST_AUTO_TEST_CASE(runs_the_largest_batch_and_prints_a_table) {
  const foregraph::test::TemporaryFolder folder;
  const auto file = folder / "trace.json";
  const std::string path = file.string();
  const std::string out =
      output_of({"plan", "--model", "w5_lenet", "--batch", "4,2", "--optimizer", "sgd", "--profile",
                 "--profile-steps", "3", "--threads", "1", "--profile-trace", path.c_str()});
  check_contains(out, "profile of 3 steps of 4 samples: median ");
  check_contains(out, " kernels on 1 thread; ");
  check_contains(out, "conv2d");
  check_contains(out, "by op");
  std::ifstream trace(file);
  std::string line;
  std::getline(trace, line);
  check_contains(line, "traceEvents");
}

BOOST_AUTO_TEST_CASE(wrong_numbers_are_refused) {
  check_plan_refused({"--profile", "--profile-steps", "0"},
                     "--profile-steps: 0 is out of range, expected from 1 to 100,000");
  check_plan_refused({"--threads", "300"},
                     "--threads: 300 is out of range, expected from 1 to 256, or 0 for all cores");
  check_plan_refused({"--profile", "--json"},
                     "--profile prints a table and cannot be combined with --json; use "
                     "--profile-trace for its figures as JSON");
  check_plan_refused({"--profile-steps", "2"},
                     "--profile-steps requires --profile; 'dry_run --help' shows the usage");
}

BOOST_AUTO_TEST_SUITE_END()
