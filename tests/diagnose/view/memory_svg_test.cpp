#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/diagnose/view/markup.hpp>
#include <foregraph/detail/diagnose/view/memory_svg.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/models.hpp>
#include <foregraph/plan.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "diagnose/view/xml_check.hpp"
#include "planner/random_graph.hpp"
#include "planner/workloads.hpp"

namespace {

using namespace fg::literals;
using workloads::step_of;

std::vector<fg::PeakAtBatch> curve_of(const fg::Graph& g, const std::vector<std::int64_t>& sizes) {
  std::vector<fg::PeakAtBatch> curve;
  for (const std::int64_t size : sizes) {
    const fg::Plan plan = fg::plan_memory(g, size);
    curve.push_back({size, plan.peak(), plan.lower_bound()});
  }
  return curve;
}

void picture_contains(const std::string& text, const std::string& part) {
  BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos, "no '" << part << "' in the picture");
}

/// Where a text is on the picture, about.
struct TextBox {
  double left, right, top, bottom;
  std::string content;
};
std::string attribute(const std::string& element, const std::string& name) {
  const std::size_t at = element.find(' ' + name + "=\"");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 3;
  return element.substr(begin, element.find('"', begin) - begin);
}
std::vector<TextBox> texts_of(const std::string& svg) {
  std::vector<TextBox> boxes;
  for (std::size_t at = svg.find("<text"); at != std::string::npos;
       at = svg.find("<text", at + 1)) {
    const std::string element = svg.substr(at, svg.find("</text>", at) - at);
    std::string content;
    bool in_tag = false;
    for (const char c : element) {
      if (c == '<') in_tag = true;
      if (!in_tag) content += c;
      if (c == '>') in_tag = false;
    }
    const double size = std::stod(attribute(element, "font-size"));
    const double x = std::stod(attribute(element, "x"));
    const double y = std::stod(attribute(element, "y"));
    // The library's estimate is on the wide side.
    const double width = 0.85 * fg::picture::text_width(content, size);
    const std::string anchor = attribute(element, "text-anchor");
    const double left = anchor == "end" ? x - width : anchor == "middle" ? x - width / 2 : x;
    boxes.push_back({left, left + width, y - 0.75 * size, y + 0.2 * size, content});
  }
  return boxes;
}
void check_picture(const std::string& svg) {
  BOOST_TEST(xml_check::problem_of(svg) == "");
  BOOST_TEST(svg.size() < 200'000U);
  BOOST_TEST(svg.find("nan") == std::string::npos);
  BOOST_TEST(svg.find("inf") == std::string::npos);
  // Fills the width it is given, in its own proportions.
  const std::string root = svg.substr(0, svg.find('>'));
  BOOST_TEST(attribute(root, "width") == "100%");
  BOOST_TEST(attribute(root, "height") == "");
  const std::string begin = "0 0 1000 ";
  BOOST_REQUIRE(attribute(root, "viewBox").substr(0, begin.size()) == begin);
  const double height = std::stod(attribute(root, "viewBox").substr(begin.size()));
  const std::vector<TextBox> boxes = texts_of(svg);
  BOOST_TEST(boxes.size() > 20U);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const TextBox& a = boxes[i];
    BOOST_CHECK_MESSAGE(a.left >= 0 && a.right <= 1000 && a.top >= 0 && a.bottom <= height,
                        "'" << a.content << "' is outside");
    for (std::size_t j = 0; j < i; ++j) {
      const TextBox& b = boxes[j];
      if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        BOOST_ERROR("'" << a.content << "' is over '" << b.content << "'");
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_svg)

BOOST_AUTO_TEST_CASE(a_picture_says_what_the_plan_says) {
  const fg::Graph g = step_of(workloads::w4_mlp, fg::optim::adam());
  const fg::Plan plan = fg::plan_memory(g, 128, {.input_buffers = 2});
  const std::string svg = fg::memory_svg(g, plan, curve_of(g, {64, 32, 128, 1000}),
                                         {"w4_mlp", "dense 784-512-512-10", "adam", 64_MiB, 5706});
  check_picture(svg);
  for (const std::string& part :
       {std::string("Memory of a training step: w4_mlp"), std::string("dense 784-512-512-10"),
        std::string("batch 128, trained with adam, 669,706 parameters, 2 input buffers, 1 thread"),
        to_string(plan.peak()), "peak " + to_string(plan.lower_bound()) + " at step",
        fg::op_at_peak(g, plan), std::string(">64.0 MiB</text>"), std::string("planned arena"),
        std::string("forward"), std::string("backward"), std::string("update"),
        std::string("batch 128: "), to_string(fg::Bytes{plan.at_peak.activations_bytes})})
    picture_contains(svg, part);
}

BOOST_AUTO_TEST_CASE(any_plan_gives_a_well_formed_picture_without_overlapping_texts) {
  const auto check = [](const fg::Graph& g, std::int64_t size) {
    const fg::Plan plan = fg::plan_memory(g, size);
    const std::vector<fg::PeakAtBatch> curve = curve_of(g, {1, 2, size, 4 * size, 40 * size});
    const std::int64_t peak = plan.peak().count;
    for (const std::int64_t budget :
         {peak / 100 + 1, peak / 2, peak - 1, peak, peak + 64, 20 * peak})
      BOOST_TEST_CONTEXT("batch " << size << ", budget " << budget)
    check_picture(fg::memory_svg(
        g, plan, curve, {"model", "text", "adam", fg::Bytes{budget}, budget >= peak ? size : 0}));
  };
  for (const std::int64_t size : workloads::batches) {
    check(step_of(workloads::w1_logistic, fg::optim::sgd()), size);
    check(step_of(workloads::w4_mlp, fg::optim::adam()), size);
  }
  check(step_of(fg::models::w6_resnet20, fg::optim::adam()), 32);
  for (std::uint64_t seed = 1; seed <= 6; ++seed) BOOST_TEST_CONTEXT("seed " << seed)
  check(RandomGraph(seed).training_step(25), 9);
}

BOOST_AUTO_TEST_CASE(curve_budget_and_names_may_be_left_out) {
  const fg::Graph g = step_of(workloads::w2_linear, fg::optim::sgd());
  const fg::Plan plan = fg::plan_memory(g, 4);
  const std::string alone = fg::memory_svg(g, plan, {});
  check_picture(alone);
  BOOST_TEST(alone.find("Peak by batch size") == std::string::npos);
  BOOST_TEST(alone.find("budget") == std::string::npos);
  picture_contains(alone, ">Memory of a training step</title>");
  check_picture(fg::memory_svg(g, plan, curve_of(g, {4})));
  check_picture(fg::memory_svg(g, plan, curve_of(g, {1})));
  check_picture(fg::memory_svg(g, plan, curve_of(g, {4, 5, 7})));
}

BOOST_AUTO_TEST_CASE(a_step_without_work_can_be_drawn) {
  fg::Graph g;
  (void)g.parameter("p", {4});
  const std::string svg = fg::memory_svg(g, fg::plan_memory(g, 1), {});
  check_picture(svg);
  picture_contains(svg, "no op: the step computes nothing");
  const fg::Graph empty;
  check_picture(fg::memory_svg(empty, fg::plan_memory(empty, 1), {}));
}

BOOST_AUTO_TEST_CASE(names_are_escaped) {
  fg::Graph g;
  auto x = g.input("x", {fg::batch, 8});
  g.outputs.push_back(fg::relu(x).id);
  const std::string name = "</title><script>alert('a & \"b\"')</script>\xff\x01\xc3";
  const std::string svg = fg::memory_svg(g, fg::plan_memory(g, 1), {}, {name, name, name});
  BOOST_TEST(xml_check::problem_of(svg) == "");
  BOOST_TEST(svg.find("<script") == std::string::npos);
  picture_contains(svg, "&lt;/title&gt;&lt;script&gt;alert(&#39;a &amp; &quot;b&quot;&#39;)");
}

BOOST_AUTO_TEST_CASE(thousands_of_steps_stay_a_small_file) {
  fg::Graph built;
  fg::Tensor x = built.input("x", {fg::batch, 4});
  for (int layer = 0; layer < 1200; ++layer)
    x = fg::tanh(fg::nn::dense(x, 4, "layer" + std::to_string(layer)));
  const fg::Model model{.loss = fg::mean(x), .outputs = {}};
  const fg::Graph g = fg::training_graph(built, model, fg::optim::sgd());
  const fg::Plan plan = fg::plan_memory(g, 1000);
  BOOST_TEST(plan.order.tasks.size() > 5000U);
  check_picture(fg::memory_svg(g, plan, {}));
}

BOOST_AUTO_TEST_SUITE_END()
