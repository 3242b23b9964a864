#pragma once

#include <cstddef>
#include <initializer_list>

#include <foregraph/detail/graph/dim.hpp>
#include <foregraph/detail/graph/lists.hpp>

namespace foregraph {

/// The dimensions of a tensor, row-major, at most `max_rank` of them. A scalar has rank 0. Shape
/// does not validate; Graph rejects shapes whose rank is too high, that have a dimension below one,
/// or whose number of elements is not affine in the batch size.
struct Shape {
  /// Largest number of dimensions.
  static constexpr int max_rank = 6;

  // No std::array: in the compiler, each call of its operator[] or data() keeps memory.
  Dim dims[max_rank]{};  ///< the sizes, outermost first
  int rank = 0;          ///< number of dimensions

  constexpr Shape() = default;
  /// Creates a shape from sizes in braces, as {batch, 784}; {} is a scalar.
  constexpr Shape(std::initializer_list<Dim> list) {
    for (const Dim& dim : list) push_back(dim);
  }
  /// Converts a std::vector, std::array or std::span of numbers or dimensions.
  template <class List>
  requires(IntegerList<List> || std::is_same_v<detail::element_of<List>, Dim>)  //
      constexpr Shape(const List& list) {                                       // NOLINT: as braces
    for (std::size_t i = 0; i < list.size(); ++i) push_back(Dim(list.data()[i]));
  }

  /// Appends a dimension. Beyond max_rank only the rank grows, which a graph refuses.
  constexpr void push_back(Dim dim) {
    if (rank < max_rank) dims[rank] = dim;
    ++rank;  // a rank beyond max_rank is kept for error messages
  }

  /// Returns dimension `axis`; negative axes count from the end. Returns 1 if out of range, so that
  /// a shape rule that has already met a fault can continue at compile time.
  [[nodiscard]] constexpr Dim operator[](int axis) const {
    const int i = axis < 0 ? axis + rank : axis;
    return i >= 0 && i < rank && i < max_rank ? dims[i] : Dim{1};
  }
  /// Replaces the size of an axis, counted from 0. An axis out of range is left alone.
  constexpr void set(int axis, Dim dim) {
    if (axis >= 0 && axis < max_rank) dims[axis] = dim;
  }

  /// Returns the number of elements, and why it is not valid if it is not.
  [[nodiscard]] constexpr Product element_product() const {
    Product result{Dim{1}, SizeFault::none};
    const Dim* dim = dims;
    for (int i = 0; i < rank && i < max_rank; ++i, ++dim) {
      // Most factors are multiplied without a call: in the compiler, each keeps memory.
      std::int64_t constant = 0;
      std::int64_t per_sample = 0;
      if (dim->per_sample == 0 && dim->constant != Dim::no_size &&
          !__builtin_mul_overflow(result.value.constant, dim->constant, &constant) &&
          !__builtin_mul_overflow(result.value.per_sample, dim->constant, &per_sample)) {
        result.value.constant = constant;
        result.value.per_sample = per_sample;
        continue;
      }
      const Product next = multiply(result.value, *dim);
      if (next.fault != SizeFault::none) return next;
      result = next;
    }
    return result;
  }
  /// Returns the number of elements, affine in the batch size. For shapes a Graph has accepted.
  [[nodiscard]] constexpr Dim elements() const { return element_product().value; }

  /// Compares rank and sizes.
  friend constexpr bool operator==(const Shape& a, const Shape& b) {
    if (a.rank != b.rank) return false;
    const Dim* x = a.dims;
    const Dim* y = b.dims;
    for (int i = 0; i < a.rank && i < max_rank; ++i, ++x, ++y)
      if (x->constant != y->constant || x->per_sample != y->per_sample) return false;
    return true;
  }
};

}  // namespace foregraph
