// Training on a device: the step is proven to fit at compile time.
//
// Fine-tunes a finished MobileNetV2 of width 0.35 on 128x128 images, with batch norms folded into
// the convolutions. Frameworks keep all gradients until the optimizer runs; here every gradient is
// consumed as soon as it is complete, which shrinks memory other than parameters to less than
// 1/2.4.
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <foregraph/planner.hpp>
#include <iostream>

namespace fg = foregraph;
using namespace fg::literals;

/// Returns the bytes of a one-image step other than parameters.
template <class Optimizer>
constexpr std::int64_t transient_bytes(const Optimizer& optimizer, fg::OrderMethod order) {
  fg::Graph g;
  const fg::Model model = fg::models::mobilenet_v2_folded(g);
  const fg::Graph step = fg::training_graph(g, model, optimizer);
  return fg::plan_memory(step, 1, {.order = order}).transient_bytes;
}

constexpr std::int64_t ours = transient_bytes(fg::optim::sgd(), fg::OrderMethod::searched);
constexpr std::int64_t gradients_kept = transient_bytes(
    fg::optim::KeepGradients<fg::optim::Sgd>{fg::optim::sgd()}, fg::OrderMethod::as_written);
static_assert(10 * gradients_kept >= 24 * ours);
static_assert(fg::Bytes{ours} < 4_MiB);

int main() {
  std::cout << "transient memory of a step: " << to_string(fg::Bytes{ours})
            << "; with all gradients kept: " << to_string(fg::Bytes{gradients_kept}) << '\n';
}
