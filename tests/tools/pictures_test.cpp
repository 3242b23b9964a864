#include <unistd.h>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/diagnose/view/memory_html.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/tools/command_line/files.hpp>
#include <foregraph/detail/tools/command_line/pictures.hpp>
#include <foregraph/models.hpp>
#include <foregraph/plan.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/run.hpp"

using namespace foregraph;
using namespace tool_test;

namespace {

namespace fs = std::filesystem;

/// A folder of its own that goes with the test.
struct PictureFolder {
  fs::path path;
  PictureFolder() {
    std::string name = (fs::temp_directory_path() / "foregraph_pictures_XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  PictureFolder(const PictureFolder&) = delete;
  PictureFolder& operator=(const PictureFolder&) = delete;
  ~PictureFolder() { fs::remove_all(path); }

  [[nodiscard]] std::string file(const std::string& name) const { return (path / name).string(); }
  [[nodiscard]] std::ptrdiff_t entries() const {
    return std::distance(fs::directory_iterator(path), fs::directory_iterator());
  }
};

std::string content_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  BOOST_REQUIRE(stream.good());
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The data of a page's script.
nlohmann::json data_of(const std::string& page) {
  const std::string begin = "id=\"plan-data\">";
  const std::size_t from = page.find(begin) + begin.size();
  return nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
}

std::string texts(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (const std::int64_t number : numbers) text += std::to_string(number) + ' ';
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pictures)

BOOST_AUTO_TEST_CASE(the_largest_batch_is_drawn_and_the_rest_is_as_without_pictures) {
  const PictureFolder folder;
  const std::string svg = folder.file("plan.svg");
  const std::string html = folder.file("plan.html");
  const std::vector<const char*> words{"plan", "--model", "w4_mlp", "--batch", "1,256,32"};
  std::vector<const char*> with_files = words;
  with_files.insert(with_files.end(), {"--svg", svg.c_str(), "--html", html.c_str()});
  BOOST_TEST(output_of(with_files) == output_of(words));
  BOOST_TEST(folder.entries() == 2);
  const std::string picture = content_of(svg);
  check_contains(picture, "Memory of a training step: w4_mlp");
  check_contains(picture, "batch 256, trained with adam");
  for (const char* point : {"batch 1: ", "batch 32: ", "batch 256: ", "batch 2: "})
    check_contains(picture, std::string("<title>") + point);
  check_contains(content_of(html), "w4_mlp, batch 256</title>");
}

BOOST_AUTO_TEST_CASE(budget_and_largest_batch_are_in_the_picture) {
  const PictureFolder folder;
  const std::string svg = folder.file("plan.svg");
  const Result result = run(
      {"plan", "--model", "w4_mlp", "--batch", "10000", "--budget", "64MiB", "--svg", svg.c_str()});
  BOOST_TEST(result.code == 3);  // drawn all the same
  Graph g;
  const std::string largest = with_separators(
      largest_batch(training_graph(g, models::w4_mlp(g), optim::adam()), {64 << 20}));
  check_contains(content_of(svg), "largest batch within the budget: " + largest);
  check_contains(content_of(svg), ">64.0 MiB</text>");
}

BOOST_AUTO_TEST_CASE(the_data_of_a_page_are_the_blocks_of_the_plan) {
  const PictureFolder folder;
  const std::string html = folder.file("plan.html");
  (void)output_of({"plan", "--model", "w6_resnet20", "--batch", "8", "--optimizer", "momentum",
                   "--prefetch", "1", "--threads", "1", "--html", html.c_str()});
  const nlohmann::json page = data_of(content_of(html));
  BOOST_REQUIRE(page["plans"].size() == 1U);
  const nlohmann::json& data = page["plans"][0];

  Graph g;
  const Model model = models::w6_resnet20(g);
  const Step planned =
      plan_step(training_graph(g, model, optim::sgd_momentum()), 8, {.input_buffers = 2});
  const Graph& step = planned.graph;
  const Plan& plan = planned.plan;
  BOOST_TEST(data["arena"] == plan.peak().count);
  BOOST_TEST(data["steps"] == plan.order.tasks.size());
  BOOST_TEST(data["peak"] == plan.peak_step);
  BOOST_TEST(data["transient"] == plan.variables_bytes + plan.inputs_bytes());
  BOOST_TEST(page["categories"].size() == 6U);
  BOOST_TEST(page["colours"].size() == 6U);
  BOOST_TEST(data["ops"].size() == plan.order.tasks.size());

  struct Rectangle {
    std::int64_t first, last, offset, end;
  };
  std::vector<Rectangle> rectangles;
  std::int64_t at_peak = 0;
  bool names_exist = true;
  bool uses_in_life = true;
  std::size_t used_variables = 0;
  for (const nlohmann::json& t : data["tensors"]) {
    const auto number = [&](std::size_t i) { return t[i].get<std::int64_t>(); };
    rectangles.push_back({number(0), number(1), number(2), number(2) + number(3)});
    if (number(0) <= plan.peak_step && plan.peak_step < number(1)) at_peak += number(3);
    for (std::size_t i = 5; i < 10; ++i)
      names_exist &= t[i].get<std::size_t>() < page["strings"].size();
    names_exist &= t[11].get<std::size_t>() < page["layers"].size();
    // Values of the step are written in their first step, and not read after their last one.
    if (number(2) >= plan.variables_bytes + plan.inputs_bytes()) {
      uses_in_life &= number(12) == number(0);
      uses_in_life &= number(12) <= number(13) && number(13) <= number(1);
    } else if (number(12) >= 0) {
      uses_in_life &= number(12) <= number(13);
      ++used_variables;
    }
  }
  BOOST_TEST(uses_in_life);
  // All but the slot of the prefetched batch.
  BOOST_TEST(used_variables == step.variables.size() + step.inputs.size());
  BOOST_TEST(names_exist);
  BOOST_TEST(at_peak == plan.lower_bound().count);
  bool disjoint = true;
  for (std::size_t i = 0; i < rectangles.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const Rectangle& a = rectangles[i];
      const Rectangle& b = rectangles[j];
      disjoint &= a.first >= b.last || b.first >= a.last || a.offset >= b.end || b.offset >= a.end;
    }
  BOOST_TEST(disjoint);
}

BOOST_AUTO_TEST_CASE(other_plans_are_drawn_beside_it) {
  const PictureFolder folder;
  const std::string html = folder.file("plan.html");
  (void)output_of({"plan", "--model", "w6_resnet20", "--batch", "32", "--optimizer", "sgd",
                   "--threads", "1", "--html", html.c_str(), "--compare",
                   "conventional,recomputed"});
  const std::string page = content_of(html);
  const nlohmann::json plans = data_of(page)["plans"];
  BOOST_REQUIRE(plans.size() == 3U);
  Graph g;
  const Model model = models::w6_resnet20(g);
  const Plan planned = plan_step(training_graph(g, model, optim::sgd()), 32).plan;
  const Plan conventional =
      plan_memory(training_graph(g, model, optim::KeepGradients<decltype(optim::sgd())>{}), 32,
                  {.order = OrderMethod::as_written});
  BOOST_TEST(plans[0]["name"] == "as planned");
  BOOST_TEST(plans[0]["arena"] == planned.peak().count);
  BOOST_TEST(plans[1]["name"] == "conventional");
  BOOST_TEST(plans[1]["arena"] == conventional.peak().count);
  BOOST_TEST(plans[2]["arena"] < planned.peak().count);
  BOOST_TEST(plans[2]["steps"] > planned.order.tasks.size());
  check_contains(page, "<caption>The plans beside each other</caption>");
  check_contains(page, "<th scope=\"col\">conventional</th>");

  // Within a budget between the two.
  const std::int64_t between = (planned.peak().count + plans[2]["arena"].get<std::int64_t>()) / 2;
  const std::string within = "recomputed=" + std::to_string(between);
  (void)output_of({"plan", "--model", "w6_resnet20", "--batch", "32", "--optimizer", "sgd",
                   "--threads", "1", "--html", html.c_str(), "--compare", within.c_str()});
  const nlohmann::json fitted = data_of(content_of(html))["plans"];
  BOOST_REQUIRE(fitted.size() == 2U);
  BOOST_TEST(fitted[1]["arena"] <= between);
}

BOOST_AUTO_TEST_CASE(comparisons_that_cannot_be_made_are_refused) {
  const PictureFolder folder;
  const std::string html = folder.file("plan.html");
  const auto refused = [&](const char* compare, const std::string& message) {
    check_plan_refused({"--html", html.c_str(), "--compare", compare}, message);
  };
  refused("best",
          "--compare: 'best' is no plan to compare with, expected conventional, recomputed or "
          "recomputed=SIZE");
  refused("conventional,",
          "--compare: '' is no plan to compare with, expected conventional, recomputed or "
          "recomputed=SIZE");
  refused("recomputed=lots",
          "--compare recomputed: 'lots' is not a size of at least one byte, expected one such as "
          "64MiB, 1.5GiB, 800kB or 4096");
  const Result least = run({"plan", "--model", "w4_mlp", "--batch", "1", "--html", html.c_str(),
                            "--compare", "recomputed=1KiB"});
  BOOST_TEST(least.code == 2);
  check_contains(least.err,
                 "--compare recomputed: recomputation does not bring batch 1 to 1,024 B; the least "
                 "it reaches is ");
  BOOST_TEST(run({"plan", "--model", "w4_mlp", "--batch", "1", "--compare", "conventional"}).code ==
             2);
  BOOST_TEST(folder.entries() == 0);
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_written_are_refused) {
  const PictureFolder folder;
  const std::string hint = "; give a file in a folder that exists and is writable";
  const std::string missing = folder.file("missing/plan.svg");
  check_plan_refused({"--svg", missing.c_str()},
                     "--svg: cannot write '" + missing + "': No such file or directory" + hint);
  const std::string folder_itself = folder.path.string();
  check_plan_refused({"--html", folder_itself.c_str()},
                     "--html: cannot write '" + folder_itself + "': Is a directory" + hint);
  std::ofstream(folder.file("file")) << "text";
  const std::string below_file = folder.file("file/plan.svg");
  check_plan_refused({"--svg", below_file.c_str()},
                     "--svg: cannot write '" + below_file + "': Not a directory" + hint);
  check_plan_refused({"--svg", "same", "--html", "same"},
                     "--svg and --html name the same file 'same'; give two different files");
  check_plan_refused({"--svg", ""},
                     "--svg: has an empty value; give one or leave the option out; 'dry_run "
                     "--help' shows the usage");
  BOOST_TEST(folder.entries() == 1);
  // A wrong model or budget is found before a file is touched.
  const std::string svg = folder.file("plan.svg");
  BOOST_TEST(
      run({"plan", "--model", "w4_mlp", "--batch", "1", "--budget", "lots", "--svg", svg.c_str()})
          .code == 2);
  BOOST_TEST(!fs::exists(svg));
}

BOOST_AUTO_TEST_CASE(a_file_is_replaced_as_a_whole) {
  const PictureFolder folder;
  const std::string path = folder.file("plan.svg");
  cli::write_file("--svg", path, "first, and longer");
  BOOST_TEST(content_of(path) == "first, and longer");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  const std::string link = folder.file("link.svg");
  fs::create_symlink("plan.svg", link);
  cli::write_file("--svg", link, "second");
  BOOST_TEST(fs::is_symlink(link));
  BOOST_TEST(content_of(path) == "second");
  BOOST_TEST((fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write)));
  BOOST_TEST(folder.entries() == 2);
}

BOOST_AUTO_TEST_CASE(devices_stay_devices) {
  cli::write_file("--svg", "/dev/null", "text");
  BOOST_TEST(fs::is_character_file("/dev/null"));
  BOOST_CHECK_THROW(cli::write_file("--svg", "/dev/full", "text"), UsageError);
  BOOST_TEST(fs::is_character_file("/dev/full"));
  BOOST_CHECK_THROW(cli::write_file("--svg", "", "text"), UsageError);
}

BOOST_AUTO_TEST_CASE(the_curve_has_enough_points) {
  using cli::curve_batches;
  BOOST_TEST(texts(curve_batches({128}, 0)) == "8 16 32 64 128 256 512 ");
  BOOST_TEST(texts(curve_batches({100}, 0)) == "6 12 24 48 100 192 384 ");  // and not 96
  BOOST_TEST(texts(curve_batches({1}, 0)) == "1 2 4 8 16 32 64 ");
  BOOST_TEST(texts(curve_batches({10'000, 1, 32}, 5706)) ==
             "1 4 16 32 64 256 1024 4096 5706 10000 ");
  BOOST_TEST(texts(curve_batches({8, 7, 6, 5, 4, 3, 2, 1, 1}, 0)) == "1 2 3 4 5 6 7 8 ");
  BOOST_TEST(texts(curve_batches({2}, 1000)) == "2 4 8 16 32 64 128 256 512 1000 ");
  BOOST_TEST(texts(curve_batches({2}, 1'000'000)) == "1 2 4 8 16 32 64 ");  // too far
  for (const std::int64_t size : {std::int64_t{1}, most_samples, std::int64_t{1} << 62})
    for (const std::int64_t largest : {std::int64_t{0}, std::int64_t{1}, most_samples - 1}) {
      const std::vector<std::int64_t> batches = curve_batches({size}, largest);
      BOOST_TEST(batches.front() >= 1);
      BOOST_TEST(batches.back() >= size);
      BOOST_TEST(batches.size() <= 15U);
    }
}

BOOST_AUTO_TEST_CASE(the_help_tells_of_pictures) {
  const std::string help = output_of({"plan", "--help"});
  check_contains(help, "--svg FILE");
  check_contains(help, "--html FILE");
  check_contains(help, "--compare PLAN,...");
}

BOOST_AUTO_TEST_SUITE_END()
