#pragma once

#include <concepts>
#include <cstddef>
#include <span>

namespace foregraph {

/// Elements that lie one after the other in somebody else's memory. A std::span for constexpr code
/// in public headers, where g++ keeps memory for each call it evaluates: a loop over a span makes
/// five calls for each element, a loop over pointers none.
template <class T>
class ArrayView {
 public:
  constexpr ArrayView() = default;
  /// Refers to `size` elements from `data` on.
  constexpr ArrayView(const T* data, std::size_t size) : data_(data), size_(size) {}
  /// Refers to the elements of a contiguous container, such as DynamicArray, std::vector or
  /// std::span.
  template <class List>
  requires requires(const List& list) {
    { list.data() } -> std::convertible_to<const T*>;
    list.size();
  }
  constexpr ArrayView(const List& list)  // NOLINT: as a span of a container
      : data_(list.data()), size_(list.size()) {}

  /// Converts to a span of the elements.
  constexpr operator std::span<const T>() const { return {data_, size_}; }  // NOLINT
  /// Returns the address of the first element.
  [[nodiscard]] constexpr const T* data() const { return data_; }
  /// Returns the number of elements.
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  /// Returns true if there are no elements.
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  /// Returns element i.
  [[nodiscard]] constexpr const T& operator[](std::size_t i) const { return data_[i]; }
  /// Returns the first element. There must be one.
  [[nodiscard]] constexpr const T& front() const { return data_[0]; }
  /// Returns the last element. There must be one.
  [[nodiscard]] constexpr const T& back() const { return data_[size_ - 1]; }
  /// Returns the begin of the elements.
  [[nodiscard]] constexpr const T* begin() const { return data_; }
  /// Returns the end of the elements.
  [[nodiscard]] constexpr const T* end() const { return data_ + size_; }

 private:
  const T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace foregraph
