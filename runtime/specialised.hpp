#pragma once

#include <array>
#include <cstddef>
#include <numeric>
#include <span>
#include <utility>

#include <foregraph/detail/kernels/simd/native_batch.hpp>
#include <foregraph/detail/kernels/simd/native_level.hpp>
#include <foregraph/detail/kernels/sums.hpp>
#include <foregraph/detail/runtime/frozen_step.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <foregraph/detail/runtime/region_chunk.hpp>

/// Kernels for the fused regions of a model known to the compiler: the code of a region is frozen
/// into constants and becomes one loop over whole vectors with all values in registers.
namespace foregraph {

namespace frozen {

template <DType D>
struct TypeOf;
template <>
struct TypeOf<DType::f32> {
  using type = float;
};
template <>
struct TypeOf<DType::f64> {
  using type = double;
};
template <>
struct TypeOf<DType::i32> {
  using type = std::int32_t;
};
template <>
struct TypeOf<DType::i64> {
  using type = std::int64_t;
};

/// The loop of region R, compiled for `Level`, the NativeLevel of the file that needs it.
template <class StepCode, std::size_t R, class Level>
class Kernel {
  static constexpr Region region = StepCode::code.regions[R];
  using T = typename TypeOf<region.dtype>::type;
  using V = kernels::NativeBatch<T>;
  static constexpr auto width = static_cast<std::int64_t>(V::size);
  template <std::size_t I>
  static constexpr const Value& value = StepCode::code.values[region.first + I];
  template <std::size_t I>
  static constexpr bool is_load = value<I>.code.kind == RegionValue::Kind::load;

  template <std::size_t I>
  static constexpr bool is_sum = value<I>.code.kind == RegionValue::Kind::sum;

  static T element(const void* source, std::int64_t i, bool is_truth) {
    return is_truth ? static_cast<T>(static_cast<const unsigned char*>(source)[i] != 0)
                    : static_cast<const T*>(source)[i];
  }

  /// Returns the vector of a value that is equal for all elements, or zeros if it is not.
  template <std::size_t I>
  static V fixed(const KernelCall& call) {
    constexpr const Value& v = value<I>;
    if constexpr (v.code.kind == RegionValue::Kind::immediate) {
      if constexpr (v.leaf == OpKind::setting)
        return V(static_cast<T>(call.settings[v.setting]));
      else if constexpr (v.leaf == OpKind::extent)
        return V(static_cast<T>(v.extent.elements().at(call.batch)));
      else
        return V(static_cast<T>(v.number));
    } else if constexpr (is_load<I> && v.code.pattern == LoadPattern::scalar) {
      return V(element(call.inputs[v.input], 0, v.code.is_truth));
    } else {
      return V(T(0));
    }
  }

  template <std::size_t I>
  static V load(const KernelCall& call, std::int64_t i) {
    constexpr const Value& v = value<I>;
    const void* source = call.inputs[v.input];
    if constexpr (v.code.pattern == LoadPattern::contiguous && !v.code.is_truth) {
      return V::load_unaligned(static_cast<const T*>(source) + i);
    } else {
      const std::int64_t inner =
          v.code.pattern == LoadPattern::contiguous ? 1 : v.code.inner.at(call.batch);
      const std::int64_t at = i % inner;
      if constexpr (v.code.pattern == LoadPattern::row && !v.code.is_truth)
        if (at + width <= inner) return V::load_unaligned(static_cast<const T*>(source) + at);
      if constexpr (v.code.pattern == LoadPattern::column)
        if (at + width <= inner) return V(element(source, i / inner, v.code.is_truth));
      const std::int64_t last = region.shape.elements().at(call.batch) - 1;
      alignas(64) T lanes[V::size];
      for (std::int64_t lane = 0; lane < width; ++lane) {
        const std::int64_t k = i + lane < last ? i + lane : last;
        lanes[lane] = element(source,
                              v.code.pattern == LoadPattern::contiguous ? k
                              : v.code.pattern == LoadPattern::row      ? k % inner
                                                                        : k / inner,
                              v.code.is_truth);
      }
      return V::load_unaligned(lanes);
    }
  }

  template <std::size_t I, std::size_t... Operand>
  static V apply(const V* values, std::index_sequence<Operand...>) {
    constexpr const Value& v = value<I>;
    using OpKernel = typename KernelOf<*v.code.op>::type;
    return OpKernel::template apply<V>(values[v.code.operands[Operand]]...);
  }

  template <std::size_t I>
  static V compute(const V* values, const V* fixed_values, const KernelCall& call, std::int64_t i) {
    constexpr const Value& v = value<I>;
    if constexpr (v.code.kind == RegionValue::Kind::apply)
      return apply<I>(values, std::make_index_sequence<static_cast<std::size_t>(v.code.arity)>{});
    else if constexpr (is_load<I> && v.code.pattern != LoadPattern::scalar)
      return load<I>(call, i);
    else
      return fixed_values[I];
  }

  template <std::size_t I>
  static void store(const V& v, const KernelCall& call, std::int64_t i, std::int64_t count) {
    constexpr std::int32_t output = value<I>.output;
    if constexpr (output < 0 || is_sum<I>) {
      (void)v, (void)call, (void)i, (void)count;
    } else if constexpr (value<I>.code.is_truth) {
      alignas(64) T lanes[V::size];
      v.store_unaligned(lanes);
      auto* out = static_cast<unsigned char*>(call.outputs[output]) + i;
      for (std::int64_t lane = 0; lane < width && lane < count - i; ++lane)
        out[lane] = lanes[lane] != T(0) ? 1 : 0;
    } else {
      v.store_unaligned(static_cast<T*>(call.outputs[output]) + i);
    }
  }

  /// Number of sums that value I has in each chunk; 0 for rows, each of which lies within a chunk.
  template <std::size_t I>
  static constexpr std::int64_t sums_of =
      is_sum<I> ? planning::sums_in_a_chunk({value<I>.code.pattern, value<I>.code.inner}) : 0;

  /// Adds elements [start, start + count) of value I's operand to `own`, or to the rows of the
  /// output.
  template <std::size_t I>
  static void sum_up(const KernelCall& call, T* own, const T* x, std::int64_t start,
                     std::int64_t count) {
    constexpr const Value& v = value<I>;
    const std::int64_t inner = v.code.inner.at(call.batch);
    if constexpr (v.code.pattern == LoadPattern::row)
      sums::add_columns<V>(own, x, start, count, inner, sums::period_of<V>(inner));
    else if constexpr (v.code.pattern == LoadPattern::column)
      sums::add_rows<V>(static_cast<T*>(call.outputs[v.output]), x, start, count, inner);
    else
      *own += sums::of_all<V>(x, count);
  }

  static constexpr std::int64_t block = 512;  ///< elements buffered before they are summed

  template <std::size_t... I>
  static void loop(const KernelCall& call, std::index_sequence<I...>) {
    const std::int64_t count = region.shape.elements().at(call.batch);
    const V fixed_values[] = {fixed<I>(call)...};
    constexpr std::size_t kept = (std::size_t{0} + ... + (is_sum<I> ? 1U : 0U));
    // Computes the elements from `begin` to `end`; values to be summed are also stored in
    // `waiting`.
    const auto part = [&](std::int64_t begin, std::int64_t end,
                          [[maybe_unused]] T(*waiting)[block]) {
      for (std::int64_t i = begin; i < end; i += width) {
        V values[sizeof...(I)];
        ((values[I] = compute<I>(values, fixed_values, call, i)), ...);
        (store<I>(values[I], call, i, count), ...);
        if constexpr (kept > 0) {
          T(*next)[block] = waiting;
          const auto keep = [&](const V& v) { v.store_unaligned(*next++ + (i - begin)); };
          ((is_sum<I> ? keep(values[is_sum<I> ? value<I>.code.operands[0] : 0]) : void()), ...);
        }
      }
    };
    // Chunks are multiples of 64 elements, so only vectors of the last chunk reach beyond its end.
    if constexpr (kept == 0) {
      const auto run = [&](std::int64_t begin, std::int64_t end) { part(begin, end, nullptr); };
      const std::int64_t chunk = region_chunk(sizeof...(I), 64);
      if (count <= chunk || threads_here() <= 1)
        run(0, count);
      else
        parallel_for(count, chunk, run);
    } else {
      // Sum by block, by chunk and over all chunks, in an order that does not depend on the
      // threads.
      constexpr std::int64_t own_count = (0 + ... + sums_of<I>);
      T chunk_sums[most_chunk_sums];
      std::int64_t whole = block;  // becomes a multiple of the row length if rows are summed
      ((value<I>.code.pattern == LoadPattern::column && is_sum<I> && whole < count
            ? void(whole = std::lcm(whole, value<I>.code.inner.at(call.batch)))
            : void()),
       ...);
      const std::int64_t chunk =
          count <= whole ? whole : region_chunk(sizeof...(I), whole, count, own_count);
      parallel_for(count, chunk, [&](std::int64_t begin, std::int64_t end) {
        alignas(64) T waiting[kept][block];
        T* own = chunk_sums + (begin == 0 ? 0 : begin / chunk * own_count);
        for (std::int64_t t = 0; t < own_count; ++t) own[t] = T(0);
        for (std::int64_t i = begin; i < end; i += block) {
          const std::int64_t stop = i + block < end ? i + block : end;
          part(i, stop, waiting);
          T* of_value = own;
          const T(*next)[block] = waiting;
          const auto add = [&]<std::size_t Index>() {
            if constexpr (is_sum<Index>) {
              sum_up<Index>(call, of_value, *next++, i, stop - i);
              of_value += sums_of<Index>;
            }
          };
          (add.template operator()<I>(), ...);
        }
      });
      add_chunks(chunk_sums, count <= chunk ? 1 : (count + chunk - 1) / chunk, own_count);
      const T* first = chunk_sums;
      const auto write = [&]<std::size_t Index>() {
        T* out = sums_of<Index> > 0 ? static_cast<T*>(call.outputs[value<Index>.output]) : nullptr;
        for (std::int64_t k = 0; k < sums_of<Index>; ++k) out[k] = *first++;
      };
      (write.template operator()<I>(), ...);
    }
  }

 public:
  /// Runs the region; a KernelFn. Uses whole vectors even at the end, since buffers extend to the
  /// next multiple of 64 bytes.
  static void run(const KernelCall& call) { loop(call, std::make_index_sequence<region.count>{}); }
};

/// True if the op has a kernel class. User-defined ops without FOREGRAPH_REGISTER_KERNEL do not;
/// their regions are interpreted.
template <const auto& Op>
concept HasKernelClass = requires {
  typename KernelOf<Op>::type;
};
template <class StepCode, std::size_t Index>
[[nodiscard]] constexpr bool is_known() {
  if constexpr (StepCode::code.values[Index].code.kind == RegionValue::Kind::apply) {
    // g++ 14 to 16 find no name for the op ("sorry, unimplemented: mangling") without this one.
    constexpr const OpDef* op = StepCode::code.values[Index].code.op;
    return HasKernelClass<*op>;
  } else {
    return true;
  }
}
template <class StepCode, std::size_t First, std::size_t... I>
[[nodiscard]] constexpr bool all_known(std::index_sequence<I...>) {
  return (is_known<StepCode, First + I>() && ...);
}
template <class StepCode, std::size_t R>
[[nodiscard]] constexpr bool can_specialise() {
  constexpr Region region = StepCode::code.regions[R];
  if constexpr (region.usable)
    return all_known<StepCode, region.first>(std::make_index_sequence<region.count>{});
  else
    return false;
}

template <class StepCode, std::size_t R, class Level>
[[nodiscard]] constexpr SpecialisedRegion entry() {
  if constexpr (can_specialise<StepCode, R>())
    return {StepCode::code.regions[R].fingerprint, &Kernel<StepCode, R, Level>::run, Level::isa};
  else
    return {};
}

template <class StepCode, class Level, class Indices>
struct Table;
template <class StepCode, class Level, std::size_t... R>
struct Table<StepCode, Level, std::index_sequence<R...>> {
  static constexpr std::array<SpecialisedRegion, sizeof...(R)> entries = {
      entry<StepCode, R, Level>()...};
};

}  // namespace frozen

/// Returns kernels for all fused regions of the model's training step with this type of optimizer,
/// compiled for the vector instructions of the calling file.
template <auto ModelFunction, class Optimizer, class Level = NativeLevel>
[[nodiscard]] std::span<const SpecialisedRegion> specialised_regions() {
  using StepCode = frozen::Step<ModelFunction, Optimizer>;
  using Indices = std::make_index_sequence<StepCode::counts.regions>;
  return frozen::Table<StepCode, Level, Indices>::entries;
}

}  // namespace foregraph
