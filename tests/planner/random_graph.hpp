#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <foregraph/plan.hpp>

namespace fg = foregraph;

/// A training step over a random mixture of ops: elementwise, broadcasting, products, sums,
/// reshapes, transposes, selections. The same seed gives the same graph.
class RandomGraph {
 public:
  explicit RandomGraph(std::uint64_t seed) : random_(seed) {}

  /// With `ops` random ops, and then SGD, momentum or Adam.
  fg::Graph training_step(int ops) {
    fg::Graph g;
    const fg::DType dtype = below(4) == 0 ? fg::f64 : fg::f32;
    pool_ = {g.input("x", {fg::batch, width()}, dtype), g.input("y", {fg::batch, 1}, dtype),
             parameter(g, {width()}, dtype)};
    for (int i = 0; i < ops; ++i) pool_.push_back(random_op(g, dtype));
    fg::Tensor loss = fg::mean(pool_.back());
    for (int i = 0; i < 3; ++i) loss = loss + fg::mean(any());
    loss = loss + fg::sum(fg::multiply(pool_[2], pool_[2]));  // one parameter is always reached
    fg::Model model{loss, {}};
    switch (below(3)) {
      case 0:
        return fg::training_graph(g, model, fg::optim::sgd());
      case 1:
        return fg::training_graph(g, model, fg::optim::sgd_momentum());
      default:
        return fg::training_graph(g, model, fg::optim::adam());
    }
  }

  std::int64_t below(std::int64_t n) {
    return std::uniform_int_distribution<std::int64_t>(0, n - 1)(random_);
  }

 private:
  std::int64_t width() { return std::array<std::int64_t, 4>{1, 3, 16, 40}[index(4)]; }
  std::size_t index(std::size_t n) {
    return static_cast<std::size_t>(below(static_cast<std::int64_t>(n)));
  }
  fg::Tensor any() { return pool_[index(pool_.size())]; }
  fg::Tensor parameter(fg::Graph& g, fg::Shape shape, fg::DType dtype) {
    return g.parameter("p" + std::to_string(g.size()), shape, fg::uniform(0.1), dtype);
  }
  /// The operand and another one that broadcasts with it, or the operand and a number.
  std::array<fg::Argument, 2> pair(fg::Tensor a) {
    for (int tries = 0; tries < 8; ++tries) {
      const fg::Tensor b = any();
      const auto both = fg::elementwise::broadcast_shapes(a.shape(), b.shape());
      if (both.ok && both.shape.element_product().fault == fg::SizeFault::none &&
          both.shape.elements().at(1) < 5000)
        return {a, b};
    }
    return {a, 0.5};
  }
  fg::Tensor product(fg::Graph& g, fg::Tensor a, fg::DType dtype) {
    if (a.shape().rank != 2) a = fg::reshape(a, {a.shape().elements(), 1});
    if (!a.shape()[1].is_constant()) a = fg::transpose(a);
    if (!a.shape()[1].is_constant()) return a;
    const bool transposed = below(2) == 0;
    const fg::Dim n{width()};
    const fg::Shape shape = transposed ? fg::Shape{n, a.shape()[1]} : fg::Shape{a.shape()[1], n};
    return fg::matmul(a, parameter(g, shape, dtype), {false, transposed});
  }
  fg::Tensor random_op(fg::Graph& g, fg::DType dtype) {
    const fg::Tensor a = any();
    const int rank = a.shape().rank;
    switch (below(16)) {
      case 0:
        return fg::relu(a);
      case 1:
        return fg::tanh(a);
      case 2:
        return fg::sigmoid(a);
      case 3:
        return fg::exp(-a);
      case 4:
      case 5: {
        const auto [x, y] = pair(a);
        return x * y;
      }
      case 6: {
        const auto [x, y] = pair(a);
        return x + y;
      }
      case 7: {
        const auto [x, y] = pair(a);
        return x - y;
      }
      case 8: {
        const auto [x, y] = pair(a);
        return fg::select(x > y, x, y);
      }
      case 9:
        return rank > 0 ? fg::sum(a, {static_cast<int>(below(rank))},
                                  below(2) == 0 ? fg::KeepDims::yes : fg::KeepDims::no)
                        : fg::softplus(a);
      case 10:
        return rank >= 2 ? fg::transpose(a) : fg::negate(a);
      case 11:
        return fg::reshape(a, {a.shape().elements()});
      case 12:
        return rank > 0 ? fg::softmax(a) : fg::sqrt(a * a + 1.0);
      case 13:
        return rank < 3 && a.shape().elements().at(1) < 1000
                   ? fg::broadcast_to(a, with_leading(a.shape()))
                   : fg::maximum(a, 0.0);
      default:
        return product(g, a, dtype);
    }
  }
  static fg::Shape with_leading(const fg::Shape& shape) {
    fg::Shape result{3};
    for (int i = 0; i < shape.rank; ++i) result.push_back(shape[i]);
    return result;
  }

  std::mt19937_64 random_;
  std::vector<fg::Tensor> pool_;
};
