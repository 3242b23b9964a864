#pragma once

#include <array>

#include <foregraph/detail/graph/access.hpp>
#include <foregraph/detail/graph/kernel.hpp>

/// What an interpreted region runs besides the tile kernels of ops: two arithmetic ops in a row, so
/// that the value between them is neither stored nor loaded, and sums. Products that are added to
/// are rounded once where the machine can.
namespace foregraph {

/// The elements [start, start + count) of a region's value, and which sum each goes to.
struct SumTile {
  LoadPattern pattern = LoadPattern::scalar;  ///< scalar, row or column
  std::int64_t inner = 1;
  std::int64_t start = 0;
  std::int64_t count = 0;
};

/// What a step of a region does if it is a machine instruction or two.
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

/// Kernels by what they compute, for one dtype.
struct RegionKernels {
  enum First { added, subtracted, multiplied, first_count };
  enum Second { plus, minus, from, times, second_count };
  /// Of (a, b, c): with p = a + b, a - b or a * b the values p + c, p - c, c - p and p * c.
  std::array<std::array<TileFn, second_count>, first_count> of_three{};
  /// Of (a, b, c, d): a * b + c * d and a * b - c * d.
  std::array<TileFn, 2> of_products{};
  enum Comparison { is_greater, is_greater_equal, is_equal, comparison_count };
  /// Of (a, b, c, d): a > b ? c : d, and the same of a >= b and a == b.
  std::array<TileFn, comparison_count> choice{};
  /// Adds a tile to sums: element i to that which SumTile says. See kernels/sums.hpp.
  void (*sum_up)(void* sums, const void* x, const SumTile& tile) = nullptr;
};

/// Those for f32 or f64, of the instruction set that is active.
[[nodiscard]] const RegionKernels& region_kernels(DType dtype);

}  // namespace foregraph
