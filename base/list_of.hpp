#pragma once

#include <concepts>
#include <cstddef>
#include <foregraph/detail/base/compiler.hpp>
#include <initializer_list>
#include <span>
#include <type_traits>

namespace foregraph {

/// A parameter that takes a list of T: braces, or any contiguous container, such as std::vector,
/// std::array or std::span. Refers to the values; only for parameters, since braces live until the
/// end of the call.
template <class T>
class ListOf {
 public:
  constexpr ListOf() = default;
  /// Refers to the values in braces.
  constexpr ListOf(std::initializer_list<T> values)  // NOLINT: as braces
      : values_(values.begin(), values.size()) {}
  /// Refers to `size` values from `data` on.
  constexpr ListOf(const T* data, std::size_t size) : values_(data, size) {}
  /// Refers to the elements of a contiguous container.
  template <class List>
  requires(std::is_convertible_v<const List&, std::span<const T>> &&
           !std::is_same_v<List, ListOf>)  //
      constexpr ListOf(const List& list)
      : values_(std::span<const T>(list)) {}  // NOLINT: as braces

  /// Converts to a span of the values.
  constexpr operator std::span<const T>() const { return values_; }  // NOLINT: as a container
  /// Returns a span of the values.
  [[nodiscard]] constexpr std::span<const T> span() const { return values_; }
  /// Returns the begin of the values.
  [[nodiscard]] constexpr const T* begin() const { return values_.data(); }
  /// Returns the end of the values.
  [[nodiscard]] constexpr const T* end() const { return values_.data() + values_.size(); }
  /// Returns the number of values.
  [[nodiscard]] constexpr std::size_t size() const { return values_.size(); }
  /// Returns true if there are no values.
  [[nodiscard]] constexpr bool empty() const { return values_.empty(); }

 private:
  std::span<const T> values_{};
};

}  // namespace foregraph
