// Prints the planner's savings as a Markdown table: for each model and batch the peak, its gap to
// the lower bound, the peak with all gradients kept in the order as written, and the smallest peak
// with recomputation. docs/planning.md shows the output. Bytes are exact; only the last column is a
// measurement.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <foregraph/detail/compile/recompute.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/models.hpp>
#include <string>
#include <vector>

namespace fg = foregraph;

namespace {

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
void row(const char* model_name, const ModelFunction& function, const char* optimizer_name,
         const Optimizer& optimizer, std::int64_t batch_size) {
  fg::Graph g;
  const fg::Model model = function(g);
  const fg::Step chosen = fg::plan_step(fg::training_graph(g, model, optimizer), batch_size);
  const fg::Graph& step = chosen.graph;
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
  std::printf("| %s | %s | %s | %s | %s | %s | %.0f %% | %s | %d | %.2f |\n", model_name,
              optimizer_name, fg::with_separators(batch_size).c_str(),
              to_string(plan.peak()).c_str(), to_string(plan.gap()).c_str(),
              to_string(conventional.peak()).c_str(), 100 * saved, recomputed.data(), step.size(),
              median_ms([&] { (void)fg::plan_memory(step, batch_size); }));
}

template <class ModelFunction>
void rows(const char* name, const ModelFunction& model, std::int64_t batch_size) {
  row(name, model, "SGD", fg::optim::sgd(), batch_size);
  row(name, model, "Adam", fg::optim::adam(), batch_size);
}

}  // namespace

int main() {
  using namespace fg::models;
  std::puts(
      "| model | optimizer | batch | peak | gap | gradients kept, as written | saved | smallest by "
      "recomputation (FLOPs) | nodes | planning, ms |\n"
      "|---|---|---|---|---|---|---|---|---|---|");
  rows("w1_logistic", w1_logistic, 32);
  rows("w2_linear", w2_linear, 128);
  rows("w3_wide_data", w3_wide_data, 32);
  rows("w4_mlp", w4_mlp, 128);
  rows("w5_lenet", w5_lenet, 64);
  rows("w6_resnet20", w6_resnet20, 32);
  rows("w7_lstm", w7_lstm, 32);
  rows("w8_transformer", w8_transformer, 16);
  rows("resnet18", resnet18, 32);
  rows("mobilenet_v2_small", mobilenet_v2_small, 1);
  rows("mobilenet_v2_folded", mobilenet_v2_folded, 1);
  rows("vgg16", vgg16_imagenet, 32);
  rows("vgg16_cifar100", vgg16_cifar100, 128);
  rows("gpt2_small", gpt2_small, 8);
}
