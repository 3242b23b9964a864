#pragma once

#include <foregraph/detail/kernels/simd/vector_math.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/ops/activation/softmax.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/linear/matmul.hpp>
#include <foregraph/detail/ops/shape/concat.hpp>
#include <foregraph/detail/ops/shape/iota.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind attention_operands_do_not_match{
    "queries, keys and values do not match",
    "q[...,T,D], k[...,S,D] and v[...,S,E] of one dtype with the same leading axes"};
inline constexpr FaultKind causal_attention_is_of_one_sequence{
    "there are not as many keys as queries",
    "causal attention of a sequence to itself, with T equal to S"};
}  // namespace fault

namespace attention {

/// Rows of scores held at a time, for one matrix of the stack.
inline constexpr std::int64_t block_rows = 64;

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
    const V share(T(1) / hadd(total));
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
      const V mix(hadd(total));
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

constexpr const FaultKind* operand_fault(std::span<const Operand> in,
                                         const Attributes& attributes) {
  const Shape& q = in[0].shape;
  const Shape& k = in[1].shape;
  const Shape& v = in[2].shape;
  if (!is_floating(in[0].dtype)) return &fault::dtype_is_not_supported;
  bool ok = q.rank >= 2 && k.rank == q.rank && v.rank == q.rank && k[-1] == q[-1] &&
            v[-2] == k[-2] && q[-1].is_constant() && v[-1].is_constant();
  for (const Operand& each : in) ok = ok && each.dtype == in[0].dtype;
  for (int i = 0; ok && i < q.rank - 2; ++i) ok = k[i] == q[i] && v[i] == q[i];
  if (ok && in.size() > 3) {
    Shape result = q;
    result.set(q.rank - 1, v[-1]);
    ok = in[3].shape == result;
  }
  if (!ok) return &fault::attention_operands_do_not_match;
  if (attributes.integers[0] != 0 && q[-2] != k[-2])
    return &fault::causal_attention_is_of_one_sequence;
  return nullptr;
}
/// Returns the shape of operand `Like` as the result's.
template <std::size_t Like>
constexpr Inferred infer_like(std::span<const Operand> in, const Attributes& attributes) {
  if (const FaultKind* bad = operand_fault(in, attributes)) return Inferred::failed(*bad);
  return {in[Like].shape, in[0].dtype};
}
/// Returns the scratch memory in bytes: `Count` blocks of rows of scores.
template <std::int64_t Count>
constexpr Dim workspace(std::span<const Operand> in, const Operand&, const Attributes&) {
  const Dim t = in[0].shape[-2];
  const std::int64_t rows = t.is_constant() && t.constant < block_rows ? t.constant : block_rows;
  return multiply(in[1].shape[-2], Dim{Count * rows * bytes_per_element(in[0].dtype)}).value;
}
/// Returns the FLOPs: `Keys` products with a query or key, and `Values` with a value, for each pair
/// of a query and a key.
template <std::int64_t Keys, std::int64_t Values>
constexpr Dim flops(std::span<const Operand> in, const Operand&, const Attributes&) {
  const Dim s = in[1].shape[-2];
  Shape values = in[0].shape;
  values.set(values.rank - 1, in[2].shape[-1]);
  const Dim keys = multiply(in[0].shape.elements(), s).value;
  return multiply(keys, Dim{2 * Keys}).value +
         multiply(multiply(values.elements(), s).value, Dim{2 * Values}).value;
}

/// Probabilities, and the derivative with respect to the scores, as ordinary ops: for second-order
/// derivatives, where [...,T,S] is materialised.
struct Parts {
  Tensor q, k, v, cotangent;
  Location at;
  double scale;
  Tensor probabilities{};

  constexpr explicit Parts(Tensor t)
      : q(elementwise::operand(t, 0)),
        k(elementwise::operand(t, 1)),
        v(elementwise::operand(t, 2)),
        cotangent(elementwise::operand(t, 3)),
        at(t.graph->node(t.id).at),
        scale(t.graph->node(t.id).attributes.number) {
    Graph& g = *t.graph;
    const bool causal = g.node(t.id).attributes.integers[0] != 0;
    const Dim queries = q.shape()[-2];
    Tensor scores = multiply(matmul(q, k, {false, true}, at), scale, at);
    if (causal) {
      const Tensor column = iota(g, queries, i32, at);
      const Tensor row = reshape(column, {queries, Dim{1}}, at);
      const Tensor later = greater(column, row, at);
      scores = select(later, g.constant(-1e30, q.dtype(), at), scores, at);
    }
    probabilities = softmax(scores, -1, at);
  }
  [[nodiscard]] constexpr Tensor score_changes() const {
    const Tensor change = matmul(cotangent, v, {false, true}, at);
    const Tensor weighted = multiply(change, probabilities, at);
    const Tensor mix = sum(weighted, {-1}, KeepDims::yes, at);
    const Tensor rest = subtract(change, mix, at);
    return multiply(multiply(probabilities, rest, at), scale, at);
  }
};

}  // namespace attention

/// attention: softmax(scale * q . k^T) . v for each matrix of a stack, with rows of scores computed
/// in blocks and never stored (Vaswani and others, 2017; Rabe and Staats, Self-attention Does Not
/// Need O(n^2) Memory, 2021, of which this implements the part for queries). T[...,T,D],
/// T[...,S,D], T[...,S,E] -> T[...,T,E] for T in f32, f64. Backward keeps q, k and v, and
/// recomputes the probabilities: once if these have one shape and all derivatives are requested
/// (attention_gradients), otherwise in one op per derivative. In place over q. Attributes:
/// integers[0] is 1 if it is causal (query t attends to keys 0 to t), number is the scale; as in
/// the gradients.
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

/// Derivative with respect to the queries; operands are q, k, v and the cotangent. In place over q
/// or the cotangent.
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

/// Derivative with respect to the keys; operands are q, k, v and the cotangent.
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

/// Derivative with respect to the values; operands are q, k, v and the cotangent.
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

/// All three derivatives if q, k and v have one shape, [3,...,T,D]: the probabilities are computed
/// once.
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

inline constexpr OpDef attention_query_gradient_op{
    .name = "attention_query_gradient",
    .arity = 4,
    .infer = attention::infer_like<0>,
    .decompose =
        [](Tensor t) {
          const attention::Parts parts(t);
          return matmul(parts.score_changes(), parts.k, {}, parts.at);
        },
    .flops = attention::flops<2, 1>,
    .workspace_bytes = attention::workspace<2>,
    .workspace_per_thread = true,
    .in_place = 9,
    .kernels = &Kernels<AttentionQueryGradientKernel>::table,
    .doc = {"f[...,T,D], f[...,S,D], f[...,S,E], f[...,T,E] -> f[...,T,D]", "T*S*(4*D+2*E)"}};

inline constexpr OpDef attention_key_gradient_op{
    .name = "attention_key_gradient",
    .arity = 4,
    .infer = attention::infer_like<1>,
    .decompose =
        [](Tensor t) {
          const attention::Parts parts(t);
          return matmul(parts.score_changes(), parts.q, {true, false}, parts.at);
        },
    .flops = attention::flops<2, 1>,
    .workspace_bytes = attention::workspace<2>,
    .workspace_per_thread = true,
    .kernels = &Kernels<AttentionKeyGradientKernel>::table,
    .doc = {"f[...,T,D], f[...,S,D], f[...,S,E], f[...,T,E] -> f[...,S,D]", "T*S*(4*D+2*E)"}};

inline constexpr OpDef attention_value_gradient_op{
    .name = "attention_value_gradient",
    .arity = 4,
    .infer = attention::infer_like<2>,
    .decompose =
        [](Tensor t) {
          const attention::Parts parts(t);
          return matmul(parts.probabilities, parts.cotangent, {true, false}, parts.at);
        },
    .flops = attention::flops<1, 1>,
    .workspace_bytes = attention::workspace<1>,
    .workspace_per_thread = true,
    .kernels = &Kernels<AttentionValueGradientKernel>::table,
    .doc = {"f[...,T,D], f[...,S,D], f[...,S,E], f[...,T,E] -> f[...,S,E]", "2*T*S*(D+E)"}};

inline constexpr OpDef attention_gradients_op{
    .name = "attention_gradients",
    .arity = 4,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (const FaultKind* bad = attention::operand_fault(in, attributes))
            return Inferred::failed(*bad);
          if (in[1].shape != in[0].shape || in[2].shape != in[0].shape)
            return Inferred::failed(fault::shapes_differ);
          Shape result{Dim{3}};
          for (int i = 0; i < in[0].shape.rank; ++i) result.push_back(in[0].shape[i]);
          return Inferred{result, in[0].dtype};
        },
    .decompose =
        [](Tensor t) {
          const attention::Parts parts(t);
          const Tensor change = parts.score_changes();
          Shape one = parts.q.shape();
          Shape kept{Dim{1}};
          for (int i = 0; i < one.rank; ++i) kept.push_back(one[i]);
          const Tensor by_query = reshape(matmul(change, parts.k, {}, parts.at), kept, parts.at);
          const Tensor by_key =
              reshape(matmul(change, parts.q, {true, false}, parts.at), kept, parts.at);
          const Tensor by_value =
              reshape(matmul(parts.probabilities, parts.cotangent, {true, false}, parts.at), kept,
                      parts.at);
          return concat({by_query, by_key, by_value}, 0, parts.at);
        },
    .flops = attention::flops<3, 2>,
    .workspace_bytes = attention::workspace<2>,
    .workspace_per_thread = true,
    .kernels = &Kernels<AttentionGradientsKernel>::table,
    .doc = {"f[...,T,D], f[...,T,D], f[...,T,D], f[...,T,D] -> f[3,...,T,D]", "10*T*T*D"}};

namespace attention {
/// Sets the cotangents of q, k and v, of one shape, by one op: each is a view of its result.
constexpr void vjp_at_once(Vjp& v) {
  const Shape shape = v.input(0).shape();
  const Tensor all =
      v.output.graph->append(attention_gradients_op,
                             {v.input(0), v.input(1), v.input(2), v.cotangent}, v.attributes, v.at);
  for (int i = 0; i < 3; ++i) v.set(i, reshape(slice(all, 0, i, i + 1, 1, v.at), shape, v.at));
}
}  // namespace attention

inline constexpr OpDef attention_op{
    .name = "attention",
    .arity = 3,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          Inferred result = attention::infer_like<0>(in, attributes);
          if (result.fault == nullptr) result.shape.set(result.shape.rank - 1, in[2].shape[-1]);
          return result;
        },
    .vjp =
        [](Vjp& v) {
          constexpr std::array<const OpDef*, 3> rules{&attention_query_gradient_op,
                                                      &attention_key_gradient_op,
                                                      &attention_value_gradient_op};
          const Shape shape = v.input(0).shape();
          if (v.wants(0) && v.wants(1) && v.wants(2) && v.input(1).shape() == shape &&
              v.input(2).shape() == shape && shape.rank < Shape::max_rank)
            return attention::vjp_at_once(v);
          for (int i = 0; i < 3; ++i)
            if (v.wants(i))
              v.set(i, v.output.graph->append(*rules[static_cast<std::size_t>(i)],
                                              {v.input(0), v.input(1), v.input(2), v.cotangent},
                                              v.attributes, v.at));
        },
    .flops = attention::flops<1, 1>,
    .workspace_bytes = attention::workspace<1>,
    .workspace_per_thread = true,
    .samples = samples::of_every_axis_0,
    .in_place = 1,
    .kernels = &Kernels<AttentionKernel>::table,
    .doc = {"f[...,T,D], f[...,S,D], f[...,S,E] -> f[...,T,E]", "2*T*S*(D+E)"}};

/// Options of scaled_dot_product_attention().
struct AttentionOptions {
  /// Lets each position see only those before it and itself.
  bool causal = false;
  double scale = 0;  ///< of the scores; 0 means 1 / sqrt(D)
};

/// Returns softmax(scale * q . k^T) . v. f[...,T,D], f[...,S,D], f[...,S,E] -> f[...,T,E]; the
/// leading axes, such as batch and heads, must be equal.
[[nodiscard]] constexpr Tensor scaled_dot_product_attention(Tensor q, Tensor k, Tensor v,
                                                            AttentionOptions options = {},
                                                            Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = options.causal ? 1 : 0;
  const auto d = static_cast<double>(q.shape()[-1].at(1));
  attributes.number = options.scale != 0 ? options.scale : 1 / detail::constexpr_sqrt(d);
  return graph_of(q, attention_op, at).append(attention_op, {q, k, v}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(attention_op, AttentionKernel)
FOREGRAPH_REGISTER_KERNEL(attention_query_gradient_op, AttentionQueryGradientKernel)
FOREGRAPH_REGISTER_KERNEL(attention_key_gradient_op, AttentionKeyGradientKernel)
FOREGRAPH_REGISTER_KERNEL(attention_value_gradient_op, AttentionValueGradientKernel)
FOREGRAPH_REGISTER_KERNEL(attention_gradients_op, AttentionGradientsKernel)

}  // namespace foregraph
