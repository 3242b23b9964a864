#pragma once

#include <cstdint>

#include <foregraph/detail/graph/shape.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// Helpers for kernels that only move elements.
namespace foregraph {

/// A copy between arrays with arbitrary steps per axis on either side. Axes adjacent on both sides
/// are merged; contiguous runs are copied as a whole; if the innermost axes of the two sides
/// differ, the copy proceeds in tiles that stay in L1.
template <class T, class V>
struct StridedCopy {
  std::int64_t sizes[Shape::max_rank] = {};
  std::int64_t from[Shape::max_rank] = {};
  std::int64_t to[Shape::max_rank] = {};
  int axes = 0;

  /// Adds an axis, outermost first, in the order of the destination.
  void add(std::int64_t size, std::int64_t from_step, std::int64_t to_step) {
    if (size == 1) return;
    if (axes > 0 && from[axes - 1] == size * from_step && to[axes - 1] == size * to_step) {
      --axes;
      size *= sizes[axes];
    }
    sizes[axes] = size;
    from[axes] = from_step;
    to[axes] = to_step;
    ++axes;
  }

  /// Copies the array. Not inlined, because g++ 12 would then treat the unused axes of a copy as
  /// uninitialised.
  [[gnu::noinline]] void run(const T* x, T* out) {
    if (axes == 0) {
      *out = *x;
      return;
    }
    const int last = axes - 1;
    int contiguous = last;  // the axis along which x is contiguous
    if (to[last] == 1 && from[last] != 1)
      for (int i = 0; i < last; ++i)
        if (from[i] == 1) contiguous = i;
    if (contiguous == last) {
      walk(axes - 1, false, x, out);
      return;
    }
    for (int i = contiguous; i + 1 < last; ++i) {
      swap(sizes[i], sizes[i + 1]);
      swap(from[i], from[i + 1]);
      swap(to[i], to[i + 1]);
    }
    walk(axes - 2, true, x, out);
  }

  /// Like run(), but splits large copies along the outermost axis over threads.
  void run_on_threads(const T* x, T* out) {
    std::int64_t inner = 1;  // elements per position along that axis
    for (int i = 1; i < axes; ++i) inner *= sizes[i];
    constexpr std::int64_t worth_a_thread = 32768;  // elements
    constexpr std::int64_t whole_tiles = 64;
    std::int64_t chunk = worth_a_thread / inner + 1;
    if (chunk > 1) chunk = (chunk + whole_tiles - 1) / whole_tiles * whole_tiles;
    if (axes == 0 || sizes[0] <= chunk) return run(x, out);
    parallel_for(sizes[0], chunk, [&](std::int64_t begin, std::int64_t end) {
      StridedCopy part = *this;
      part.sizes[0] = end - begin;
      part.run(x + begin * from[0], out + begin * to[0]);
    });
  }

 private:
  static void swap(std::int64_t& a, std::int64_t& b) {
    const std::int64_t kept = a;
    a = b;
    b = kept;
  }

  /// Copies the axes inside the first `outer` axes, for each position along these.
  void walk(int outer, bool tiled, const T* x, T* out) const {
    std::int64_t at[Shape::max_rank] = {};
    std::int64_t x_offset = 0;
    std::int64_t out_offset = 0;
    for (;;) {
      tiled ? tiles(x + x_offset, out + out_offset) : row(x + x_offset, out + out_offset);
      int axis = outer - 1;
      for (; axis >= 0; --axis) {
        x_offset += from[axis];
        out_offset += to[axis];
        if (++at[axis] < sizes[axis]) break;
        x_offset -= at[axis] * from[axis];
        out_offset -= at[axis] * to[axis];
        at[axis] = 0;
      }
      if (axis < 0) return;
    }
  }

  void row(const T* x, T* out) const {
    const std::int64_t count = sizes[axes - 1];
    const std::int64_t from_step = from[axes - 1];
    const std::int64_t to_step = to[axes - 1];
    if (from_step == 1 && to_step == 1 && count * static_cast<std::int64_t>(sizeof(T)) >= 64)
      __builtin_memcpy(out, x, static_cast<std::size_t>(count) * sizeof(T));
    else
      for (std::int64_t i = 0; i < count; ++i) out[i * to_step] = x[i * from_step];
  }

  /// Copies the last two axes: x is contiguous along the first of them, `out` along the second.
  /// Whole tiles go through a buffer, so that each cache line of either side is touched once, even
  /// if steps are powers of two and the lines of one tile compete for a few places in the cache.
  void tiles(const T* x, T* out) const {
    constexpr std::int64_t tile = 64 / static_cast<std::int64_t>(sizeof(T));
    const std::int64_t rows = sizes[axes - 2];
    const std::int64_t columns = sizes[axes - 1];
    const std::int64_t from_step = from[axes - 1];
    const std::int64_t to_step = to[axes - 2];
    // With few rows or columns, such as the channels of an image, use long pieces, each read in
    // order.
    constexpr std::int64_t piece = 16 * tile;
    const std::int64_t r_tile = columns < tile ? piece : tile;
    const std::int64_t c_tile = rows < tile ? piece : tile;
    for (std::int64_t r0 = 0; r0 < rows; r0 += r_tile)
      for (std::int64_t c0 = 0; c0 < columns; c0 += c_tile) {
        if (r_tile == c_tile && r0 + tile <= rows && c0 + tile <= columns) {
          whole_tile(x + c0 * from_step + r0, from_step, out + r0 * to_step + c0, to_step);
          continue;
        }
        const std::int64_t r_end = r0 + r_tile < rows ? r0 + r_tile : rows;
        const std::int64_t c_end = c0 + c_tile < columns ? c0 + c_tile : columns;
        if (columns < tile || rows < tile) {
          for (std::int64_t c = c0; c < c_end; ++c)
            for (std::int64_t r = r0; r < r_end; ++r) out[r * to_step + c] = x[c * from_step + r];
        } else {
          for (std::int64_t r = r0; r < r_end; ++r)
            for (std::int64_t c = c0; c < c_end; ++c) out[r * to_step + c] = x[c * from_step + r];
        }
      }
  }

  static void whole_tile(const T* x, std::int64_t from_step, T* out, std::int64_t to_step) {
    constexpr std::int64_t tile = 64 / static_cast<std::int64_t>(sizeof(T));
    alignas(64) T buffer[tile * tile];
    for (std::int64_t c = 0; c < tile; ++c)
      __builtin_memcpy(buffer + c * tile, x + c * from_step, 64);
    for (std::int64_t r = 0; r < tile; ++r) {
      alignas(64) T line[tile];
      for (std::int64_t c = 0; c < tile; ++c) line[c] = buffer[c * tile + r];
      __builtin_memcpy(out + r * to_step, line, 64);
    }
  }
};

/// Sets out[0..count) to value.
template <class T, class V>
[[gnu::always_inline]] inline void fill_with(T* out, std::int64_t count, T value) {
  if (value == T(0)) {
    __builtin_memset(out, 0, static_cast<std::size_t>(count) * sizeof(T));
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) out[i] = value;
}

/// Like fill_with(), with large arrays split over threads.
template <class T, class V>
[[gnu::always_inline]] inline void fill_on_threads(T* out, std::int64_t count, T value) {
  parallel_for(count, elements_read_worth_a_thread, [&](std::int64_t begin, std::int64_t end) {
    fill_with<T, V>(out + begin, end - begin, value);
  });
}

/// Computes the step of each axis of a dense array.
template <class V>
[[gnu::always_inline]] inline void dense_steps(const ConcreteShape& shape, std::int64_t* steps) {
  std::int64_t step = 1;
  for (int i = shape.rank - 1; i >= 0; --i) {
    steps[i] = step;
    step *= shape.dims[static_cast<std::size_t>(i)];
  }
}

}  // namespace foregraph
