// The peak of a process, predicted before it trains, against what the kernel says afterwards.
//
//   plan_against_reality                        all cases, each in a process of its own
//   plan_against_reality table                  the table of docs/memory.md
//   plan_against_reality MODEL BATCH OPTIMIZER  one case, in this process
//   plan_against_reality MODEL BATCH OPTIMIZER row|error
//                                               as above; prints its row of the table, without the
//                                               last column, or that column
//
// Exit code 0: within the bound, 1: beyond it, 77: skipped.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/detail/diagnose/process_prediction.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <string>
#include <vector>

#include "support/sanitized.hpp"

namespace fg = foregraph;
using foregraph::test::is_sanitized;

namespace {

constexpr int beyond_the_bound = 1;
constexpr int skipped = 77;

fg::Model cnn(fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 28, 28, 1});
  const fg::Tensor y = g.input("label", {fg::batch}, fg::i32);
  const fg::Tensor a = fg::max_pool2d(fg::relu(fg::nn::conv2d(x, 6, 5, "conv1")));
  const fg::Tensor b = fg::max_pool2d(fg::relu(fg::nn::conv2d(a, 12, 5, "conv2")));
  const fg::Tensor logits = fg::nn::dense(fg::flatten(b), 10, "logits");
  return {.loss = fg::nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}

struct NamedModel {
  const char* name;
  fg::Model (*build)(fg::Graph&);
};
const NamedModel models[] = {
    {"w1_logistic", [](fg::Graph& g) { return fg::models::w1_logistic(g); }},
    {"w2_linear", [](fg::Graph& g) { return fg::models::w2_linear(g); }},
    {"w3_wide_data", [](fg::Graph& g) { return fg::models::w3_wide_data(g); }},
    {"w4_mlp", [](fg::Graph& g) { return fg::models::w4_mlp(g); }},
    {"w5_lenet", [](fg::Graph& g) { return fg::models::w5_lenet(g); }},
    {"w6_resnet20", [](fg::Graph& g) { return fg::models::w6_resnet20(g); }},
    {"w7_lstm", [](fg::Graph& g) { return fg::models::w7_lstm(g); }},
    {"w8_transformer", [](fg::Graph& g) { return fg::models::w8_transformer(g); }},
    {"cnn", cnn},
};

void fill_inputs(fg::TrainerBase& training) {
  const fg::Graph& g = training.step_graph();
  unsigned number = 1;
  for (const fg::NodeId id : g.inputs) {
    if (g.node(id).dtype != fg::f32) continue;  // labels stay 0
    for (float& v : training.input<float>(g.text(g.node(id).name))) {
      number = number * 1664525U + 1013904223U;
      v = static_cast<float>(number >> 8) * 0x1p-24F;
    }
  }
}

struct Case {
  std::string model;
  std::int64_t batch_size = 0;
  std::string optimizer;
  std::string format;  ///< "row", "error", or empty for a line to read
};

void print(const Case& each, const fg::ProcessPrediction& predicted, fg::Bytes measured,
           bool is_within) {
  const std::string plan = to_string(predicted.plan);
  const std::string process = to_string(predicted.peak());
  const std::string off = to_string(predicted.peak() - measured);
  if (each.format == "error") {
    std::printf(" %s |\n", off.c_str());
    return;
  }
  if (each.format == "row") {
    std::printf("| %s, %lld, %s | %s | %s | %s | %s |", each.model.c_str(),
                static_cast<long long>(each.batch_size), each.optimizer.c_str(), plan.c_str(),
                process.c_str(), to_string(measured).c_str(), off.c_str());
    return;
  }
  const std::string what =
      each.model + ' ' + std::to_string(each.batch_size) + ' ' + each.optimizer;
  std::printf("%-28s plan %8s, process predicted %8s, measured %8s, off by %8s%s\n  beyond: %s\n",
              what.c_str(), plan.c_str(), process.c_str(), to_string(measured).c_str(), off.c_str(),
              is_within ? "" : "  BEYOND THE BOUND", describe_beyond_the_plan(predicted).c_str());
}

int compare(fg::TrainerBase& training, const Case& each) {
  const std::int64_t batch_size = each.batch_size;
  const auto predicted = [&] {
    const fg::Step step = fg::plan_step(training.step_graph().clone(), batch_size,
                                        {.threads = fg::default_threads()});
    return fg::predicted_process_peak(step.graph, step.plan, training.allocated());
  }();
  training.prepare(batch_size);
  fill_inputs(training);
  for (int step = 0; step < (batch_size < 256 ? 3 : 1); ++step) training.step();
  const auto measured = fg::process_memory();
  if (!predicted || !measured) {
    std::printf("skipped: there is no /proc that tells what the process has\n");
    return skipped;
  }
  const fg::Bytes off = predicted->peak() - measured->peak;
  const std::int64_t bound = std::max<std::int64_t>(measured->peak.count / 50, 1 << 20);
  const bool is_within = std::abs(off.count) <= bound;
  print(each, *predicted, measured->peak, is_within);
  return is_within ? 0 : beyond_the_bound;
}

int one_case(const Case& each) {
  for (const NamedModel& named : models) {
    if (each.model != named.name) continue;
    fg::Graph g;
    const fg::Model model = named.build(g);
    if (each.optimizer == "sgd") {
      fg::Trainer trainer{g, model, fg::optim::sgd(0.01)};
      return compare(trainer, each);
    }
    fg::Trainer trainer{g, model, fg::optim::adam()};
    return compare(trainer, each);
  }
  std::printf("there is no model '%s'\n", each.model.c_str());
  return beyond_the_bound;
}

/// Runs a case, with the vector instructions of `isa` if that is not null.
int in_a_process_of_its_own(const char* program, const Case& each, const char* isa = nullptr) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    if (isa != nullptr) setenv("FOREGRAPH_ISA", isa, 1);
    const std::string batch_size = std::to_string(each.batch_size);
    execl("/proc/self/exe", program, each.model.c_str(), batch_size.c_str(), each.optimizer.c_str(),
          each.format.empty() ? nullptr : each.format.c_str(), nullptr);
    std::perror("/proc/self/exe");
    _exit(beyond_the_bound);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : beyond_the_bound;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const NamedModel& named : models) {
    if (named.build == cnn) continue;
    for (const std::int64_t batch_size : {1, 32, 256})
      cases.push_back({named.name, batch_size, batch_size == 32 ? "sgd" : "adam", ""});
  }
  cases.push_back({"cnn", 8192, "sgd", ""});
  return cases;
}

/// Prints the table of docs/memory.md, with one thread.
int print_table(const char* program) {
  setenv("FOREGRAPH_THREADS", "1", 1);
  std::printf(
      "| model, batch, optimizer | plan | predicted | measured | off by | with AVX-512 |\n"
      "|---|--:|--:|--:|--:|--:|\n");
  int failed = 0;
  for (Case each : all_cases()) {
    each.format = "row";
    failed += in_a_process_of_its_own(program, each, "baseline") != 0;
    each.format = "error";
    failed += in_a_process_of_its_own(program, each, "avx512") != 0;
  }
  return failed == 0 ? 0 : beyond_the_bound;
}

}  // namespace

int main(int argc, char** argv) {
  if (is_sanitized || !fg::process_memory()) {
    std::printf("skipped: %s\n", is_sanitized
                                     ? "a sanitizer has memory of its own"
                                     : "there is no /proc that tells what the process has");
    return skipped;
  }
  if (argc == 2 && std::string(argv[1]) == "table") return print_table(argv[0]);
  if (argc == 4 || argc == 5)
    return one_case({argv[1], std::atoll(argv[2]), argv[3], argc == 5 ? argv[4] : ""});
  int failed = 0;
  for (const Case& each : all_cases()) failed += in_a_process_of_its_own(argv[0], each) != 0;
  std::printf("%d cases beyond the bound of 2 %% or 1 MiB\n", failed);
  return failed == 0 ? 0 : beyond_the_bound;
}
