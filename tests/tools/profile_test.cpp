#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

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

BOOST_AUTO_TEST_CASE(a_picture_beside_it_shows_the_memory_that_the_step_touched) {
  const foregraph::test::TemporaryFolder folder;
  const std::string svg = (folder / "plan.svg").string();
  std::vector<const char*> words{
      "plan",      "--model", "w5_lenet",  "--batch",     "8,64", "--threads",       "2",
      "--profile", "--svg",   svg.c_str(), "--optimizer", "sgd",  "--profile-steps", "1"};
  const auto drawn = [&] {
    std::ostringstream text;
    text << std::ifstream(svg).rdbuf();
    return text.str();
  };
  check_contains(output_of(words), "transient memory touched by a step: ");
  check_contains(drawn(), "batch 64, trained with sgd");
  check_contains(drawn(), ">measured</text>");
  // A step over the budget does not run, but can be drawn.
  words.insert(words.end(), {"--budget", "2MiB"});
  const Result refused = run(words);
  BOOST_TEST(refused.code == 2);
  check_contains(refused.err,
                 "a step at batch 64 needs 2.27 MiB, but the memory budget is 2.00 MiB");
  check_lacks(drawn(), "measured");
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
