#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/plan.hpp>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "planner/random_graph.hpp"
#include "planner/workloads.hpp"

namespace {

using namespace fg::literals;
using workloads::step_of;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The only line that starts with `begin`; "" if there is none or more than one.
std::string line_with(const std::string& text, const std::string& begin) {
  std::string found;
  for (const std::string& line : lines_of(text)) {
    if (line.compare(0, begin.size(), begin) != 0) continue;
    if (!found.empty()) return "";
    found = line;
  }
  return found;
}

void report_contains(const std::string& text, const std::string& part) {
  BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos,
                      "'" << text << "' does not contain '" << part << "'");
}

std::int64_t sum_of(const std::vector<fg::LiveTensor>& alive) {
  std::int64_t total = 0;
  for (const fg::LiveTensor& tensor : alive) total += tensor.bytes.count;
  return total;
}

/// x . w1, relu over it in place, . w2: the peak is at the second product.
struct TwoProducts {
  fg::Graph g;
  fg::Tensor first, active, second;
  int line = 0;

  TwoProducts() {
    auto x = g.input("x", {fg::batch, 2});
    auto w1 = g.parameter("w1", {2, 64});
    auto w2 = g.parameter("w2", {64, 48});
    first = fg::matmul(x, w1);
    active = fg::relu(first);
    line = __LINE__ + 1;
    second = fg::matmul(active, w2);
    g.outputs.push_back(second.id);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(report)

BOOST_AUTO_TEST_CASE(what_is_alive_at_the_peak_sums_up_to_the_lower_bound) {
  const auto check = [](const fg::Graph& g, const fg::Plan& plan) {
    const std::vector<fg::LiveTensor> alive = fg::alive_at_peak(g, plan);
    BOOST_TEST(sum_of(alive) == plan.lower_bound().count);
    BOOST_TEST(std::is_sorted(
        alive.begin(), alive.end(),
        [](const fg::LiveTensor& a, const fg::LiveTensor& b) { return a.bytes > b.bytes; }));
    for (const fg::LiveTensor& tensor : alive) BOOST_TEST(tensor.node != fg::no_node);
  };
  const fg::Graph g = step_of(workloads::w4_mlp, fg::optim::adam());
  for (const std::int64_t size : workloads::batches) check(g, fg::plan_memory(g, size));
  for (std::uint64_t seed = 1; seed <= 30; ++seed) BOOST_TEST_CONTEXT("seed " << seed) {
      const fg::Graph random = RandomGraph(seed).training_step(25);
      check(random, fg::plan_memory(random, 9, {.input_buffers = 3}));
    }
}

BOOST_AUTO_TEST_CASE(the_peak_is_at_the_op_that_runs_there) {
  const TwoProducts two;
  const fg::Plan plan = fg::plan_memory(two.g, 1000);
  BOOST_TEST(fg::node_at_peak(plan) == two.second.id);
  BOOST_TEST(fg::op_at_peak(two.g, plan) ==
             "%5 matmul f32[batch,48] (forward, plan_report_test.cpp:" + std::to_string(two.line) +
                 ')');
}

BOOST_AUTO_TEST_CASE(a_buffer_is_named_after_the_value_in_it) {
  const TwoProducts two;
  const std::vector<fg::LiveTensor> alive = fg::alive_at_peak(two.g, fg::plan_memory(two.g, 1000));
  BOOST_REQUIRE(alive.size() == 5U);
  BOOST_TEST(alive[0].node == two.active.id);  // and not the product it was written over
  BOOST_TEST(alive[0].bytes.count == 64 * 4 * 1000);
  BOOST_TEST(alive[1].node == two.second.id);
  BOOST_TEST(fg::describe_tensor(two.g, alive[0].node) == "%4 relu f32[batch,64]");
  BOOST_TEST(fg::describe_tensor(two.g, 1) == "w1 f32[2,64]");
}

BOOST_AUTO_TEST_CASE(input_buffers_count_for_each_slot) {
  const TwoProducts two;
  const fg::Plan plan = fg::plan_memory(two.g, 1000, {.input_buffers = 100});
  const std::vector<fg::LiveTensor> alive = fg::alive_at_peak(two.g, plan);
  BOOST_TEST(alive[0].node == two.g.inputs[0]);
  BOOST_TEST(alive[0].bytes.count == 100 * fg::align_up(2 * 4 * 1000));
  report_contains(line_with(fg::plan_report(two.g, plan), "  input buffers (100)"),
                  to_string(alive[0].bytes));
}

BOOST_AUTO_TEST_CASE(a_step_without_work_has_no_op_at_its_peak) {
  fg::Graph g;
  (void)g.parameter("p", {4});
  const fg::Plan plan = fg::plan_memory(g, 1);
  BOOST_TEST(fg::node_at_peak(plan) == fg::no_node);
  report_contains(fg::plan_report(g, plan), "no op: the step computes nothing");
  report_contains(fg::plan_report(g, plan), "a step takes 0 FLOP in 0 kernel calls");
}

BOOST_AUTO_TEST_CASE(operations_follow_the_rules_of_the_ops) {
  const TwoProducts two;
  // Products of 2 m n k, and one per element of relu, which has no rule.
  BOOST_TEST(fg::flops_of(two.g, 10) == 2 * 10 * 2 * 64 + 10 * 64 + 2 * 10 * 64 * 48);
  BOOST_TEST(fg::flops_of(two.g, 20) == 2 * fg::flops_of(two.g, 10));

  fg::Graph moves;
  auto x = moves.input("x", {fg::batch, 6});
  (void)fg::broadcast_to(fg::reshape(x, {fg::batch, 1, 6}), {fg::batch, 5, 6});
  BOOST_TEST(fg::flops_of(moves, 1000) == 0);  // views and broadcasts compute nothing
}

BOOST_AUTO_TEST_CASE(operations_beyond_64_bits_stay_at_the_largest_number) {
  const TwoProducts two;
  BOOST_TEST(fg::flops_of(two.g, std::int64_t{1} << 60) ==
             std::numeric_limits<std::int64_t>::max());
}

BOOST_AUTO_TEST_CASE(one_plan_is_reported_on_a_page) {
  const fg::Graph g = step_of(workloads::w4_mlp, fg::optim::adam());
  const fg::Plan plan = fg::plan_memory(g, 10'000, {.input_buffers = 2});
  const std::string text = fg::plan_report(g, plan);
  const auto check_line = [&](const std::string& begin, std::int64_t bytes) {
    const std::string line = line_with(text, begin);
    report_contains(line, ' ' + to_string(fg::Bytes{bytes}) + ' ');
    report_contains(line, ' ' + fg::with_separators(bytes) + " B ");
  };
  BOOST_TEST(line_with(text, "batch 10,000") != "");
  check_line("peak ", plan.peak().count);
  check_line("lower bound of this order ", plan.lower_bound().count);
  check_line("lower bound of any order ", order_free_bound(g, plan).bytes.count);
  check_line("  parameters ", plan.at_peak.parameters_bytes);
  check_line("  optimizer state ", plan.at_peak.optimizer_state_bytes);
  check_line("  input buffers (2) ", plan.at_peak.inputs_bytes);
  check_line("  activations ", plan.at_peak.activations_bytes);
  check_line("  gradients ", plan.at_peak.gradients_bytes);
  check_line("  workspace ", plan.at_peak.workspace_bytes);
  check_line("  x f32[batch,784] ", 2 * 784 * 4 * 10'000);
  report_contains(line_with(text, "peak "), "100.0 %");
  report_contains(text, "op at the peak\n  " + fg::op_at_peak(g, plan) + '\n');
  report_contains(line_with(text, "a step takes "),
                  "GFLOP in " + std::to_string(plan.order.tasks.size()) + " kernel calls");
}

BOOST_AUTO_TEST_CASE(several_plans_are_rows_of_one_table) {
  const fg::Graph g = step_of(workloads::w4_mlp, fg::optim::adam());
  std::vector<fg::Plan> plans;
  for (const std::int64_t size : {1, 32, 10'000}) plans.push_back(fg::plan_memory(g, size));
  const std::vector<std::string> lines = lines_of(fg::plan_report(g, plans));
  BOOST_REQUIRE(lines.size() >= 6U);
  for (const char* column : {"batch", "peak", "any order", "gap", "parameters", "optimizer",
                             "inputs", "activations", "gradients", "workspace", "FLOP"})
    report_contains(lines[0], column);
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(lines[i + 1].size() == lines[0].size());  // the last column ends in one place
    BOOST_TEST(lines[i + 1].find(" B ") != std::string::npos);
    report_contains(lines[i + 1], to_string(plans[i].peak()) + ' ');
    report_contains(lines[i + 1], to_string(fg::Bytes{plans[i].at_peak.activations_bytes}) + ' ');
  }
  BOOST_TEST(lines[1].compare(0, 8, "     1  ") == 0);
  BOOST_TEST(lines[3].compare(0, 8, "10,000  ") == 0);
  BOOST_TEST(lines[4] == "peak of batch 1, 32   " + fg::op_at_peak(g, plans[0]));
  BOOST_TEST(lines[5] == "peak of batch 10,000  " + fg::op_at_peak(g, plans[2]));
}

BOOST_AUTO_TEST_CASE(with_a_budget_the_table_says_what_fits) {
  const fg::Graph g = step_of(workloads::w4_mlp, fg::optim::adam());
  std::vector<fg::Plan> plans;
  for (const std::int64_t size : {1, 10'000}) plans.push_back(fg::plan_memory(g, size));
  const std::vector<std::string> lines = lines_of(fg::plan_report(g, plans, plans[0].peak()));
  BOOST_REQUIRE(lines.size() > 3U);
  const auto ends_with = [](const std::string& line, const std::string& end) {
    return line.size() > end.size() && line.compare(line.size() - end.size(), end.size(), end) == 0;
  };
  BOOST_TEST(ends_with(lines[0], "  fits"));
  BOOST_TEST(ends_with(lines[1], "   yes"));
  BOOST_TEST(ends_with(lines[2], "    no"));
  BOOST_TEST(fg::plan_report(g, std::vector<fg::Plan>{}) == "");
}

BOOST_AUTO_TEST_CASE(numbers_are_grouped_by_thousands) {
  BOOST_TEST(fg::with_separators(0) == "0");
  BOOST_TEST(fg::with_separators(999) == "999");
  BOOST_TEST(fg::with_separators(1000) == "1,000");
  BOOST_TEST(fg::with_separators(1234567) == "1,234,567");
  BOOST_TEST(fg::with_separators(-123) == "-123");
  BOOST_TEST(fg::with_separators(-1234) == "-1,234");
}

BOOST_AUTO_TEST_SUITE_END()
