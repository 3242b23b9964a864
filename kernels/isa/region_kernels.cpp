#include <foregraph/detail/kernels/region_kernels.hpp>
#include <foregraph/detail/kernels/simd/arch.hpp>
#include <foregraph/detail/kernels/sums.hpp>

namespace foregraph::FOREGRAPH_ISA_NAMESPACE {
namespace {

template <int First, int Second, class V>
[[gnu::always_inline]] inline V of_three(V a, V b, V c) {
  if constexpr (First == RegionKernels::multiplied) {
    if constexpr (Second == RegionKernels::plus) return fma(a, b, c);
    if constexpr (Second == RegionKernels::minus) return fms(a, b, c);
    if constexpr (Second == RegionKernels::from) return fnma(a, b, c);
    if constexpr (Second == RegionKernels::times) return a * b * c;
  } else {
    const V p = First == RegionKernels::added ? a + b : a - b;
    if constexpr (Second == RegionKernels::plus) return p + c;
    if constexpr (Second == RegionKernels::minus) return p - c;
    if constexpr (Second == RegionKernels::from) return c - p;
    if constexpr (Second == RegionKernels::times) return p * c;
  }
}

/// Computes two consecutive ops on a tile; a TileFn, which uses whole vectors only.
template <class T, class V, int First, int Second>
void tile_of_three(void* out, const void* const* in, std::size_t count) {
  const auto* a = static_cast<const T*>(in[0]);
  const auto* b = static_cast<const T*>(in[1]);
  const auto* c = static_cast<const T*>(in[2]);
  for (std::size_t i = 0; i < count; i += V::size)
    of_three<First, Second>(V::load_unaligned(a + i), V::load_unaligned(b + i),
                            V::load_unaligned(c + i))
        .store_unaligned(static_cast<T*>(out) + i);
}

template <class T, class V, bool Minus>
void tile_of_products(void* out, const void* const* in, std::size_t count) {
  const auto* a = static_cast<const T*>(in[0]);
  const auto* b = static_cast<const T*>(in[1]);
  const auto* c = static_cast<const T*>(in[2]);
  const auto* d = static_cast<const T*>(in[3]);
  for (std::size_t i = 0; i < count; i += V::size) {
    const V second = V::load_unaligned(c + i) * V::load_unaligned(d + i);
    const V x = V::load_unaligned(a + i);
    const V y = V::load_unaligned(b + i);
    (Minus ? fms(x, y, second) : fma(x, y, second)).store_unaligned(static_cast<T*>(out) + i);
  }
}

template <int Comparison, class V>
[[gnu::always_inline]] inline auto compared(V a, V b) {
  if constexpr (Comparison == RegionKernels::is_greater) return a > b;
  if constexpr (Comparison == RegionKernels::is_greater_equal) return a >= b;
  if constexpr (Comparison == RegionKernels::is_equal) return a == b;
}

template <class T, class V, int Comparison>
void tile_of_choice(void* out, const void* const* in, std::size_t count) {
  const auto* a = static_cast<const T*>(in[0]);
  const auto* b = static_cast<const T*>(in[1]);
  const auto* c = static_cast<const T*>(in[2]);
  const auto* d = static_cast<const T*>(in[3]);
  for (std::size_t i = 0; i < count; i += V::size)
    select(compared<Comparison>(V::load_unaligned(a + i), V::load_unaligned(b + i)),
           V::load_unaligned(c + i), V::load_unaligned(d + i))
        .store_unaligned(static_cast<T*>(out) + i);
}

template <class T, class V>
void sum_up(void* out, const void* x, const SumTile& tile) {
  auto* to = static_cast<T*>(out);
  const auto* from = static_cast<const T*>(x);
  switch (tile.pattern) {
    case LoadPattern::row:
      return sums::add_columns<V>(to, from, tile.start, tile.count, tile.inner,
                                  sums::period_of<V>(tile.inner));
    case LoadPattern::column:
      return sums::add_rows<V>(to, from, tile.start, tile.count, tile.inner);
    default:
      *to += sums::of_all<V>(from, tile.count);
  }
}

template <class T, class V, int First>
constexpr std::array<TileFn, RegionKernels::second_count> after() {
  return {&tile_of_three<T, V, First, RegionKernels::plus>,
          &tile_of_three<T, V, First, RegionKernels::minus>,
          &tile_of_three<T, V, First, RegionKernels::from>,
          &tile_of_three<T, V, First, RegionKernels::times>};
}

template <class T>
constexpr RegionKernels make() {
  using V = simd::batch<T, SimdArch>;
  return {{after<T, V, RegionKernels::added>(), after<T, V, RegionKernels::subtracted>(),
           after<T, V, RegionKernels::multiplied>()},
          {&tile_of_products<T, V, false>, &tile_of_products<T, V, true>},
          {&tile_of_choice<T, V, RegionKernels::is_greater>,
           &tile_of_choice<T, V, RegionKernels::is_greater_equal>,
           &tile_of_choice<T, V, RegionKernels::is_equal>},
          &sum_up<T, V>};
}

}  // namespace

extern const RegionKernels region_kernels_f32;
extern const RegionKernels region_kernels_f64;
const RegionKernels region_kernels_f32 = make<float>();
const RegionKernels region_kernels_f64 = make<double>();

}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
