// Prints a table of steps paged to a file: the bytes that leave memory, the time of the step as it
// is, the time predicted for the paged step from that and the disk's measured speed, and the time
// measured.
//     paging_table [SHARE [THREADS [FOLDER]]]
// pages into SHARE of each peak (0.3 by default), or into the least that paging reaches if that is
// more. Exit code 1 if the paged step gives other variables than the step as it is.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/page_file.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/compile/paging/paging.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <string>
#include <vector>

#include "timing.hpp"

namespace {

using namespace foregraph;

struct Settings {
  double share = 0.3;
  int threads = 1;
  std::filesystem::path folder{};
};

void fill(TrainerBase& trainer) {
  const Graph& g = trainer.step_graph();
  for (const NodeId id : g.inputs) {
    const std::string name(g.text(g.node(id).name));
    if (g.node(id).dtype == i32) {
      std::size_t i = 0;
      for (std::int32_t& value : trainer.input<std::int32_t>(name))
        value = static_cast<std::int32_t>(i++ * 7 % 10);
    } else {
      std::size_t i = 0;
      for (float& value : trainer.input<float>(name))
        value = std::sin(0.37F * static_cast<float>(i++));
    }
  }
}

bool have_equal_variables(TrainerBase& one, TrainerBase& other) {
  for (const Variable& v : one.step_graph().variables) {
    const std::string name = full_name(one.step_graph(), v.node);
    const auto a = std::as_bytes(one.variable<float>(name));
    const auto b = std::as_bytes(other.variable<float>(name));
    if (!std::equal(a.begin(), a.end(), b.begin(), b.end())) return false;
  }
  return true;
}

/// Adds a row; returns true if the variables are equal after some steps.
template <class Function, class Optimizer>
bool add(std::vector<std::vector<std::string>>& rows, const std::string& name,
         const Function& function, const Optimizer& optimizer, std::int64_t batch_size,
         const Settings& settings) {
  Graph g;
  const Model model = function(g);
  Trainer whole{
      g, model, optimizer, {.memory_budget = Budget::unlimited(), .threads = settings.threads}};
  const Step step =
      plan_step(whole.step_graph().clone(), batch_size, {.threads = settings.threads});
  const Bytes peak = step.plan.peak();
  const Bytes wanted{static_cast<std::int64_t>(settings.share * static_cast<double>(peak.count))};
  std::optional<PagedStep> paged = page_to_fit(step.graph, step.plan, wanted);
  const Bytes budget = paged ? wanted : smallest_by_paging(step.graph, step.plan);
  if (!paged) paged = page_to_fit(step.graph, step.plan, budget);
  Trainer trainer{g,
                  model,
                  optimizer,
                  {.memory_budget = budget,
                   .fit_to_budget = true,
                   .paging = {.use = Paging::first, .folder = settings.folder},
                   .threads = settings.threads}};
  for (TrainerBase* each :
       {static_cast<TrainerBase*>(&whole), static_cast<TrainerBase*>(&trainer)}) {
    each->prepare(batch_size);
    fill(*each);
  }
  std::vector<double> as_it_is;
  std::vector<double> measured;
  constexpr int steps = 9;
  for (int i = -1; i < steps; ++i) {
    const auto start = std::chrono::steady_clock::now();
    whole.step();
    const double one = timing::seconds_since(start);
    const auto middle = std::chrono::steady_clock::now();
    trainer.step();
    if (i < 0) continue;
    as_it_is.push_back(one);
    measured.push_back(timing::seconds_since(middle));
  }
  const DiskSpeed disk = measure_disk(settings.folder, std::int64_t{64} << 20);
  const double before = timing::median(as_it_is);
  const double after = timing::median(measured);
  const double predicted = paged_step_seconds(
      paged->graph, paged->plan, before, disk.write_bytes_per_second, disk.read_bytes_per_second);
  const bool is_equal = have_equal_variables(whole, trainer);
  const auto ms = [](double seconds) { return text::significant(seconds * 1e3, 4) + " ms"; };
  rows.push_back(
      {name, std::to_string(batch_size), to_string(peak), to_string(paged->plan.peak()),
       text::significant(
           static_cast<double>(paged->plan.peak().count) / static_cast<double>(peak.count), 2),
       to_string(Bytes{paged->written_bytes}), to_string(Bytes{paged->read_bytes}), ms(before),
       ms(predicted), ms(after), text::percent(predicted / after - 1),
       is_equal ? "equal" : "DIFFER"});
  return is_equal;
}

}  // namespace

int main(int count, char** words) {
  Settings settings;
  if (count > 1) settings.share = std::atof(words[1]);
  if (count > 2) settings.threads = std::atoi(words[2]);
  if (count > 3) settings.folder = words[3];
  if (count > 4 || !(settings.share > 0 && settings.share <= 1)) {
    std::fputs("usage: paging_table [SHARE, above 0 to 1 [THREADS [FOLDER]]]\n", stderr);
    return 2;
  }
  try {
    std::vector<std::vector<std::string>> rows{{"model", "batch", "peak", "paged to", "share",
                                                "written", "read", "as it is", "predicted",
                                                "measured", "off by", "bits"}};
    bool is_equal = true;
    const auto sgd = optim::sgd_momentum(0.01);
    is_equal &= add(rows, "w6_resnet20", models::w6_resnet20, sgd, 32, settings);
    is_equal &=
        add(rows, "w8_transformer", models::w8_transformer, optim::adamw(1e-3), 16, settings);
    is_equal &=
        add(rows, "vgg16_cifar100", models::vgg16_cifar100, optim::sgd(0.01), 128, settings);
    std::fputs(aligned_columns(rows, "lrrrrrrrrrrl").c_str(), stdout);
    return is_equal ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "paging_table: %s\n", error.what());
    return 5;
  }
}
