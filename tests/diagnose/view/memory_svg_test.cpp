#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/diagnose/view/markup.hpp>
#include <foregraph/detail/diagnose/view/memory_svg.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/models.hpp>
#include <foregraph/plan.hpp>
#include <sstream>
#include <string>
#include <utility>
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

/// The points at which the measured line of a picture turns.
std::vector<std::pair<double, double>> measured_points(const std::string& svg) {
  const std::size_t at = svg.find("class=\"stroke-measured\"");
  BOOST_REQUIRE(at != std::string::npos);
  const std::string path = attribute(svg.substr(at, svg.find("/>", at) - at), "d");
  std::vector<std::pair<double, double>> points;
  double x = 0;
  double y = 0;
  for (std::size_t i = 0; i < path.size();) {
    const char command = path[i++];
    std::size_t used = 0;
    const double first = std::stod(path.substr(i), &used);
    i += used;
    if (command == 'M') {
      x = first;
      y = std::stod(path.substr(i), &used);
      i += used;
    } else {
      (command == 'H' ? x : y) = first;
    }
    points.emplace_back(x, y);
  }
  return points;
}

BOOST_AUTO_TEST_CASE(a_measured_line_rises_from_the_bytes_of_the_whole_step) {
  const fg::Graph g = step_of(workloads::w4_mlp, fg::optim::adam());
  const fg::Plan plan = fg::plan_memory(g, 128);
  const std::size_t calls = plan.order.tasks.size();
  fg::PictureOptions options;
  options.measured.assign(calls, 0);
  for (std::size_t i = calls / 2; i < calls; ++i) options.measured[i] = plan.transient_bytes;
  const std::string svg = fg::memory_svg(g, plan, {}, options);
  check_picture(svg);
  picture_contains(svg, ">measured</text>");
  picture_contains(svg, "line: bytes touched up to its end, as measured");
  const auto points = measured_points(svg);
  BOOST_REQUIRE(points.size() >= 4U);
  // The plot is 752 pixels wide and begins at 104. The upper half lies on the line of the arena.
  const double middle = 104 + 752 * static_cast<double>(calls / 2) / static_cast<double>(calls);
  BOOST_TEST(points.front().first == 104);
  BOOST_TEST(points.back().first == 856);
  BOOST_TEST(std::abs(points[points.size() - 2].first - middle) < 0.1);
  const auto y_of_line = [&](const std::string& ink) {
    const std::size_t at = svg.find("class=\"stroke-" + ink + "\"");
    return std::stod(attribute(svg.substr(svg.rfind("<line", at)), "y1"));
  };
  BOOST_TEST(points.back().second == y_of_line("curve"));
  const double bottom = y_of_line("axis");
  const double share = static_cast<double>(plan.variables_bytes + plan.slot_bytes) /
                       static_cast<double>(plan.peak().count);
  const double drawn_share = (bottom - points.front().second) / (bottom - points.back().second);
  BOOST_TEST(std::abs(drawn_share - share) < 0.002);
  BOOST_TEST(fg::memory_svg(g, plan, {}).find("measured") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_measured_line_of_any_size_is_drawn) {
  const fg::Graph g = step_of(workloads::w4_mlp, fg::optim::adam());
  const fg::Plan plan = fg::plan_memory(g, 128);
  for (const std::int64_t bytes : {std::int64_t{0}, std::int64_t{4096}, plan.transient_bytes - 1,
                                   plan.transient_bytes, 3 * plan.peak().count}) {
    fg::PictureOptions options{"model", "text", "adam", plan.peak() + 64_B, 128};
    options.measured.assign(plan.order.tasks.size(), bytes);
    const std::string svg = fg::memory_svg(g, plan, curve_of(g, {1, 128, 500}), options);
    BOOST_TEST_CONTEXT(bytes << " bytes") check_picture(svg);
    for (const auto& [x, y] : measured_points(svg)) BOOST_TEST((y > 0 && y < 1000));
  }
}

BOOST_AUTO_TEST_CASE(a_measured_line_of_another_step_is_refused) {
  const fg::Graph g = step_of(workloads::w2_linear, fg::optim::sgd());
  const fg::Plan plan = fg::plan_memory(g, 4);
  const auto refusal = [&](std::vector<std::int64_t> measured) -> std::string {
    fg::PictureOptions options;
    options.measured = std::move(measured);
    try {
      (void)fg::memory_svg(g, plan, {}, options);
    } catch (const fg::UsageError& error) {
      return error.what();
    }
    return "";
  };
  const std::size_t calls = plan.order.tasks.size();
  BOOST_TEST(refusal({1}) ==
             "PictureOptions::measured has 1 number, expected one for each of the "
             "plan's " +
                 std::to_string(calls) +
                 " kernel calls; use Profile::touched_bytes of a program that runs "
                 "this plan");
  std::vector<std::int64_t> negative(calls, 4096);
  negative[1] = -4096;
  BOOST_TEST(refusal(negative) ==
             "PictureOptions::measured has -4096 bytes for kernel call 1, expected 0 or more");
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
  fg::PictureOptions options;
  for (std::size_t i = 0; i < plan.order.tasks.size(); ++i)
    options.measured.push_back(static_cast<std::int64_t>(i * 1000));
  const std::string svg = fg::memory_svg(g, plan, {}, options);
  check_picture(svg);
  BOOST_TEST(measured_points(svg).size() < 1600U);
}

BOOST_AUTO_TEST_SUITE_END()
