#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/one_axis.hpp>

/// The kernel of ops/reduction/top_k.hpp.
namespace foregraph {

struct TopKIndicesKernel {
  static constexpr bool integers = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto s = one_axis::split(call.input_shapes[0], call.attributes->integers[0]);
    const std::int64_t k = call.attributes->integers[1];
    const bool largest = call.attributes->integers[2] != 0;
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<std::int64_t*>(call.output);
    for_each_row(s.outer, s.count * s.inner, elements_worth_a_thread, [=](std::int64_t o) {
      for (std::int64_t c = 0; c < s.inner; ++c) {
        Heap<T, V> heap{x + o * s.count * s.inner + c, out + o * k * s.inner + c, s.inner, largest};
        heap.select(s.count, k);
      }
    });
  }

 private:
  /// Indices in heap order, the worst at the root.
  template <class T, class V>
  struct Heap {
    const T* x;
    std::int64_t* indices;
    std::int64_t step;
    bool largest;

    bool is_better(std::int64_t a, std::int64_t b) const {
      const T u = x[a * step];
      const T v = x[b * step];
      const bool u_above = u > v || (u != u && v == v);
      const bool v_above = v > u || (v != v && u == u);
      if (u_above || v_above) return largest ? u_above : v_above;
      return a < b;
    }
    /// Moves `index` down from `i` to its place in a heap of `size`.
    void sift(std::int64_t index, std::int64_t i, std::int64_t size) {
      for (;;) {
        std::int64_t child = 2 * i + 1;
        if (child >= size) break;
        if (child + 1 < size && is_better(indices[child * step], indices[(child + 1) * step]))
          ++child;
        if (!is_better(index, indices[child * step])) break;
        indices[i * step] = indices[child * step];
        i = child;
      }
      indices[i * step] = index;
    }
    void select(std::int64_t count, std::int64_t k) {
      for (std::int64_t i = 0; i < k; ++i) indices[i * step] = i;
      for (std::int64_t i = k / 2; i-- > 0;) sift(indices[i * step], i, k);
      for (std::int64_t i = k; i < count; ++i)
        if (is_better(i, indices[0])) sift(i, 0, k);
      for (std::int64_t size = k - 1; size > 0; --size) {  // the worst of the remaining goes last
        const std::int64_t last = indices[size * step];
        indices[size * step] = indices[0];
        sift(last, 0, size);
      }
    }
  };
};

}  // namespace foregraph
