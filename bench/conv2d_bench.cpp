// A convolution with both of its gradients, in the shapes of w5, w6 and of larger networks: the
// library's, also with each pass alone, and, if it was found, oneDNN's in the same layout. One
// thread.
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <foregraph/detail/ops/image/conv2d.hpp>
#include <memory>
#include <vector>

#include "limits/products.hpp"

namespace fg = foregraph;

namespace {

constexpr std::int64_t batch = 32;

fg::ConcreteShape concrete(const fg::Shape& shape) {
  fg::ConcreteShape c;
  c.rank = shape.rank;
  for (int i = 0; i < shape.rank; ++i) {
    c.dims[static_cast<std::size_t>(i)] = shape[i].at(batch);
    c.elements *= shape[i].at(batch);
  }
  return c;
}

limits::Convolution convolution(const benchmark::State& state) {
  return {.size = state.range(0),
          .channels = state.range(1),
          .filters = state.range(2),
          .kernel = state.range(3),
          .stride = state.range(4),
          .padding = state.range(5)};
}

/// The kernels of a convolution, called in the same way as by a program.
struct Ours {
  explicit Ours(const limits::Convolution& c) {
    fg::Graph g;
    const fg::Tensor x = g.input("x", {fg::batch, c.size, c.size, c.channels});
    const fg::Tensor w = g.input("w", {c.kernel, c.kernel, c.channels, c.filters});
    const fg::Tensor y = fg::conv2d(
        x, w,
        {.stride_h = c.stride, .stride_w = c.stride, .padding = fg::equal_padding(c.padding)});
    attributes = g.node(y.id).attributes;
    attributes.shape = x.shape();
    const std::array shapes{x.shape(), w.shape(), y.shape()};
    for (std::size_t i = 0; i < 3; ++i) {
      operands[i] = {shapes[i], fg::f32};
      sizes[i] = concrete(shapes[i]);
      memory[i].assign(static_cast<std::size_t>(sizes[i].elements), 0.5F);
    }
  }
  void forward() { run(fg::conv2d_op, 0, 1, 2); }
  void by_image() { run(fg::conv2d_input_gradient_op, 2, 1, 0); }
  void by_weights() { run(fg::conv2d_weight_gradient_op, 0, 2, 1); }
  [[nodiscard]] double flops() const {
    return 2.0 * static_cast<double>(sizes[2].elements * sizes[1].elements / sizes[1].dims[3]);
  }

  void run(const fg::OpDef& op, std::size_t a, std::size_t b, std::size_t out) {
    const std::array in{operands[a], operands[b]};
    const std::int64_t bytes =
        op.workspace_bytes(in, operands[out], attributes).at(batch) + 64;  // for alignment
    if (static_cast<std::int64_t>(workspace.size()) < bytes)
      workspace.resize(static_cast<std::size_t>(bytes));
    const std::array<const void*, 2> inputs{memory[a].data(), memory[b].data()};
    const std::array shapes{sizes[a], sizes[b]};
    void* scratch = workspace.data();
    std::size_t room = workspace.size();
    fg::KernelCall call;
    call.output = memory[out].data();
    call.inputs = inputs.data();
    call.input_shapes = shapes.data();
    call.output_shape = sizes[out];
    call.attributes = &attributes;
    call.workspace = std::align(64, static_cast<std::size_t>(bytes - 64), scratch, room);
    call.batch = batch;
    op.kernels().run[static_cast<std::size_t>(fg::f32)](call);
    benchmark::DoNotOptimize(call.output);
  }

  fg::Attributes attributes;
  std::array<fg::Operand, 3> operands{};
  std::array<fg::ConcreteShape, 3> sizes{};
  std::array<std::vector<float>, 3> memory;
  std::vector<std::byte> workspace;
};

void report(benchmark::State& state, double flops) {
  state.counters["GFLOP/s"] =
      benchmark::Counter(1e-9 * flops, benchmark::Counter::kIsIterationInvariantRate);
}

template <void (Ours::*pass)()>
void one(benchmark::State& state) {
  Ours ours(convolution(state));
  for (auto _ : state) (ours.*pass)();
  report(state, ours.flops());
}
void ours(benchmark::State& state) {
  Ours all(convolution(state));
  for (auto _ : state) {
    all.forward();
    all.by_image();
    all.by_weights();
  }
  report(state, 3 * all.flops());
}
void onednn(benchmark::State& state) {
  const auto run = limits::convolutions({convolution(state)}, batch, 1);
  if (run.empty()) return state.SkipWithError("oneDNN was not found when this was built");
  for (auto _ : state) run.front()();
  report(state, 3 * Ours(convolution(state)).flops());
}

void shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"size", "channels", "filters", "kernel", "stride", "padding"});
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{28, 1, 6, 5, 1, 0},  // w5
                                              {12, 6, 16, 5, 1, 0},
                                              {32, 3, 16, 3, 1, 1},  // w6
                                              {32, 16, 16, 3, 1, 1},
                                              {32, 16, 32, 3, 2, 1},
                                              {16, 32, 32, 3, 1, 1},
                                              {16, 32, 64, 3, 2, 1},
                                              {8, 64, 64, 3, 1, 1},
                                              {56, 64, 64, 3, 1, 1},  // larger networks
                                              {28, 128, 128, 3, 1, 1},
                                              {14, 256, 256, 3, 1, 1},
                                              {28, 256, 64, 1, 1, 0}})
    bench->Args(shape);
  bench->Unit(benchmark::kMicrosecond)->UseRealTime();
}

BENCHMARK(ours)->Apply(shapes);
BENCHMARK(onednn)->Apply(shapes);
BENCHMARK(one<&Ours::forward>)->Name("forward")->Apply(shapes);
BENCHMARK(one<&Ours::by_image>)->Name("by_image")->Apply(shapes);
BENCHMARK(one<&Ours::by_weights>)->Name("by_weights")->Apply(shapes);

}  // namespace
