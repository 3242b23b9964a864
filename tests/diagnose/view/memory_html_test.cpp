#include <boost/test/unit_test.hpp>
#include <foregraph/detail/diagnose/view/memory_html.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/models.hpp>
#include <foregraph/plan.hpp>
#include <string>
#include <vector>

#include "diagnose/view/xml_check.hpp"
#include "planner/workloads.hpp"

namespace fg = foregraph;

namespace {

using workloads::step_of;

void page_contains(const std::string& text, const std::string& part) {
  BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos, "no '" << part << "' in the page");
}
int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}
/// What is between two parts of the page.
std::string between(const std::string& page, const std::string& begin, const std::string& end) {
  const std::size_t from = page.find(begin);
  BOOST_REQUIRE(from != std::string::npos);
  const std::size_t to = page.find(end, from);
  BOOST_REQUIRE(to != std::string::npos);
  return page.substr(from + begin.size(), to - from - begin.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_html)

BOOST_AUTO_TEST_CASE(a_page_has_charts_summary_and_every_tensor) {
  const fg::Graph g = step_of(workloads::w4_mlp, fg::optim::adam());
  const fg::Plan plan = fg::plan_memory(g, 128, {.input_buffers = 3});
  const std::vector<fg::PeakAtBatch> curve{{128, plan.peak(), plan.lower_bound()}};
  const fg::PictureOptions options{"w4_mlp", "dense", "adam", plan.peak(), 128};
  const std::string page = fg::memory_html(g, plan, curve, options);
  page_contains(page, "<title>Memory of a training step: w4_mlp, batch 128</title>");
  page_contains(page, fg::memory_svg(g, plan, curve, options));
  page_contains(page, '(' + fg::with_separators(plan.peak().count) + " B)");
  page_contains(page, fg::op_at_peak(g, plan));
  page_contains(page, "largest batch within it");
  const std::string data = between(page, "id=\"plan-data\">", "</script>");
  for (const char* part :
       {"\"hidden1/weight\"", "\"hidden1/weight.m\"", "\"f32[128,784] (f32[batch,784])\"",
        "\"input buffers of prefetched batches\"", "workloads.hpp:", "\"matmul\"", "\"backward\"",
        "\"layers\":[\"\",\"hidden1\",\"hidden2\",\"logits\""})
    page_contains(data, part);
  page_contains(data, "\"steps\":" + std::to_string(plan.order.tasks.size()) + ',');
  page_contains(data, "\"arena\":" + std::to_string(plan.peak().count) + ',');
}

BOOST_AUTO_TEST_CASE(a_page_shows_the_workspaces_of_threads) {
  const fg::Graph g = step_of(fg::models::w5_lenet, fg::optim::sgd());
  const std::string page = fg::memory_html(g, fg::plan_memory(g, 8, {.threads = 4}), {});
  page_contains(between(page, "id=\"plan-data\">", "</script>"),
                "\"workspaces of 3 more threads\"");
  page_contains(page, "1 input buffer, 4 threads");
}

BOOST_AUTO_TEST_CASE(a_page_shows_the_measured_line) {
  const fg::Graph g = step_of(workloads::w1_logistic, fg::optim::sgd());
  const fg::Plan plan = fg::plan_memory(g, 1);
  fg::PictureOptions options;
  options.measured.assign(plan.order.tasks.size(), 0);
  options.measured.back() = 20'480;
  const std::string page = fg::memory_html(g, plan, {}, options);
  page_contains(between(page, "<svg", "</svg>"), "class=\"stroke-measured\"");
  page_contains(page, ".stroke-measured { stroke: var(--accent); }");
  page_contains(page,
                "<th scope=\"row\">of it touched, as measured</th><td>20.0 KiB (20,480 B)</td>");
  BOOST_TEST(count_of(fg::memory_html(g, plan, {}), "as measured") == 0);
}

BOOST_AUTO_TEST_CASE(a_page_refers_to_nothing_outside) {
  const fg::Graph g = step_of(workloads::w1_logistic, fg::optim::sgd());
  const std::string page = fg::memory_html(g, fg::plan_memory(g, 1), {});
  for (const char* part : {"src=", "href=", "@import", "url(", "fetch(", "XMLHttpRequest"})
    BOOST_TEST(count_of(page, part) == 0, part);
  // Names of the SVG namespace, which nothing loads.
  BOOST_TEST(count_of(page, "://") == count_of(page, "http://www.w3.org/2000/svg"));
  page_contains(page, "default-src 'none'");
}

BOOST_AUTO_TEST_CASE(names_do_no_harm) {
  const std::string name = "</script><b>\"'&\xff";
  fg::Graph g;
  auto x = g.input(name, {fg::batch, 64});
  auto w = g.parameter(name + "w", {64, 64});
  g.outputs.push_back(fg::matmul(x, w).id);
  const std::string page =
      fg::memory_html(g, fg::plan_memory(g, 4), {}, {name, name, name, fg::Bytes{1}, 0});
  BOOST_TEST(count_of(page, "<b>") == 0);
  BOOST_TEST(count_of(page, "</script>") == 2);  // of the data and of the script
  page_contains(page, "\"\\u003c/script\\u003e\\u003cb\\u003e\\\"'\\u0026\xEF\xBF\xBDw\"");
  page_contains(page, "&lt;/script&gt;&lt;b&gt;&quot;&#39;&amp;\xEF\xBF\xBDw f32[64,64]");
  BOOST_TEST(xml_check::problem_of(between(page, "<div class=\"chart\">\n", "</div>")) == "");
}

BOOST_AUTO_TEST_CASE(thousands_of_buffers_fit_a_page) {
  fg::Graph built;
  fg::Tensor x = built.input("x", {fg::batch, 4});
  for (int layer = 0; layer < 1200; ++layer)
    x = fg::tanh(fg::nn::dense(x, 4, "layer" + std::to_string(layer)));
  const fg::Graph g =
      fg::training_graph(built, fg::Model{.loss = fg::mean(x), .outputs = {}}, fg::optim::adam());
  const fg::Plan plan = fg::plan_memory(g, 1000);
  const std::string page = fg::memory_html(g, plan, {});
  BOOST_TEST(g.variables.size() + plan.buffers.size() > 5000U);
  BOOST_TEST(page.size() < 2'000'000U);
  BOOST_TEST(page.size() > 300'000U);
}

BOOST_AUTO_TEST_CASE(a_step_without_work_has_a_page) {
  fg::Graph g;
  (void)g.parameter("p", {4});
  page_contains(fg::memory_html(g, fg::plan_memory(g, 1), {}), "\"p\",\"f32[4]\"");
  const fg::Graph empty;
  page_contains(fg::memory_html(empty, fg::plan_memory(empty, 1), {}), "\"tensors\":[]");
}

BOOST_AUTO_TEST_SUITE_END()
