// Prints the planner's savings as a Markdown table: for each model and batch the peak, its gap to
// the lower bound, the peak with all gradients kept in the order as written, and the smallest peak
// with recomputation. docs/planning.md shows the output. Bytes are exact; only the last column is a
// measurement.
//
//     planner_table                          prints the table
//     planner_table --check docs/planning.md  fails if the file's table differs, but for the times
//     planner_table --update docs/planning.md replaces the file's table
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/compile/recompute.hpp>
#include <foregraph/detail/planner/order_free_bound.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/models.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fg = foregraph;

namespace {

constexpr std::string_view header =
    "| model | optimizer | batch | peak | all values kept | gap | gradients kept, as written | "
    "saved | smallest by "
    "recomputation (FLOPs) | nodes | planning, ms |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|\n";

/// A row: the text of all columns but the last, and the planning whose time that is.
struct Row {
  std::string text;
  std::function<void()> plan;
};

/// Returns the median of 9 runs, in milliseconds.
template <class Work>
double median_ms(const Work& work) {
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() * 1e3);
  }
  std::nth_element(times.begin(), times.begin() + 4, times.end());
  return times[4];
}

template <class ModelFunction, class Optimizer>
Row row(const char* model_name, const ModelFunction& function, const char* optimizer_name,
        const Optimizer& optimizer, std::int64_t batch_size) {
  fg::Graph g;
  const fg::Model model = function(g);
  const auto given = std::make_shared<fg::Graph>(fg::training_graph(g, model, optimizer));
  const fg::Step chosen = fg::plan_step(given->clone(), batch_size);
  const fg::Graph& step = chosen.graph;
  const fg::Plan all_kept = fg::plan_step(given->clone(), batch_size, {.extra_time = 0}).plan;
  const fg::Graph kept =
      fg::training_graph(g, model, fg::optim::KeepGradients<Optimizer>{optimizer});
  const fg::Plan& plan = chosen.plan;
  const fg::Plan conventional =
      fg::plan_memory(kept, batch_size, {.order = fg::OrderMethod::as_written});
  const std::int64_t flops = fg::flops_of(step, batch_size);
  const auto smallest = fg::smallest_by_recomputation(step, plan, flops * 4 / 10);
  std::array<char, 64> recomputed{};
  if (smallest)
    std::snprintf(recomputed.data(), recomputed.size(), "%s, %+.1f %%",
                  to_string(smallest->plan.peak()).c_str(),
                  100.0 * static_cast<double>(smallest->extra_flops) / static_cast<double>(flops));
  const double saved =
      1 - static_cast<double>(plan.peak().count) / static_cast<double>(conventional.peak().count);
  std::string text = "|";
  for (const std::string& cell :
       {std::string(model_name), std::string(optimizer_name), fg::with_separators(batch_size),
        to_string(plan.peak()), to_string(all_kept.peak()),
        to_string(plan.peak() - order_free_bound(step, plan).bytes), to_string(conventional.peak()),
        fg::text::percent(saved, 0), std::string(recomputed.data()), std::to_string(step.size())})
    text += ' ' + cell + " |";
  return {text, [given, batch_size] { (void)fg::plan_step(given->clone(), batch_size); }};
}

template <class ModelFunction>
void add(std::vector<Row>& rows, const char* name, const ModelFunction& model,
         std::int64_t batch_size) {
  rows.push_back(row(name, model, "SGD", fg::optim::sgd(), batch_size));
  rows.push_back(row(name, model, "Adam", fg::optim::adam(), batch_size));
}

std::vector<Row> all_rows() {
  using namespace fg::models;
  std::vector<Row> rows;
  add(rows, "w1_logistic", w1_logistic, 32);
  add(rows, "w2_linear", w2_linear, 128);
  add(rows, "w3_wide_data", w3_wide_data, 32);
  add(rows, "w4_mlp", w4_mlp, 128);
  add(rows, "w5_lenet", w5_lenet, 64);
  add(rows, "w6_resnet20", w6_resnet20, 32);
  add(rows, "w7_lstm", w7_lstm, 32);
  add(rows, "w8_transformer", w8_transformer, 16);
  add(rows, "resnet18", resnet18, 32);
  add(rows, "mobilenet_v2_small", mobilenet_v2_small, 1);
  add(rows, "mobilenet_v2_folded", mobilenet_v2_folded, 1);
  add(rows, "vgg16", vgg16_imagenet, 32);
  add(rows, "vgg16_cifar100", vgg16_cifar100, 128);
  add(rows, "gpt2_small", gpt2_small, 8);
  return rows;
}

/// Returns the table, with times.
std::string table(const std::vector<Row>& rows) {
  std::string text(header);
  for (const Row& each : rows)
    text += each.text + ' ' + fg::text::fixed(median_ms(each.plan), 2) + " |\n";
  return text;
}

/// Returns the table's lines in `document` from `begin` on, which become its end.
std::vector<std::string> lines_at(const std::string& document, std::size_t& begin) {
  std::vector<std::string> lines;
  while (begin < document.size() && document[begin] == '|') {
    const std::size_t end = std::min(document.find('\n', begin), document.size());
    lines.push_back(document.substr(begin, end - begin));
    begin = std::min(end + 1, document.size());
  }
  return lines;
}

/// Prints the rows of `document` that differ from `rows` but for the time. Returns their number.
int differences(const std::vector<std::string>& document, const std::vector<Row>& rows) {
  int count = 0;
  for (std::size_t i = 0; i < std::max(document.size(), rows.size()); ++i) {
    std::string shown = i < document.size() ? document[i] : "no row";
    const std::size_t last = shown.rfind('|', shown.empty() ? 0 : shown.size() - 2);
    if (i < document.size() && last != std::string::npos) shown.resize(last + 1);
    const std::string actual = i < rows.size() ? rows[i].text : "no row";
    if (shown == actual) continue;
    std::printf("document: %s\nprogram:  %s\n", shown.c_str(), actual.c_str());
    ++count;
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view action = argc == 3 ? argv[1] : "";
  if (argc != 1 && action != "--check" && action != "--update") {
    std::fprintf(stderr, "usage: planner_table [--check FILE | --update FILE]\n");
    return 2;
  }
  const std::vector<Row> rows = all_rows();
  if (argc == 1) {
    std::fputs(table(rows).c_str(), stdout);
    return 0;
  }
  std::ifstream in(argv[2], std::ios::binary);
  const std::string document{std::istreambuf_iterator<char>(in), {}};
  const std::size_t begin = document.find(header);
  if (begin == std::string::npos) {
    std::fprintf(stderr, "%s has no table with this header:\n%s", argv[2], header.data());
    return 2;
  }
  std::size_t end = begin + header.size();
  const std::vector<std::string> shown = lines_at(document, end);
  if (action == "--check") {
    const int count = differences(shown, rows);
    if (count > 0)
      std::printf("%d rows of %s differ; planner_table --update %s replaces them\n", count, argv[2],
                  argv[2]);
    return count == 0 ? 0 : 1;
  }
  std::ofstream(argv[2], std::ios::binary)
      << document.substr(0, begin) << table(rows) << document.substr(end);
  return 0;
}
