#pragma once

#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/detail/kernels/losses/blockwise_layout.hpp>
#include <foregraph/detail/kernels/losses/softmax_cross_entropy.hpp>

/// The kernels of nn/losses/blockwise_softmax_cross_entropy.hpp.
namespace foregraph {

namespace blockwise {

/// Sizes and memory of one call. The products of a block use all threads themselves, and blocks
/// follow one another, so the sums over rows do not depend on the number of threads.
template <class T, class V>
struct Blocks {
  const KernelCall& call;
  std::int64_t rows;
  std::int64_t inner;
  std::int64_t classes;
  bool transposed;  ///< the weight is stored [classes, inner]
  const T* x;
  const T* weight;
  const T* bias;  ///< null if there is none
  T smoothing;
  T* logits;  ///< a block of rows

  static Blocks of(const KernelCall& call) {
    const auto& a = call.attributes->integers;
    const bool transposed = a[weight_transposed] != 0;
    return {call,
            call.input_shapes[0].dims[0],
            call.input_shapes[0].dims[1],
            call.input_shapes[2].dims[transposed ? 0 : 1],
            transposed,
            static_cast<const T*>(call.inputs[0]),
            static_cast<const T*>(call.inputs[2]),
            a[has_bias] != 0 ? static_cast<const T*>(call.inputs[3]) : nullptr,
            static_cast<T>(call.attributes->number),
            static_cast<T*>(call.workspace)};
  }
  [[nodiscard]] std::int64_t label(std::int64_t row) const {
    return detail::checked_label<T>(call, row, classes,
                                    call.attributes->integers[wide_labels] != 0);
  }
  /// Throws IndexError for the first label out of range.
  void check_labels() const {
    for (std::int64_t r = 0; r < rows; ++r) (void)label(r);
  }
  /// Calls body(begin, count) for each block of rows.
  template <class Body>
  void for_each_block(const Body& body) const {
    const std::int64_t most = call.attributes->integers[block_rows];
    for (std::int64_t begin = 0; begin < rows; begin += most)
      body(begin, rows - begin < most ? rows - begin : most);
  }
  /// Computes the logits of a block without the bias.
  void multiply(std::int64_t begin, std::int64_t count) const {
    gemm<T>(false, transposed, count, classes, inner, T(1), x + begin * inner, weight, T(0),
            logits);
  }
  /// Calls visit(row in the block, its logits) for the rows of a block, on several threads.
  template <class Visit>
  void for_each_row_of_logits(std::int64_t count, const Visit& visit) const {
    for_each_row(count, classes, elements_worth_a_thread, [&](std::int64_t i) {
      T* const row = logits + i * classes;
      for (std::int64_t j = 0; bias != nullptr && j < classes; j += V::size)
        store_part(
            load_part<V>(row + j, classes - j, T(0)) + load_part<V>(bias + j, classes - j, T(0)),
            row + j, classes - j);
      visit(i, row);
    });
  }
};

}  // namespace blockwise

struct BlockwiseSoftmaxCrossEntropyKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto b = blockwise::Blocks<T, V>::of(call);
    auto* const losses = static_cast<T*>(call.output);
    b.check_labels();
    b.for_each_block([&](std::int64_t begin, std::int64_t count) {
      b.multiply(begin, count);
      b.for_each_row_of_logits(count, [&](std::int64_t i, const T* z) {
        const auto row = detail::RowExponentials<T, V>::of(z, b.classes);
        losses[begin + i] =
            detail::cross_entropy_of_row(row, z, b.classes, b.label(begin + i), b.smoothing);
      });
    });
  }
};

struct BlockwiseSoftmaxCrossEntropyGradientsKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto b = blockwise::Blocks<T, V>::of(call);
    const auto results = Results<T, V>::of(call, b.rows, b.inner, b.classes);
    const auto* const cotangent = static_cast<const T*>(call.inputs[b.bias != nullptr ? 4 : 3]);
    b.check_labels();
    b.for_each_block([&](std::int64_t begin, std::int64_t count) {
      b.multiply(begin, count);
      b.for_each_row_of_logits(count, [&](std::int64_t i, T* z) {
        const std::int64_t label = b.label(begin + i);
        const T ct = cotangent[begin + i];
        const auto row = detail::RowExponentials<T, V>::of(z, b.classes);
        results.losses[begin + i] =
            detail::cross_entropy_of_row(row, z, b.classes, label, b.smoothing);
        if (ct == T(0)) return detail::no_gradient(z, b.classes);
        detail::cross_entropy_gradient_of_row(row, z, z, b.classes, label, ct, b.smoothing);
      });
      if (results.x != nullptr)
        gemm<T>(false, !b.transposed, count, b.inner, b.classes, T(1), b.logits, b.weight, T(0),
                results.x + begin * b.inner);
      const T keep = begin == 0 ? T(0) : T(1);
      const T* const rows = b.x + begin * b.inner;
      if (results.weight != nullptr && b.transposed)
        gemm<T>(true, false, b.classes, b.inner, count, T(1), b.logits, rows, keep, results.weight);
      else if (results.weight != nullptr)
        gemm<T>(true, false, b.inner, b.classes, count, T(1), rows, b.logits, keep, results.weight);
      if (results.bias != nullptr) add_columns<T, V>(b, count, begin == 0, results.bias);
    });
  }

 private:
  /// The results in call.output; null if not wanted. The elements between them are set to zero.
  template <class T, class V>
  struct Results {
    T* weight = nullptr;
    T* bias = nullptr;
    T* losses = nullptr;
    T* x = nullptr;

    static Results of(const KernelCall& call, std::int64_t rows, std::int64_t inner,
                      std::int64_t classes) {
      const std::int64_t wanted = call.attributes->integers[blockwise::wanted];
      Results r;
      auto* next = static_cast<T*>(call.output);
      if ((wanted & blockwise::by_weight) != 0) next = padded(r.weight = next, inner * classes);
      if ((wanted & blockwise::by_bias) != 0) next = padded(r.bias = next, classes);
      r.losses = next;
      // The losses are padded for both parts of the batch's size, so x is found from the end.
      const bool has_x = (wanted & blockwise::by_x) != 0;
      T* const end = static_cast<T*>(call.output) + call.output_shape.elements;
      T* const x_begin = end - (has_x ? rows * inner : 0);
      clear(r.losses + rows, x_begin);
      if (has_x) r.x = x_begin;
      return r;
    }

   private:
    /// Returns the end of a result of `elements` elements with its padding.
    static T* padded(T* begin, std::int64_t elements) {
      T* const end = begin + blockwise::padded(elements);
      clear(begin + elements, end);
      return end;
    }
    static void clear(T* begin, T* end) {
      for (; begin != end; ++begin) *begin = T(0);
    }
  };

  /// Adds the sums of the block's columns to `sums`, or writes them there if the block is `first`.
  template <class T, class V>
  static void add_columns(const blockwise::Blocks<T, V>& b, std::int64_t count, bool first,
                          T* sums) {
    constexpr std::int64_t width = V::size;
    parallel_for_rows((b.classes + width - 1) / width, count * width, elements_read_worth_a_thread,
                      [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t j = begin * width; j < end * width; j += width) {
                          const std::int64_t left = b.classes - j;
                          V total(T(0));
                          for (std::int64_t i = 0; i < count; ++i)
                            total = total + load_part<V>(b.logits + i * b.classes + j, left, T(0));
                          if (!first) total = total + load_part<V>(sums + j, left, T(0));
                          store_part(total, sums + j, left);
                        }
                      });
  }
};

}  // namespace foregraph
