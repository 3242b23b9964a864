// Definitions of w1 to w8, and of their limits.
#include "workloads.hpp"

namespace fg = foregraph;
namespace models = foregraph::models;
using limits::dense;
using limits::Products;

namespace workloads {
namespace {

/// The step size is 0, which does not change the work. Otherwise a small model trained on one batch
/// for a second, a hundred thousand steps and more, reaches gradients so small that Adam's moments
/// are subnormal numbers, whose cost does not occur in real training.
constexpr auto still_adam = fg::optim::adam(0.0);

Workload w1() {
  return {.name = "w1_logistic/32",
          .batch = 32,
          .make_static = of_compiler<models::w1_logistic>(still_adam),
          .make_runtime = of_runtime(models::w1_logistic, still_adam),
          .target_static_us = 0.6,
          .target_runtime_us = 1.5};
}

Workload w2(std::int64_t batch) {
  const bool small = batch == 16;
  return {.name = "w2_linear/" + std::to_string(batch),
          .batch = batch,
          .make_static = of_compiler<models::w2_linear>(still_adam),
          .make_runtime = of_runtime(models::w2_linear, still_adam),
          .target_static_us = small ? 0.25 : 0,
          .target_runtime_us = small ? 1.0 : 0};
}

Workload w3(std::int64_t batch) {
  return {.name = "w3_wide_data/" + std::to_string(batch),
          .batch = batch,
          .make_static = of_compiler<models::w3_wide_data>(still_adam),
          .make_runtime = of_runtime(models::w3_wide_data, still_adam),
          .products = dense(batch, 100, 32, true) + dense(batch, 32, 1),
          .target_ratio = batch == 32 ? 2.0 : 1.3};
}

Workload w4() {
  constexpr std::int64_t parameters = 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10;
  return {.name = "w4_mlp/128",
          .batch = 128,
          .make_static = of_compiler<models::w4_mlp>(still_adam),
          .make_runtime = of_runtime(models::w4_mlp, still_adam),
          .products = dense(128, 784, 512, true) + dense(128, 512, 512) + dense(128, 512, 10),
          .adam_parameters = parameters,
          .target_ratio = 1.15};
}

Workload w5() {
  return {.name = "w5_lenet/64",
          .batch = 64,
          .make_static = {},
          .make_runtime = of_runtime(models::w5_lenet, fg::optim::sgd_momentum()),
          .products = dense(64, 256, 120) + dense(64, 120, 84) + dense(64, 84, 10),
          .convolutions = {{28, 1, 6, 5, 1, 0, true}, {12, 6, 16, 5}},
          .target_ratio = 1.5};
}

Workload w6() {
  return {.name = "w6_resnet20/32",
          .batch = 32,
          .make_static = {},
          .make_runtime = of_runtime(models::w6_resnet20, fg::optim::sgd_momentum()),
          .products = dense(32, 64, 10),
          .convolutions = {{32, 3, 16, 3, 1, 1, true},
                           {32, 16, 16, 3, 1, 1, false, 6},
                           {32, 16, 32, 3, 2, 1},
                           {32, 16, 32, 1, 2, 0},
                           {16, 32, 32, 3, 1, 1, false, 5},
                           {16, 32, 64, 3, 2, 1},
                           {16, 32, 64, 1, 2, 0},
                           {8, 64, 64, 3, 1, 1, false, 5}},
          .norms = {{32 * 32 * 32, 16, 7}, {32 * 16 * 16, 32, 7}, {32 * 8 * 8, 64, 7}},
          .target_ratio = 1.25};
}

/// The input's part of the gates is one product; the recurrent part is a small product per step,
/// forward and backward, from the second step on; the gradient of the recurrent weights is one
/// product.
Workload w7() {
  constexpr std::int64_t batch = 32;
  constexpr std::int64_t steps = 32;
  const Products recurrent{{false, false, batch, 1024, 256, steps - 1},
                           {false, true, batch, 256, 1024, steps - 1},
                           {true, false, 256, 1024, batch * steps}};
  return {.name = "w7_lstm/32",
          .batch = batch,
          .make_static = {},
          .make_runtime = of_runtime(models::w7_lstm, still_adam),
          .products = dense(batch * steps, 64, 1024, true) + recurrent + dense(batch, 256, 10),
          .target_ratio = 1.25};
}

/// Counts attention's products as if the scores were not masked.
Workload w8() {
  constexpr std::int64_t rows = 16 * 128;
  const Products block =
      dense(rows, 128, 384) + dense(rows, 128, 128) + dense(rows, 128, 512) + dense(rows, 512, 128);
  const std::int64_t heads = 16 * 4;
  const Products attention{{false, true, 128, 128, 32, 2 * heads},
                           {false, false, 128, 32, 128, 2 * heads},
                           {true, false, 128, 32, 128, 2 * heads}};
  return {.name = "w8_transformer/16",
          .batch = 16,
          .make_static = {},
          .make_runtime = of_runtime(models::w8_transformer, fg::optim::adamw()),
          .products = limits::times(4, block + attention) + dense(rows, 128, 96),
          .target_ratio = 1.4};
}

/// Returns the same workload in less memory: the trainer chooses what to recompute.
Workload within(Workload workload, std::int64_t mebibytes) {
  const std::string suffix = "_in_" + std::to_string(mebibytes) + "MiB";
  workload.name.insert(workload.name.find('/'), suffix);
  workload.budget = fg::Bytes{mebibytes << 20};
  return workload;
}

}  // namespace

const std::vector<Workload>& all() {
  static const std::vector<Workload> list{
      w1(), w2(16), w2(128),          w3(32), w3(10'000), w4(),
      w5(), w6(),   within(w6(), 32), w7(),   w8(),       within(w8(), 58)};
  return list;
}

}  // namespace workloads
