#pragma once

#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <foregraph/foregraph.hpp>
#include <random>

/// A planned and allocated graph with random numbers in all inputs and variables, for benchmarks
/// without a training step.
class ForwardProgram {
 public:
  ForwardProgram(const foregraph::Graph& graph, std::int64_t batch, int threads)
      : program_(graph.clone(), foregraph::plan_memory(graph, batch)) {
    foregraph::start_blas();
    const foregraph::Plan& plan = program_.plan();
    const auto arena = [](std::int64_t bytes) {
      return foregraph::Arena(static_cast<std::size_t>(bytes));
    };
    variables_ = arena(plan.variables_bytes);
    inputs_ = arena(plan.inputs_bytes());
    transient_ = arena(plan.transient_bytes);
    program_.attach(variables_.data(), inputs_.data(), transient_.data());
    program_.use_threads(threads);
    for (const foregraph::Arena* floats : {&variables_, &inputs_}) fill(*floats);
  }
  void run() const { program_.run(); }
  [[nodiscard]] const foregraph::Plan& plan() const { return program_.plan(); }

 private:
  static void fill(const foregraph::Arena& arena) {
    // Avoid the standard library's distributions: they would load the system's mathematics library,
    // which would count as memory of this program.
    std::minstd_rand generator(1);
    auto* values = reinterpret_cast<float*>(arena.data());
    for (std::size_t i = 0; i < arena.size_bytes() / sizeof(float); ++i)
      values[i] = static_cast<float>(generator() % 2001) * 2e-4F - 0.2F;
  }

  foregraph::Program program_;
  foregraph::Arena variables_, inputs_, transient_;
};
