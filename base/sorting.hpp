#pragma once

#include <cstddef>

#include <foregraph/detail/base/dynamic_array.hpp>

/// Sorting for constexpr code in public headers, where <algorithm> would cost every user's file a
/// tenth of its time to compile.
namespace foregraph {

/// Sorts `count` values by `less`, stably: merge sort from the bottom up. O(n log n) comparisons
/// and n elements of memory.
template <class T, class Less>
constexpr void sort_by(T* values, std::size_t count, const Less& less) {
  DynamicArray<T> buffer(count);
  T* from = values;
  T* to = buffer.data();
  for (std::size_t run = 1; run < count; run *= 2) {
    for (std::size_t begin = 0; begin < count; begin += 2 * run) {
      const std::size_t middle = begin + run < count ? begin + run : count;
      const std::size_t end = middle + run < count ? middle + run : count;
      std::size_t a = begin;
      std::size_t b = middle;
      for (std::size_t i = begin; i < end; ++i) {
        const bool takes_b = a == middle || (b < end && less(from[b], from[a]));
        to[i] = takes_b ? from[b++] : from[a++];
      }
    }
    T* const merged = to;
    to = from;
    from = merged;
  }
  if (from != values)
    for (std::size_t i = 0; i < count; ++i) values[i] = from[i];
}

/// A queue whose first element is the least by `less`: a binary heap.
template <class T, class Less>
class PriorityQueue {
 public:
  constexpr explicit PriorityQueue(const Less& less) : less_(less) {}
  [[nodiscard]] constexpr bool empty() const { return heap_.empty(); }
  constexpr void push(const T& value) {
    std::size_t i = heap_.size();
    heap_.push_back(value);
    T* const heap = heap_.data();  // in the compiler, each operator[] call keeps memory
    for (; i > 0 && less_(value, heap[(i - 1) / 2]); i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
    heap[i] = value;
  }
  /// Removes the first element and returns it. The queue must not be empty.
  [[nodiscard]] constexpr T pop() {
    T* const heap = heap_.data();
    const std::size_t size = heap_.size() - 1;
    const T first = heap[0];
    const T last = heap[size];
    heap_.pop_back();
    if (size == 0) return first;
    std::size_t i = 0;
    for (std::size_t child = 1; child < size; child = 2 * i + 1) {
      if (child + 1 < size && less_(heap[child + 1], heap[child])) ++child;
      if (!less_(heap[child], last)) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return first;
  }

 private:
  Less less_;
  DynamicArray<T> heap_{};
};

}  // namespace foregraph
