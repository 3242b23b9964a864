#include <unistd.h>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <foregraph/detail/diagnose/view/memory_html.hpp>
#include <foregraph/detail/diagnose/view/timeline.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/models.hpp>
#include <foregraph/plan.hpp>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "planner/workloads.hpp"
#include "support/temporary_folder.hpp"

namespace fg = foregraph;

namespace {

/// The first Chromium on the PATH.
std::optional<std::string> browser() {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
      const std::string file = folder + '/' + name;
      if (::access(file.c_str(), X_OK) == 0) return file;
    }
  return std::nullopt;
}

/// Opens the page without a window, runs `driver` in it, which calls say(name, value), and returns
/// the values by name. Values are on one line and hold no characters that HTML escapes.
std::map<std::string, std::string> seen_by(const std::string& chromium, const std::string& page,
                                           const std::string& driver) {
  const fg::test::TemporaryFolder folder;
  const std::string file = (folder / "page.html").string();
  const std::size_t end = page.rfind("</body>");
  BOOST_REQUIRE(end != std::string::npos);
  std::ofstream(file) << page.substr(0, end)
                      << "<pre id=\"seen\">begin\n</pre>\n<script>\n"
                         "const say = (name, value) =>\n"
                         "    document.getElementById('seen').append(name + '=' + value + '\\n');\n"
                      << driver << "\nsay('finished', 'yes');\n</script>\n"
                      << page.substr(end);
  const std::string command = "timeout 240 '" + chromium +
                              "' --headless --no-sandbox --disable-gpu --hide-scrollbars "
                              "--window-size=1400,900 --user-data-dir='" +
                              (folder / "profile").string() + "' --dump-dom 'file://" + file +
                              "' 2>/dev/null";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  BOOST_REQUIRE(pipe != nullptr);
  std::string dom;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    dom.append(buffer.data(), n);
  BOOST_TEST(::pclose(pipe) == 0);
  const std::size_t from = dom.find("<pre id=\"seen\">begin\n");
  BOOST_REQUIRE_MESSAGE(from != std::string::npos, "the browser gave no page");
  std::istringstream lines(dom.substr(from, dom.find("</pre>", from) - from));
  std::map<std::string, std::string> seen;
  for (std::string line; std::getline(lines, line);)
    if (const std::size_t equals = line.find('='); line.rfind("<pre", 0) != 0)
      if (equals != std::string::npos) seen[line.substr(0, equals)] = line.substr(equals + 1);
  BOOST_REQUIRE(seen["finished"] == "yes");
  return seen;
}

std::string bytes_alive(const fg::MemoryTimeline& timeline, std::size_t step) {
  return "(" + fg::with_separators(fg::sum_of(timeline.steps[step].alive)) + " B)";
}
std::size_t tensors_of(const fg::MemoryTimeline& timeline) {
  std::size_t count = 0;
  for (const fg::MemoryBlock& block : timeline.blocks) count += block.tensors.size();
  return count;
}

/// What a reader does and sees, in the page's own units.
constexpr const char* driver = R"js(
const all = (root, selector) => [...root.querySelectorAll(selector)];
const plans = all(document, '.plan'), plan = plans[0], plot = plan.querySelector('.plot');
const change = (field, value, type) => {
  field.value = value;
  field.dispatchEvent(new Event(type));
};
const what = () => plan.querySelector('.what').textContent;
plans.forEach((p, i) => say('tensors' + i, all(p, '.tensor').length));
say('at the peak', what());
change(plan.querySelector('input.step'), 0, 'input');
say('at step 0', what());
plot.dispatchEvent(new KeyboardEvent('keydown', {key: 'PageDown'}));
say('at step 1', what());
const box = plot.getBoundingClientRect(), steps = +plan.querySelector('.slide').max + 1;
const at = {button: 0, buttons: 1, bubbles: true, clientX: box.left + box.width * 2.5 / steps,
            clientY: box.top + box.height / 2};
plot.dispatchEvent(new PointerEvent('pointerdown', at));
plot.dispatchEvent(new PointerEvent('pointerup', at));
say('clicked', plan.querySelector('input.step').value);
say('at step 2', what());
const grouping = document.getElementById('grouping');
say('groupings', all(grouping, 'option').map(o => o.value).join());
const weight = all(plot, '.tensor').find(r => r.getAttribute('aria-label').startsWith('hidden1/weight,'));
say('purpose colour', weight.getAttribute('fill'));
change(grouping, 'layer', 'change');
say('layer colour', weight.getAttribute('fill'));
say('key', all(document, '#key li').map(li => li.textContent).join());
change(plan.querySelector('input.step'), 0, 'input');
say('groups', all(plan, '.group button').map(b => b.firstElementChild.nextSibling.textContent).join());
const rows = () => all(plan, '.live tbody tr:not(.group)').length;
for (const b of all(plan, '.group button[aria-expanded=true]')) b.click();
say('rows closed', rows());
for (const b of all(plan, '.group button')) b.click();
say('rows open', rows());
say('bytes open', all(plan, '.live tbody tr:not(.group) td:nth-child(4)')
    .reduce((sum, cell) => sum + +cell.title.replace(/[^0-9]/g, ''), 0));
const uses = name => {
  const row = all(plan, '.live tbody tr').find(r => r.cells[0].textContent === name);
  return [...row.cells].slice(4).map(c => c.textContent).join();
};
say('uses', uses('hidden1/weight'));
// Layout.
const frames = plans.map(p => p.querySelector('.plot').getBoundingClientRect());
say('same row', frames.every(f => f.top === frames[0].top && f.height === frames[0].height));
say('apart', frames.every((f, i) => i === 0 || frames[i - 1].right < f.left));
say('inside', document.documentElement.scrollWidth <= innerWidth);
// Of the largest tensor, in which the strokes at the edges do not count.
const heights = plans.map(p => all(p, '.tensor').find(r => r.getAttribute('aria-label')
    .startsWith('hidden1/weight,')).getBoundingClientRect().height);
say('one scale', heights[0] > 20 && Math.abs(heights[1] - heights[0]) < 0.01 * heights[0]);
const chart = document.querySelector('.chart'), svg = chart.querySelector('svg').getBoundingClientRect();
say('chart fills', Math.abs(svg.width - chart.clientWidth) < 1 && svg.height > svg.width / 2);
)js";

}  // namespace

BOOST_AUTO_TEST_SUITE(page_in_browser)

BOOST_AUTO_TEST_CASE(a_reader_chooses_steps_and_layers_and_sees_plans_side_by_side) {
  const auto chromium = browser();
  if (!chromium) {
    BOOST_TEST_MESSAGE("skipped: there is no chromium, chromium-browser or google-chrome here");
    return;
  }
  const fg::Graph g = workloads::step_of(workloads::w4_mlp, fg::optim::adam());
  const fg::Plan plan = fg::plan_memory(g, 128);
  const fg::Plan other = fg::plan_memory(g, 128, {.order = fg::OrderMethod::as_written});
  const fg::MemoryTimeline timeline = fg::memory_timeline(g, plan);
  fg::PictureOptions options;
  options.compared.push_back({"in the order written", &g, &other});
  auto seen = seen_by(*chromium, fg::memory_html(g, plan, {}, options), driver);

  BOOST_TEST(seen["tensors0"] == std::to_string(tensors_of(timeline)));
  BOOST_TEST(seen["tensors1"] == std::to_string(tensors_of(fg::memory_timeline(g, other))));
  const auto contains = [&](const std::string& name, const std::string& part) {
    BOOST_CHECK_MESSAGE(seen[name].find(part) != std::string::npos,
                        name << ": '" << seen[name] << "' lacks '" << part << "'");
  };
  contains("at the peak", bytes_alive(timeline, static_cast<std::size_t>(plan.peak_step)));
  contains("at the peak", ", the peak");
  contains("at step 0", bytes_alive(timeline, 0));
  contains("at step 0", "matmul of hidden1 (forward)");
  contains("at step 1", bytes_alive(timeline, 1));
  contains("at step 2", bytes_alive(timeline, 2));
  BOOST_TEST(seen["clicked"] == "2");

  BOOST_TEST(seen["groupings"] == "purpose,layer");  // no layer is in another
  BOOST_TEST(seen["purpose colour"] == "#4477aa");
  BOOST_TEST(seen["layer colour"] == "#468de5");  // the first layer's
  BOOST_TEST(seen["key"] == "no layer,hidden1,hidden2,logits,adam");
  contains("groups", "hidden1");  // by bytes
  BOOST_TEST(seen["rows closed"] == "0");
  std::size_t alive = 0;
  for (const fg::MemoryBlock& block : timeline.blocks)
    for (const fg::TensorLife& life : block.tensors) alive += life.first == 0 ? 1 : 0;
  BOOST_TEST(seen["rows open"] == std::to_string(alive));
  BOOST_TEST(seen["bytes open"] == std::to_string(fg::sum_of(timeline.steps[0].alive)));
  BOOST_TEST(seen["uses"].substr(0, 2) == "0,");  // the first product reads it

  for (const char* name : {"same row", "apart", "inside", "one scale", "chart fills"})
    BOOST_TEST(seen[name] == "true", name << ": " << seen[name]);
}

BOOST_AUTO_TEST_SUITE_END()
