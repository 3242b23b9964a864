#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstring>
#include <foregraph/detail/data/formats/stored_type.hpp>
#include <limits>
#include <sstream>
#include <type_traits>
#include <utility>

namespace foregraph::data {
namespace {

static_assert(std::endian::native == std::endian::little);

/// Calls f with a value of the stored type; booleans are bool, which is one byte in the file.
template <class F>
auto with_type(StoredType type, const F& f) {
  switch (type) {
    case StoredType::uint8:
      return f(std::uint8_t{});
    case StoredType::int8:
      return f(std::int8_t{});
    case StoredType::uint16:
      return f(std::uint16_t{});
    case StoredType::int16:
      return f(std::int16_t{});
    case StoredType::int32:
      return f(std::int32_t{});
    case StoredType::int64:
      return f(std::int64_t{});
    case StoredType::float32:
      return f(float{});
    case StoredType::float64:
      return f(double{});
    case StoredType::bool8:
      break;
  }
  return f(bool{});
}

/// The type to read from the file: a bool with a byte other than 0 and 1 would be undefined
/// behaviour.
template <class T>
using Raw = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;

template <class T, bool Swapped>
T load(const std::byte* from) {
  std::byte bytes[sizeof(T)];
  std::memcpy(bytes, from, sizeof(T));
  if constexpr (Swapped) std::reverse(bytes, bytes + sizeof(T));
  return std::bit_cast<T>(bytes);
}

template <class From, class To, bool Swapped>
std::int64_t convert(const std::byte* __restrict from, std::byte* __restrict to,
                     std::int64_t elements) {
  if constexpr (std::is_same_v<From, To> && !Swapped && !std::is_same_v<To, bool>) {
    std::memcpy(to, from, static_cast<std::size_t>(elements) * sizeof(To));
    return -1;
  } else {
    using R = Raw<From>;
    using W = Raw<To>;
    for (std::int64_t i = 0; i < elements; ++i) {
      const R value = load<R, Swapped>(from + i * static_cast<std::int64_t>(sizeof(R)));
      W written{};
      if constexpr (std::is_same_v<To, bool> || std::is_same_v<From, bool>) {
        if (value > 1) return i;
        written = static_cast<W>(value);
      } else if constexpr (std::is_floating_point_v<W>) {
        written = static_cast<W>(value);
        if constexpr (sizeof(R) > sizeof(W) && std::is_floating_point_v<R>)
          if (std::isinf(written) && !std::isinf(value)) return i;
      } else {
        if (!std::in_range<W>(value)) return i;
        written = static_cast<W>(value);
      }
      std::memcpy(to + i * static_cast<std::int64_t>(sizeof(W)), &written, sizeof(W));
    }
    return -1;
  }
}

template <class From, class To>
RowConversion choose(ByteOrder order) {
  constexpr bool possible = [] {
    if constexpr (std::is_same_v<To, bool>)
      return std::is_same_v<From, bool> || std::is_same_v<From, std::uint8_t>;
    else
      return std::is_floating_point_v<To> || !std::is_floating_point_v<From>;
  }();
  if constexpr (!possible) {
    return nullptr;
  } else if constexpr (sizeof(From) > 1) {
    if (order == ByteOrder::big) return &convert<From, To, true>;
    return &convert<From, To, false>;
  } else {
    return &convert<From, To, false>;
  }
}

}  // namespace

std::int64_t bytes_per_element(StoredType type) {
  return with_type(type, [](auto zero) { return static_cast<std::int64_t>(sizeof(zero)); });
}

std::string_view name_of(StoredType type) {
  constexpr std::string_view names[] = {"u8",  "i8",  "u16", "i16", "i32",
                                        "i64", "f32", "f64", "bool"};
  return names[static_cast<std::size_t>(type)];
}

StoredType stored_as(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return StoredType::float32;
    case DType::f64:
      return StoredType::float64;
    case DType::i32:
      return StoredType::int32;
    case DType::i64:
      return StoredType::int64;
    case DType::boolean:
      break;
  }
  return StoredType::bool8;
}

std::optional<DType> same_dtype(StoredType type) {
  for (const DType dtype : {f32, f64, i32, i64, boolean})
    if (stored_as(dtype) == type) return dtype;
  return std::nullopt;
}

RowConversion conversion(StoredType from, DType to, ByteOrder order) {
  return with_type(from, [&](auto zero) {
    using From = decltype(zero);
    return with_type(stored_as(to), [&](auto other) -> RowConversion {
      using To = decltype(other);
      if constexpr (std::is_same_v<To, float> || std::is_same_v<To, double> ||
                    std::is_same_v<To, std::int32_t> || std::is_same_v<To, std::int64_t> ||
                    std::is_same_v<To, bool>)
        return choose<From, To>(order);
      else
        return nullptr;
    });
  });
}

std::string value_text(StoredType type, ByteOrder order, const std::byte* at) {
  std::ostringstream text;
  text.precision(9);
  with_type(type, [&](auto zero) {
    using R = Raw<decltype(zero)>;
    const R value = order == ByteOrder::big ? load<R, true>(at) : load<R, false>(at);
    text << +value;
    return 0;
  });
  return text.str();
}

}  // namespace foregraph::data
