#pragma once

#include <cstdint>

namespace foregraph {

/// A 64-bit count of elements, bytes or samples whose sums and products record overflow instead of
/// wrapping around:
///
///     const CheckedSize bytes = CheckedSize(rows) * row_bytes + header_bytes;
///     if (!bytes.fits()) throw DataError(...);
///
/// Anything computed from a result that does not fit does not fit either.
class CheckedSize {
 public:
  constexpr CheckedSize(std::int64_t value = 0) : value_(value) {}  // NOLINT: 784 is a size

  /// Returns false if a sum or product on the way to this value overflowed 64 bits.
  [[nodiscard]] constexpr bool fits() const { return fits_; }
  /// Returns the number. Meaningful only if fits().
  [[nodiscard]] constexpr std::int64_t value() const { return value_; }

  constexpr CheckedSize& operator+=(CheckedSize other) {
    const bool overflow = __builtin_add_overflow(value_, other.value_, &value_);
    fits_ = fits_ && other.fits_ && !overflow;
    return *this;
  }
  constexpr CheckedSize& operator*=(CheckedSize other) {
    const bool overflow = __builtin_mul_overflow(value_, other.value_, &value_);
    fits_ = fits_ && other.fits_ && !overflow;
    return *this;
  }
  friend constexpr CheckedSize operator+(CheckedSize a, CheckedSize b) { return a += b; }
  friend constexpr CheckedSize operator*(CheckedSize a, CheckedSize b) { return a *= b; }

 private:
  std::int64_t value_;
  bool fits_ = true;
};

}  // namespace foregraph
