#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// The kernel of ops/linear/batch_matmul.hpp.
namespace foregraph {

struct BatchMatmulKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const bool ta = call.attributes->integers[0] != 0;
    const bool tb = call.attributes->integers[1] != 0;
    const ConcreteShape& a_shape = call.input_shapes[0];
    const ConcreteShape& b_shape = call.input_shapes[1];
    const ConcreteShape& shape = call.output_shape;
    const int axes = shape.rank - 2;
    const auto last = static_cast<std::size_t>(shape.rank - 1);
    const std::int64_t m = shape.dims[last - 1];
    const std::int64_t n = shape.dims[last];
    const std::int64_t k = a_shape.dims[static_cast<std::size_t>(a_shape.rank - (ta ? 2 : 1))];
    const auto* a = static_cast<const T*>(call.inputs[0]);
    const auto* b = static_cast<const T*>(call.inputs[1]);
    auto* out = static_cast<T*>(call.output);

    // If all of a is multiplied by one matrix b, the rows of a form a single matrix.
    if (!ta && b_shape.elements == k * n && a_shape.elements * n == shape.elements * k) {
      gemm<T>(false, tb, shape.elements / n, n, k, T(1), a, b, T(0), out);
      return;
    }
    std::int64_t a_steps[Shape::max_rank];
    std::int64_t b_steps[Shape::max_rank];
    steps<V>(a_shape, axes, m * k, a_steps);
    steps<V>(b_shape, axes, k * n, b_steps);
    const std::int64_t count = shape.elements / (m * n);
    // With few matrices, each product uses the threads internally, with the same result.
    constexpr std::int64_t worth_a_thread = std::int64_t{1} << 18;  // multiplications
    const bool by_matrices = count >= 2 * threads_here();
    parallel_for(count, by_matrices ? 1 + worth_a_thread / (m * n * k + 1) : count,
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i)
                     gemm<T>(
                         ta, tb, m, n, k, T(1), a + offset<V>(i, shape, a_shape, m * k, a_steps),
                         b + offset<V>(i, shape, b_shape, k * n, b_steps), T(0), out + i * m * n);
                 });
  }

  /// Returns the offset of the operand's matrix for the i-th matrix of the result.
  template <class V>
  [[gnu::always_inline]] static std::int64_t offset(std::int64_t i, const ConcreteShape& shape,
                                                    const ConcreteShape& operand,
                                                    std::int64_t matrix,
                                                    const std::int64_t* steps) {
    const int axes = shape.rank - 2;
    bool repeated = operand.rank < shape.rank;
    for (int axis = 0; axis < axes && !repeated; ++axis)
      repeated = operand.dims[static_cast<std::size_t>(axis)] !=
                 shape.dims[static_cast<std::size_t>(axis)];
    if (!repeated) return i * matrix;
    std::int64_t result = 0;
    for (int axis = axes - 1; axis >= 0; --axis) {
      const std::int64_t size = shape.dims[static_cast<std::size_t>(axis)];
      result += i % size * steps[axis];
      i /= size;
    }
    return result;
  }

  /// Computes the distance between the operand's matrices along each leading axis of the result; 0
  /// along axes where one matrix is broadcast.
  template <class V>
  static void steps(const ConcreteShape& operand, int axes, std::int64_t matrix,
                    std::int64_t* result) {
    std::int64_t step = matrix;
    for (int axis = axes - 1; axis >= 0; --axis) {
      const int own = axis - axes + operand.rank - 2;
      const std::int64_t size = own >= 0 ? operand.dims[static_cast<std::size_t>(own)] : 1;
      result[axis] = size == 1 ? 0 : step;
      step *= size;
    }
  }
};

}  // namespace foregraph
