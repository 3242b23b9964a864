#pragma once

#include <cstddef>
#include <foregraph/detail/base/compiler.hpp>
#include <initializer_list>
#include <type_traits>
#include <vector>  // std::allocator and std::construct_at; <memory> takes a third of a second

namespace foregraph {

class Graph;

/// A growing array for constexpr code in public headers. Every user's file compiles the graph and
/// the planner, and there a std::vector costs g++ three times as long for each type of element. T
/// has a default constructor and assignment. Elements move when the array grows.
template <class T>
class DynamicArray {
 public:
  constexpr DynamicArray() = default;
  /// Makes `count` default elements.
  constexpr explicit DynamicArray(std::size_t count) { resize(count); }
  /// Makes `count` copies of `value`.
  constexpr DynamicArray(std::size_t count, const T& value) { assign(count, value); }
  /// Makes an array of the values in braces.
  constexpr DynamicArray(std::initializer_list<T> values) {
    reserve(values.size());
    for (const T& value : values) set(size_++, value);
  }
  /// Copies the elements.
  constexpr DynamicArray(const DynamicArray& other) {
    reserve(other.size_);
    if constexpr (begins_without_elements) {
      for (; size_ < other.size_; ++size_) std::construct_at(data_ + size_, other.data_[size_]);
    } else {
      for (; size_ < other.size_; ++size_) data_[size_] = other.data_[size_];
    }
  }
  /// Takes the elements of `other`, which is empty afterwards.
  constexpr DynamicArray(DynamicArray&& other) noexcept { swap(other); }
  /// Replaces the elements with those of `other`.
  constexpr DynamicArray& operator=(DynamicArray other) noexcept {
    swap(other);
    return *this;
  }
  constexpr ~DynamicArray() { release(); }
  /// Exchanges the elements with those of `other`. O(1).
  constexpr void swap(DynamicArray& other) noexcept {
    T* const data = data_;
    const std::size_t size = size_;
    const std::size_t capacity = capacity_;
    data_ = other.data_;
    size_ = other.size_;
    capacity_ = other.capacity_;
    other.data_ = data;
    other.size_ = size;
    other.capacity_ = capacity;
  }

  /// Makes room for `capacity` elements in all.
  constexpr void reserve(std::size_t capacity) {
    if (capacity > capacity_) move_to(capacity);
  }
  /// Appends default elements, or removes elements at the end.
  constexpr void resize(std::size_t size) {
    reserve(size);
    for (std::size_t i = size_; i < size; ++i) set(i, T{});
    size_ = size;
  }
  /// Replaces all elements with copies of `value`, which is not one of them.
  constexpr void assign(std::size_t count, const T& value) {
    clear();
    reserve(count);
    if constexpr (begins_without_elements) {
      for (; size_ < count; ++size_) std::construct_at(data_ + size_, value);
    } else {
      for (; size_ < count; ++size_) data_[size_] = value;
    }
  }
  /// Appends a copy of `value`, which may be an element of this array. Amortised O(1).
  constexpr void push_back(const T& value) {
    if (size_ == capacity_) return push_back(T(value));
    // Only one copy, since in the compiler each keeps its memory.
    if constexpr (begins_without_elements) {
      std::construct_at(data_ + size_++, value);
    } else {
      data_[size_++] = value;
    }
  }
  /// Appends an element, which is moved. Amortised O(1).
  constexpr void push_back(T&& value) {
    if (size_ == capacity_) {
      T moved = static_cast<T&&>(value);  // `value` may be an element of this array
      reserve(size_ < 4 ? 8 : 2 * size_);
      set(size_++, static_cast<T&&>(moved));
      return;
    }
    if constexpr (begins_without_elements) {
      std::construct_at(data_ + size_++, value);
    } else {
      data_[size_++] = static_cast<T&&>(value);
    }
  }
  /// Removes the last element. There must be one.
  constexpr void pop_back() { --size_; }
  /// Removes all elements and keeps their memory.
  constexpr void clear() { size_ = 0; }

  /// Returns the number of elements.
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  /// Returns true if there are no elements.
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  /// Returns the first element's address.
  [[nodiscard]] constexpr T* data() { return data_; }
  /// Returns the first element's address.
  [[nodiscard]] constexpr const T* data() const { return data_; }
  /// Returns element `i`, which must exist.
  [[nodiscard]] constexpr T& operator[](std::size_t i) { return data_[i]; }
  /// Returns element `i`, which must exist.
  [[nodiscard]] constexpr const T& operator[](std::size_t i) const { return data_[i]; }
  /// Returns the first element, which must exist.
  [[nodiscard]] constexpr T& front() { return data_[0]; }
  /// Returns the first element, which must exist.
  [[nodiscard]] constexpr const T& front() const { return data_[0]; }
  /// Returns the last element, which must exist.
  [[nodiscard]] constexpr T& back() { return data_[size_ - 1]; }
  /// Returns the last element, which must exist.
  [[nodiscard]] constexpr const T& back() const { return data_[size_ - 1]; }
  /// Returns the begin of the elements.
  [[nodiscard]] constexpr T* begin() { return data_; }
  /// Returns the end of the elements.
  [[nodiscard]] constexpr T* end() { return data_ + size_; }
  /// Returns the begin of the elements.
  [[nodiscard]] constexpr const T* begin() const { return data_; }
  /// Returns the end of the elements.
  [[nodiscard]] constexpr const T* end() const { return data_ + size_; }

 private:
  friend class Graph;  // whose node() is called more than anything else in the compiler

  // An array of structs with default values would be initialised twice: all of it when it is made,
  // which costs g++ more memory than the copies do, and then element by element.
  static constexpr bool begins_without_elements =
      std::is_trivially_copyable_v<T> && !std::is_trivially_default_constructible_v<T>;

  // Sets an element for the first time.
  template <class Value>
  constexpr void set(std::size_t i, Value&& value) {
    if constexpr (begins_without_elements)
      std::construct_at(data_ + i, value);
    else
      data_[i] = static_cast<Value&&>(value);
  }
  constexpr void release() {
    if constexpr (begins_without_elements) {
      if (data_ != nullptr) std::allocator<T>().deallocate(data_, capacity_);
    } else {
      delete[] data_;
    }
  }
  // Not inlined: g++ warns of writes past the end where it makes vectors of a short loop.
  [[gnu::noinline]] constexpr void move_to(std::size_t capacity) {
    T* larger = nullptr;
    if constexpr (begins_without_elements) {
      larger = std::allocator<T>().allocate(capacity);
      for (std::size_t i = 0; i < size_; ++i) std::construct_at(larger + i, data_[i]);
    } else {
      larger = new T[capacity];
      for (std::size_t i = 0; i < size_; ++i) larger[i] = static_cast<T&&>(data_[i]);
    }
    release();
    data_ = larger;
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace foregraph
