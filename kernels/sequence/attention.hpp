#pragma once

#include <limits>

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/detail/kernels/sequence/attention_block.hpp>
#include <foregraph/detail/kernels/simd/vector_math.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// The kernels of ops/sequence/attention.hpp.
namespace foregraph {

namespace attention {
/// Sizes and memory of one call. The scores [T,S] are computed in blocks of rows, so a call needs
/// [64,S] of scratch memory instead of [...,T,S], in forward and in backward, which recomputes the
/// probabilities from q and k.
template <class T, class V>
struct Blocks {
  const KernelCall& call;
  std::int64_t t;  ///< queries
  std::int64_t s;  ///< keys
  std::int64_t d;  ///< length of a query and of a key
  std::int64_t e;  ///< length of a value
  std::int64_t stacks;
  bool causal;
  T scale;
  T* scores;  ///< probabilities of a block of rows, [rows, columns]
  T* change;  ///< derivative with respect to the scaled scores, if needed

  static Blocks of(const KernelCall& call) {
    const ConcreteShape& q = call.input_shapes[0];
    const ConcreteShape& v = call.input_shapes[2];
    const auto last = static_cast<std::size_t>(q.rank - 1);
    const std::int64_t t = q.dims[last - 1];
    const std::int64_t s = v.dims[last - 1];
    const std::int64_t rows = t < block_rows ? t : block_rows;
    auto* scores = static_cast<T*>(workspace_of(call));
    return {call,
            t,
            s,
            q.dims[last],
            v.dims[last],
            q.elements / (t * q.dims[last]),
            call.attributes->integers[0] != 0,
            static_cast<T>(call.attributes->number),
            scores,
            scores + rows * s};
  }
  const T* query(std::int64_t i) const { return static_cast<const T*>(call.inputs[0]) + i * t * d; }
  const T* key(std::int64_t i) const { return static_cast<const T*>(call.inputs[1]) + i * s * d; }
  const T* value(std::int64_t i) const { return static_cast<const T*>(call.inputs[2]) + i * s * e; }
  const T* cotangent(std::int64_t i) const {
    return static_cast<const T*>(call.inputs[3]) + i * t * e;
  }
  std::int64_t rows_at(std::int64_t first) const {
    return t - first < block_rows ? t - first : block_rows;
  }
  /// Returns the number of keys visible to any of the rows up to `end`.
  std::int64_t columns_at(std::int64_t end) const { return causal ? end : s; }

  /// Stores in `scores` the probabilities of rows [first, first + rows) of matrix i.
  void probabilities(std::int64_t i, std::int64_t first, std::int64_t rows) const {
    const std::int64_t columns = columns_at(first + rows);
    gemm<T>(false, true, rows, columns, d, scale, query(i) + first * d, key(i), T(0), scores);
    for (std::int64_t r = 0; r < rows; ++r) {
      T* x = scores + r * columns;
      const std::int64_t seen = causal ? first + r + 1 : s;
      softmax_in_place(x, seen);
      for (std::int64_t c = seen; c < columns; ++c) x[c] = 0;
    }
  }
  /// Computes softmax in place. The exponentials stay in the cache until their sum is known, so
  /// each is computed once.
  static void softmax_in_place(T* x, std::int64_t count) {
    constexpr T lowest = -std::numeric_limits<T>::infinity();
    V most(lowest);
    for (std::int64_t c = 0; c < count; c += V::size)
      most = max(most, load_part<V>(x + c, count - c, lowest));
    alignas(64) T lanes[V::size];
    most.store_unaligned(lanes);
    T largest = lanes[0];
    for (const T lane : lanes) largest = lane > largest ? lane : largest;
    V total(T(0));
    for (std::int64_t c = 0; c < count; c += V::size) {
      const V e = vector_math::exp_of_nonpositive_near(
          V(load_part<V>(x + c, count - c, lowest) - V(largest)));
      total = total + e;
      store_part(e, x + c, count - c);
    }
    const V share(T(1) / sum_of_lanes(total));
    for (std::int64_t c = 0; c < count; c += V::size)
      store_part(V(load_part<V>(x + c, count - c, T(0)) * share), x + c, count - c);
  }
  /// Stores in `change` the derivative with respect to the scaled scores, for the probabilities of
  /// the same rows.
  void score_changes(std::int64_t i, std::int64_t first, std::int64_t rows) const {
    const std::int64_t columns = columns_at(first + rows);
    gemm<T>(false, true, rows, columns, e, T(1), cotangent(i) + first * e, value(i), T(0), change);
    for (std::int64_t r = 0; r < rows; ++r) {
      const T* p = scores + r * columns;
      T* dp = change + r * columns;
      V total(T(0));
      for (std::int64_t c = 0; c < columns; c += V::size)
        total = total +
                load_part<V>(p + c, columns - c, T(0)) * load_part<V>(dp + c, columns - c, T(0));
      const V mix(sum_of_lanes(total));
      for (std::int64_t c = 0; c < columns; c += V::size)
        store_part(load_part<V>(p + c, columns - c, T(0)) *
                       (load_part<V>(dp + c, columns - c, T(0)) - mix),
                   dp + c, columns - c);
    }
  }
};

/// Calls visit(blocks, i) for each matrix of the stack, several concurrently on threads.
template <class T, class V, class Visit>
[[gnu::always_inline]] inline void for_each_matrix(const KernelCall& call, const Visit& visit) {
  const auto all = Blocks<T, V>::of(call);
  const std::int64_t work = all.t * all.s * (all.d + all.e);  // multiplications of one matrix
  constexpr std::int64_t worth_a_thread = std::int64_t{1} << 20;
  parallel_for(all.stacks, 1 + worth_a_thread / (work + 1),
               [&](std::int64_t begin, std::int64_t end) {
                 const auto blocks = Blocks<T, V>::of(call);  // in this thread's workspace
                 for (std::int64_t i = begin; i < end; ++i) visit(blocks, i);
               });
}
}  // namespace attention

struct AttentionKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    attention::for_each_matrix<T, V>(call, [&](const auto& blocks, std::int64_t i) {
      T* out = static_cast<T*>(call.output) + i * blocks.t * blocks.e;
      for (std::int64_t first = 0; first < blocks.t; first += attention::block_rows) {
        const std::int64_t rows = blocks.rows_at(first);
        blocks.probabilities(i, first, rows);
        gemm<T>(false, false, rows, blocks.e, blocks.columns_at(first + rows), T(1), blocks.scores,
                blocks.value(i), T(0), out + first * blocks.e);
      }
    });
  }
};

struct AttentionQueryGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    attention::for_each_matrix<T, V>(call, [&](const auto& blocks, std::int64_t i) {
      T* out = static_cast<T*>(call.output) + i * blocks.t * blocks.d;
      for (std::int64_t first = 0; first < blocks.t; first += attention::block_rows) {
        const std::int64_t rows = blocks.rows_at(first);
        blocks.probabilities(i, first, rows);
        blocks.score_changes(i, first, rows);
        gemm<T>(false, false, rows, blocks.d, blocks.columns_at(first + rows), blocks.scale,
                blocks.change, blocks.key(i), T(0), out + first * blocks.d);
      }
    });
  }
};

struct AttentionKeyGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    attention::for_each_matrix<T, V>(call, [&](const auto& blocks, std::int64_t i) {
      const std::int64_t size = blocks.s * blocks.d;
      T* out = static_cast<T*>(call.output) + i * size;
      __builtin_memset(out, 0, static_cast<std::size_t>(size) * sizeof(T));
      for (std::int64_t first = 0; first < blocks.t; first += attention::block_rows) {
        const std::int64_t rows = blocks.rows_at(first);
        blocks.probabilities(i, first, rows);
        blocks.score_changes(i, first, rows);
        gemm<T>(true, false, blocks.columns_at(first + rows), blocks.d, rows, blocks.scale,
                blocks.change, blocks.query(i) + first * blocks.d, T(1), out);
      }
    });
  }
};

struct AttentionValueGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    attention::for_each_matrix<T, V>(call, [&](const auto& blocks, std::int64_t i) {
      const std::int64_t size = blocks.s * blocks.e;
      T* out = static_cast<T*>(call.output) + i * size;
      __builtin_memset(out, 0, static_cast<std::size_t>(size) * sizeof(T));
      for (std::int64_t first = 0; first < blocks.t; first += attention::block_rows) {
        const std::int64_t rows = blocks.rows_at(first);
        blocks.probabilities(i, first, rows);
        gemm<T>(true, false, blocks.columns_at(first + rows), blocks.e, rows, T(1), blocks.scores,
                blocks.cotangent(i) + first * blocks.e, T(1), out);
      }
    });
  }
};

struct AttentionGradientsKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    attention::for_each_matrix<T, V>(call, [&](const auto& blocks, std::int64_t i) {
      const std::int64_t size = blocks.s * blocks.d;
      const std::int64_t stack = blocks.stacks * size;
      T* by_query = static_cast<T*>(call.output) + i * size;
      T* by_key = by_query + stack;
      T* by_value = by_key + stack;
      for (std::int64_t first = 0, seen = 0; first < blocks.t; first += attention::block_rows) {
        const std::int64_t rows = blocks.rows_at(first);
        const std::int64_t columns = blocks.columns_at(first + rows);
        const T* cotangent = blocks.cotangent(i) + first * blocks.e;
        blocks.probabilities(i, first, rows);
        blocks.score_changes(i, first, rows);
        gemm<T>(false, false, rows, blocks.d, columns, blocks.scale, blocks.change, blocks.key(i),
                T(0), by_query + first * blocks.d);
        // Keys not visible to earlier rows have no sums yet.
        for (T* sums : {by_key, by_value})
          __builtin_memset(sums + seen * blocks.d, 0,
                           static_cast<std::size_t>((columns - seen) * blocks.d) * sizeof(T));
        seen = columns;
        gemm<T>(true, false, columns, blocks.d, rows, blocks.scale, blocks.change,
                blocks.query(i) + first * blocks.d, T(1), by_key);
        gemm<T>(true, false, columns, blocks.d, rows, T(1), blocks.scores, cotangent, T(1),
                by_value);
      }
    });
  }
};

}  // namespace foregraph
