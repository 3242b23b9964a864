#pragma once

#include <cstdint>
#include <foregraph/detail/base/byte_order.hpp>
#include <foregraph/detail/base/compiler.hpp>
#include <string_view>

namespace foregraph {

/// Element types a tensor can have. `boolean` is stored as one byte, 0 or 1.
enum class DType : std::uint8_t { f32, f64, i32, i64, boolean };

/// Single precision, the default of inputs and parameters.
inline constexpr DType f32 = DType::f32;
/// Double precision.
inline constexpr DType f64 = DType::f64;
/// Signed integers of 32 bits.
inline constexpr DType i32 = DType::i32;
/// Signed integers of 64 bits.
inline constexpr DType i64 = DType::i64;
/// Booleans, stored as one byte, 0 or 1.
inline constexpr DType boolean = DType::boolean;

/// Returns the bytes of one element.
[[nodiscard]] constexpr std::int64_t bytes_per_element(DType dtype) {
  switch (dtype) {
    case DType::f32:
    case DType::i32:
      return 4;
    case DType::f64:
    case DType::i64:
      return 8;
    case DType::boolean:
      return 1;
  }
  return 0;
}

/// Returns true for f32 and f64.
[[nodiscard]] constexpr bool is_floating(DType dtype) {
  return dtype == DType::f32 || dtype == DType::f64;
}

/// Returns "f32", "f64", "i32", "i64" or "bool".
[[nodiscard]] constexpr std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "f32";
    case DType::f64:
      return "f64";
    case DType::i32:
      return "i32";
    case DType::i64:
      return "i64";
    case DType::boolean:
      return "bool";
  }
  return "?";
}

/// The DType of a C++ element type: `dtype_of<float> == f32`.
template <class T>
inline constexpr DType dtype_of = [] {
  static_assert(sizeof(T) == 0, "foregraph: no DType for this element type");
  return DType::f32;
}();
/// The dtype of float.
template <>
inline constexpr DType dtype_of<float> = DType::f32;
/// The dtype of double.
template <>
inline constexpr DType dtype_of<double> = DType::f64;
template <>
inline constexpr DType dtype_of<std::int32_t> = DType::i32;
template <>
inline constexpr DType dtype_of<std::int64_t> = DType::i64;
/// The dtype of bool.
template <>
inline constexpr DType dtype_of<bool> = DType::boolean;

}  // namespace foregraph
