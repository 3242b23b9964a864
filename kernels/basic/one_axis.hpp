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

/// Calls `visit(first, width)` for each line along the axis, on threads; `first` is the offset of
/// its first element. If lines are interleaved (inner > 1), visits a vector of adjacent lines at a
/// time; `width` is the number of lines left in the row.
template <class V, class Visit>
[[gnu::always_inline]] inline void for_each_line(const Split& s, std::int64_t worth,
                                                 const Visit& visit) {
  if (s.inner == 1) {
    for_each_row(s.outer, s.count, worth,
                 [&, count = s.count](std::int64_t row) { visit(row * count, 1); });
    return;
  }
  constexpr std::int64_t vector = V::size;
  const std::int64_t across = (s.inner - 1) / vector + 1;
  parallel_for_rows(s.outer * across, s.count * vector, worth,
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t i = begin; i < end; ++i) {
                        const std::int64_t c = i % across * vector;
                        visit(i / across * s.count * s.inner + c, s.inner - c);
                      }
                    });
}

}  // namespace foregraph::one_axis
