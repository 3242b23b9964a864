#pragma once

#include <cstdint>
#include <limits>

namespace foregraph {

/// One dimension of a shape, affine in the batch size B: `constant + per_sample * B`.
///
/// A sum or product that does not fit 64 bits is `Dim::too_large()`, and so is everything computed
/// from it; a Graph rejects a shape that contains it.
struct Dim {
  std::int64_t constant = 0;    ///< the part that does not depend on the batch
  std::int64_t per_sample = 0;  ///< the factor of the batch size

  constexpr Dim() = default;
  /// Creates a size that does not depend on the batch; implicit, so that shapes are {batch, 784}.
  constexpr Dim(std::int64_t size) : constant(size) {}  // NOLINT: 784 is a dimension
  /// Creates the size constant_part + per_sample_part * batch.
  constexpr Dim(std::int64_t constant_part, std::int64_t per_sample_part)
      : constant(constant_part), per_sample(per_sample_part) {}

  /// Value of both parts of a size that is not known.
  static constexpr std::int64_t no_size = std::numeric_limits<std::int64_t>::min();
  /// Returns the size that stands for one beyond 64 bits.
  [[nodiscard]] static constexpr Dim too_large() { return {no_size, no_size}; }
  /// Returns false for too_large().
  [[nodiscard]] constexpr bool is_known() const { return constant != no_size; }

  /// Returns the size for a batch of `batch_size` samples.
  [[nodiscard]] constexpr std::int64_t at(std::int64_t batch_size) const {
    return constant + per_sample * batch_size;
  }
  /// Returns true if the size does not depend on the batch.
  [[nodiscard]] constexpr bool is_constant() const { return per_sample == 0; }
  /// Returns true if the size is 1 for any batch.
  [[nodiscard]] constexpr bool is_one() const { return constant == 1 && per_sample == 0; }

  friend constexpr bool operator==(const Dim&, const Dim&) = default;
  /// Returns the sum, or too_large() if it leaves 64 bits.
  friend constexpr Dim operator+(Dim a, Dim b) {
    Dim sum;
    if (a.constant == no_size || b.constant == no_size ||
        __builtin_add_overflow(a.constant, b.constant, &sum.constant) ||
        __builtin_add_overflow(a.per_sample, b.per_sample, &sum.per_sample))
      return too_large();
    return sum;
  }
  /// Returns the difference, or too_large() if it leaves 64 bits.
  friend constexpr Dim operator-(Dim a, Dim b) {
    Dim difference;
    if (a.constant == no_size || b.constant == no_size ||
        __builtin_sub_overflow(a.constant, b.constant, &difference.constant) ||
        __builtin_sub_overflow(a.per_sample, b.per_sample, &difference.per_sample))
      return too_large();
    return difference;
  }
};

/// The symbolic batch size, as in `{fg::batch, 784}`.
inline constexpr Dim batch{0, 1};

/// Why a product of dimensions failed.
enum class SizeFault : std::uint8_t { none, not_affine, overflow };

/// A product of sizes, and why it is not one.
struct Product {
  Dim value;  ///< 0 if the product is not affine in the batch, too_large() if it does not fit
  SizeFault fault = SizeFault::none;  ///< the reason if `value` is not valid
};

/// Returns a * b if it is affine in the batch size and fits 64 bits, otherwise a fault.
[[nodiscard]] constexpr Product multiply(Dim a, Dim b) {
  if (a.constant == Dim::no_size || b.constant == Dim::no_size)
    return {Dim::too_large(), SizeFault::overflow};
  if (a.per_sample != 0 && b.per_sample != 0) return {Dim{0}, SizeFault::not_affine};
  Product result;
  const std::int64_t factor = a.per_sample == 0 ? a.constant : b.constant;
  const Dim other = a.per_sample == 0 ? b : a;
  if (__builtin_mul_overflow(factor, other.constant, &result.value.constant) ||
      __builtin_mul_overflow(factor, other.per_sample, &result.value.per_sample))
    return {Dim::too_large(), SizeFault::overflow};
  return result;
}

}  // namespace foregraph
