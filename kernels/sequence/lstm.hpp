#pragma once

#include <cstdint>

#include <foregraph/detail/graph/kernel.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/detail/kernels/simd/vector_math.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// The kernels of ops/sequence/lstm.hpp, with its notation.
namespace foregraph {

namespace detail {

/// Computes one step of one sample: the gates from `x` and `product`, the next cell and h.
template <class T, class V>
void lstm_step(const T* x, const T* product, T* gates, T* cell, T* hidden, std::int64_t units) {
  for (std::int64_t k = 0; k < units; k += V::size) {
    const std::int64_t left = units - k;
    V z[4];
    for (std::int64_t q = 0; q < 4; ++q) {
      z[q] = load_part<V>(x + q * units + k, left, T(0));
      if (product != nullptr) z[q] = z[q] + load_part<V>(product + q * units + k, left, T(0));
    }
    const V i = vector_math::logistic_of(z[0]);
    const V f = vector_math::logistic_of(z[1]);
    const V g = vector_math::tanh_of(z[2]);
    const V o = vector_math::logistic_of(z[3]);
    V c = i * g;
    if (product != nullptr) c = c + f * load_part<V>(cell + k, left, T(0));
    store_part(i, gates + k, left);
    store_part(f, gates + units + k, left);
    store_part(g, gates + 2 * units + k, left);
    store_part(o, gates + 3 * units + k, left);
    store_part(c, cell + k, left);
    store_part(V(o * vector_math::tanh_of(c)), hidden + k, left);
  }
}
/// Computes the next cell of one sample from its gates. `before` is null at the first step.
template <class T, class V>
void lstm_cell(const T* gates, const T* before, T* cell, std::int64_t units) {
  for (std::int64_t k = 0; k < units; k += V::size) {
    const std::int64_t left = units - k;
    V c = load_part<V>(gates + k, left, T(0)) * load_part<V>(gates + 2 * units + k, left, T(0));
    if (before != nullptr)
      c = c + load_part<V>(gates + units + k, left, T(0)) * load_part<V>(before + k, left, T(0));
    store_part(c, cell + k, left);
  }
}

}  // namespace detail

/// The kernel of lstm: computes the gates. f[N,T,4H], f[H,4H] -> f[N,T,4H], in place over the
/// first. Workspace 6 N H. Samples are independent, so each thread runs some samples for the whole
/// sequence.
struct LstmKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t samples = call.output_shape.dims[0];
    const std::int64_t steps = call.output_shape.dims[1];
    const std::int64_t units = call.input_shapes[1].dims[0];
    const std::int64_t wide = 4 * units;
    const auto* x = static_cast<const T*>(call.inputs[0]);
    const auto* w = static_cast<const T*>(call.inputs[1]);
    auto* gates = static_cast<T*>(call.output);
    auto* all_products = static_cast<T*>(call.workspace);  // [N,4H]
    T* all_hidden = all_products + samples * wide;         // [N,H], of the previous step
    T* all_cells = all_hidden + samples * units;           // [N,H]
    const RowProduct<T> recurrent{samples, wide, units, w};
    parallel_for(samples, recurrent.rows_a_thread(), [&](std::int64_t begin, std::int64_t end) {
      T* products = all_products + begin * wide;
      T* hidden = all_hidden + begin * units;
      T* cells = all_cells + begin * units;
      for (std::int64_t t = 0; t < steps; ++t) {
        if (t > 0) recurrent.multiply(end - begin, hidden, products);
        for (std::int64_t n = 0; n < end - begin; ++n) {
          const std::int64_t at = ((begin + n) * steps + t) * wide;
          detail::lstm_step<T, V>(x + at, t > 0 ? products + n * wide : nullptr, gates + at,
                                  cells + n * units, hidden + n * units, units);
        }
      }
    });
  }
};

/// The kernel of lstm_states: computes h of all steps. f[N,T,4H] gates -> f[N,T,H]. Workspace N H.
struct LstmStatesKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t samples = call.output_shape.dims[0];
    const std::int64_t steps = call.output_shape.dims[1];
    const std::int64_t units = call.output_shape.dims[2];
    const auto* all = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    auto* cells = static_cast<T*>(call.workspace);  // [N,H]
    constexpr std::int64_t worth_a_thread = 16384;  // elements of the result
    parallel_for(samples, 1 + worth_a_thread / (steps * units),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t n = begin; n < end; ++n)
                     for (std::int64_t t = 0; t < steps; ++t)
                       step<T, V>(all + (n * steps + t) * 4 * units, t > 0, cells + n * units,
                                  out + (n * steps + t) * units, units);
                 });
  }
  template <class T, class V>
  static void step(const T* gates, bool has_before, T* cell, T* hidden, std::int64_t units) {
    detail::lstm_cell<T, V>(gates, has_before ? cell : nullptr, cell, units);
    for (std::int64_t k = 0; k < units; k += V::size)
      store_part(V(load_part<V>(gates + 3 * units + k, units - k, T(0)) *
                   vector_math::tanh_of(load_part<V>(cell + k, units - k, T(0)))),
                 hidden + k, units - k);
  }
};

/// The kernel of lstm_gradient: computes the cotangent of lstm's x. f[N,T,4H] gates, f[4H,H] w
/// transposed, f[N,S,H] cotangent of h for the last S steps (0 for earlier ones) -> f[N,T,4H], in
/// place over the gates. Workspace N H (T + 5): the cells, with a slab [N,H] for each step and one
/// more, and a slab [N,4H]. A backward step needs only the cells up to its own step, so later slabs
/// hold the cotangents it receives from the following step.
struct LstmGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t samples = call.output_shape.dims[0];
    const std::int64_t steps = call.output_shape.dims[1];
    const std::int64_t units = call.input_shapes[1].dims[1];
    const std::int64_t given = call.input_shapes[2].dims[1];
    const std::int64_t wide = 4 * units;
    const std::int64_t slab = samples * units;
    const auto* gates = static_cast<const T*>(call.inputs[0]);
    const auto* transposed = static_cast<const T*>(call.inputs[1]);
    const auto* cotangent = static_cast<const T*>(call.inputs[2]);
    auto* out = static_cast<T*>(call.output);
    auto* cells = static_cast<T*>(call.workspace);  // [T+1,N,H]
    T* rows = cells + (steps + 1) * slab;           // [N,4H], the result of the following step
    const RowProduct<T> recurrent{samples, units, wide, transposed};
    parallel_for(samples, recurrent.rows_a_thread(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n)
        for (std::int64_t t = 0; t < steps; ++t) {
          T* cell = cells + t * slab + n * units;
          detail::lstm_cell<T, V>(gates + (n * steps + t) * wide, t > 0 ? cell - slab : nullptr,
                                  cell, units);
        }
      for (std::int64_t t = steps - 1; t >= 0; --t) {
        T* d_hidden = cells + (t + 2) * slab;
        if (t + 1 < steps)
          recurrent.multiply(end - begin, rows + begin * wide, d_hidden + begin * units);
        const std::int64_t from_end = given - steps + t;  // index of this step in the cotangent
        for (std::int64_t n = begin; n < end; ++n) {
          const std::int64_t at = (n * steps + t) * wide;
          const Step<T> step{gates + at,
                             cells + t * slab + n * units,
                             t > 0 ? cells + (t - 1) * slab + n * units : nullptr,
                             from_end >= 0 ? cotangent + (n * given + from_end) * units : nullptr,
                             t + 1 < steps ? d_hidden + n * units : nullptr,
                             t + 1 < steps ? cells + (t + 1) * slab + n * units : nullptr,
                             out + at,
                             rows + n * wide};
          step_back<T, V>(step, units);
        }
      }
    });
  }

  /// Operands of one backward step of one sample; a pointer is null if the operand does not exist.
  template <class T>
  struct Step {
    const T* gates;
    T* cell;             ///< replaced by the cotangent of the previous step's cell
    const T* before;     ///< cell of the previous step
    const T* cotangent;  ///< of h, from the op's operand
    const T* d_hidden;   ///< cotangent of h from the following step
    const T* d_cell;     ///< cotangent of the cell from the following step
    T* out;
    T* row;  ///< receives a copy of out
  };
  template <class T, class V>
  static void step_back(const Step<T>& s, std::int64_t units) {
    const V zero(T(0));
    const V one(T(1));
    for (std::int64_t k = 0; k < units; k += V::size) {
      const std::int64_t left = units - k;
      const auto load = [&](const T* from) {
        return from != nullptr ? load_part<V>(from + k, left, T(0)) : zero;
      };
      const V i = load(s.gates);
      const V f = load(s.gates + units);
      const V g = load(s.gates + 2 * units);
      const V o = load(s.gates + 3 * units);
      const V tanh_c = vector_math::tanh_of(load(s.cell));
      V dh = load(s.cotangent);
      if (s.d_hidden != nullptr) dh = dh + load(s.d_hidden);
      V dc = dh * o * (one - tanh_c * tanh_c);
      if (s.d_cell != nullptr) dc = dc + load(s.d_cell);
      const V parts[4] = {dc * g * i * (one - i), dc * load(s.before) * f * (one - f),
                          dc * i * (one - g * g), dh * tanh_c * o * (one - o)};
      store_part(V(dc * f), s.cell + k, left);
      for (std::int64_t gate = 0; gate < 4; ++gate) {
        store_part(parts[gate], s.out + gate * units + k, left);
        store_part(parts[gate], s.row + gate * units + k, left);
      }
    }
  }
};

/// The kernel of one_step_later: shifts a sequence by one step, with zeros first.
/// T[N,T,K] -> T[N,T,K] for every dtype, in place. The backward pass needs no operands.
struct OneStepLaterKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t row = call.output_shape.dims[2];
    const std::int64_t size = call.output_shape.dims[1] * row;
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    constexpr std::int64_t worth_a_thread = 65536;  // elements
    parallel_for(call.output_shape.dims[0], 1 + worth_a_thread / size,
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t n = begin; n < end; ++n) {
                     __builtin_memmove(out + n * size + row, x + n * size,
                                       static_cast<std::size_t>(size - row) * sizeof(T));
                     __builtin_memset(out + n * size, 0, static_cast<std::size_t>(row) * sizeof(T));
                   }
                 });
  }
};

}  // namespace foregraph
