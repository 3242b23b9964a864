// Training on a device: the step is proven to fit before there is a program.
//
// MobileNetV2 of width 0.35 on 128x128 images is trained on from a finished model, whose batch
// norms are folded into the convolutions. Frameworks keep all gradients until the optimizer runs;
// here every gradient is used as soon as it is complete, and what is not parameters shrinks to less
// than 1/2.4.
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <foregraph/planner/report.hpp>
#include <iostream>

namespace fg = foregraph;
using namespace fg::literals;

/// Bytes of a step that are not parameters: with the plan made here, and in the order written with
/// all gradients kept.
struct Transient {
  std::int64_t ours;
  std::int64_t gradients_kept;
};
constexpr Transient transient_bytes() {
  fg::Graph g;
  const fg::Model model = fg::models::mobilenet_v2_folded(g);
  const fg::Graph ours = fg::training_graph(g, model, fg::sgd());
  const fg::Graph kept = fg::training_graph(g, model, fg::KeepGradients<fg::Sgd>{fg::sgd()});
  return {fg::plan_memory(ours, 1).transient_bytes,
          fg::plan_memory(kept, 1, {.order = fg::OrderMethod::as_written}).transient_bytes};
}

constexpr Transient transient = transient_bytes();
static_assert(10 * transient.gradients_kept >= 24 * transient.ours);
static_assert(fg::Bytes{transient.ours} < 4_MiB);

int main() {
  std::cout << "transient memory of a step: " << to_string(fg::Bytes{transient.ours})
            << "; with all gradients kept: " << to_string(fg::Bytes{transient.gradients_kept})
            << '\n';
}
