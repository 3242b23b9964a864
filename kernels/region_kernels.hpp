#pragma once

#include <array>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/access.hpp>
#include <foregraph/detail/graph/kernel.hpp>

/// Kernels of interpreted regions besides the tile kernels of ops: two consecutive arithmetic ops,
/// whose intermediate value is neither stored nor loaded, and sums. Multiply-adds are rounded once
/// where the machine supports it.
namespace foregraph {

/// The elements [start, start + count) of a region's value, and the pattern of their sums.
struct SumTile {
  LoadPattern pattern = LoadPattern::scalar;  ///< scalar, row or column
  std::int64_t inner = 1;
  std::int64_t start = 0;
  std::int64_t count = 0;
};

/// The operation of a region's step, if it takes only a few machine instructions.
struct Arithmetic {
  enum class Kind : std::uint8_t {
    none,
    add,
    subtract,
    multiply,
    divide,
    maximum,
    minimum,
    square_root,
    square,
    negate,
    magnitude,
    rectify,  ///< the larger of x and 0
    zero_or_product,
    zero_or_quotient,
    of_three,  ///< see RegionKernels
    of_products,
    choice
  };
  Kind kind = Kind::none;
  std::uint8_t first = 0;   ///< of_three: RegionKernels::First
  std::uint8_t second = 0;  ///< of_three: RegionKernels::Second; of_products: 1 to subtract;
                            ///< choice: RegionKernels::Comparison

  bool operator==(const Arithmetic&) const = default;
};

/// The kernels for one dtype.
struct RegionKernels {
  enum First { added, subtracted, multiplied, first_count };
  enum Second { plus, minus, from, times, second_count };
  /// For operands (a, b, c): p + c, p - c, c - p and p * c, with p = a + b, a - b or a * b.
  std::array<std::array<TileFn, second_count>, first_count> of_three{};
  /// For operands (a, b, c, d): a * b + c * d and a * b - c * d.
  std::array<TileFn, 2> of_products{};
  enum Comparison { is_greater, is_greater_equal, is_equal, comparison_count };
  /// For operands (a, b, c, d): a > b ? c : d, a >= b ? c : d and a == b ? c : d.
  std::array<TileFn, comparison_count> choice{};
  /// Adds each element of a tile to the sum given by its SumTile. See kernels/sums.hpp.
  void (*sum_up)(void* sums, const void* x, const SumTile& tile) = nullptr;
};

/// Returns the kernels for f32 or f64, for the active instruction set.
[[nodiscard]] FOREGRAPH_EXPORT const RegionKernels& region_kernels(DType dtype);

}  // namespace foregraph
