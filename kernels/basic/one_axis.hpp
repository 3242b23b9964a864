#pragma once

#include <cstdint>

#include <foregraph/detail/kernels/threads/parallel.hpp>

/// Loops along one axis, for kernels.
namespace foregraph::one_axis {

/// An array viewed as [outer, count, inner], for kernels.
struct Split {
  std::int64_t outer = 1;
  std::int64_t count = 1;
  std::int64_t inner = 1;
};

[[gnu::always_inline]] inline Split split(const ConcreteShape& shape, std::int64_t axis) {
  Split s;
  for (int i = 0; i < shape.rank; ++i) {
    const std::int64_t size = shape.dims[static_cast<std::size_t>(i)];
    if (i < axis)
      s.outer *= size;
    else if (i == axis)
      s.count = size;
    else
      s.inner *= size;
  }
  return s;
}

/// Computes the output from input 0, on threads: calls `along(x, out)` for each line along the
/// axis. If lines are interleaved (inner > 1), calls `columns(x, out, width)` for a vector of
/// adjacent lines at a time; `width` is the number of lines left in the row.
template <class T, class V, class Along, class Columns>
[[gnu::always_inline]] inline void for_each_line(const KernelCall& call, const Split& s,
                                                 const Along& along, const Columns& columns) {
  const auto* x = static_cast<const T*>(call.inputs[0]);
  auto* out = static_cast<T*>(call.output);
  if (s.inner == 1) {
    for_each_row(s.outer, s.count, elements_worth_a_thread, [=, count = s.count](std::int64_t row) {
      along(x + row * count, out + row * count);
    });
    return;
  }
  constexpr std::int64_t vector = V::size;
  const std::int64_t across = (s.inner - 1) / vector + 1;
  parallel_for_rows(s.outer * across, s.count * vector, elements_worth_a_thread,
                    [=](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t i = begin; i < end; ++i) {
                        const std::int64_t c = i % across * vector;
                        const std::int64_t first = i / across * s.count * s.inner + c;
                        columns(x + first, out + first, s.inner - c);
                      }
                    });
}

}  // namespace foregraph::one_axis
