#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/basic/one_axis.hpp>
#include <foregraph/detail/kernels/basic/strided_copy.hpp>

/// The kernels of ops/shape/take_along_axis.hpp.
namespace foregraph {

namespace detail {
template <class V>
[[gnu::always_inline]] inline std::int64_t checked_position(const KernelCall& call, bool wide,
                                                            std::int64_t i, std::int64_t count) {
  const std::int64_t index = wide ? static_cast<const std::int64_t*>(call.inputs[1])[i]
                                  : static_cast<const std::int32_t*>(call.inputs[1])[i];
  if (index < 0 || index >= count) throw_index_out_of_range(call, 1, i, index, count);
  return index;
}
}  // namespace detail

struct TakeAlongAxisKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto from = one_axis::split(call.input_shapes[0], call.attributes->integers[0]);
    const auto to = one_axis::split(call.input_shapes[1], call.attributes->integers[0]);
    const bool wide = call.attributes->integers[1] != 0;
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    const auto take = [=, &call](std::int64_t o_begin, std::int64_t o_end, std::int64_t begin,
                                 std::int64_t end) {
      std::int64_t e = (o_begin * to.count + begin) * to.inner;
      for (std::int64_t o = o_begin; o < o_end; ++o)
        for (std::int64_t k = begin; k < end; ++k)
          for (std::int64_t c = 0; c < to.inner; ++c, ++e) {
            const std::int64_t at = detail::checked_position<V>(call, wide, e, from.count);
            out[e] = x[(o * from.count + at) * from.inner + c];
          }
    };
    if (to.outer == 1)
      parallel_for_rows(to.count, to.inner, elements_worth_a_thread,
                        [&](std::int64_t begin, std::int64_t end) { take(0, 1, begin, end); });
    else
      parallel_for_rows(
          to.outer, to.count * to.inner, elements_worth_a_thread,
          [&](std::int64_t begin, std::int64_t end) { take(begin, end, 0, to.count); });
  }
};

struct ScatterAddAlongAxisKernel {
  static constexpr bool integers = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto from = one_axis::split(call.input_shapes[1], call.attributes->integers[0]);
    const auto to = one_axis::split(call.output_shape, call.attributes->integers[0]);
    const bool wide = call.attributes->integers[1] != 0;
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    fill_on_threads<T, V>(out, call.output_shape.elements, T(0));
    parallel_for_rows(from.outer, from.count * from.inner, elements_worth_a_thread,
                      [&](std::int64_t begin, std::int64_t end) {
                        std::int64_t e = begin * from.count * from.inner;
                        for (std::int64_t o = begin; o < end; ++o)
                          for (std::int64_t k = 0; k < from.count; ++k)
                            for (std::int64_t c = 0; c < from.inner; ++c, ++e) {
                              const std::int64_t at =
                                  detail::checked_position<V>(call, wide, e, to.count);
                              T& sum = out[(o * to.count + at) * to.inner + c];
                              sum = static_cast<T>(sum + x[e]);
                            }
                      });
  }
};

}  // namespace foregraph
