#include <algorithm>
#include <foregraph/detail/onnx/import/fold/folding.hpp>

namespace foregraph::onnx::folding {
namespace indexing_fold {

Constant gathered(const Op& o) {
  const Constant& x = o.constant(0);
  const Constant& indices = o.constant(1);
  const int axis = from_front(o.integer("axis"), x.shape.rank);
  const std::int64_t size = fixed_size(x.shape[axis]);
  Shape shape;
  std::int64_t inner = 1;
  for (int i = 0; i < axis; ++i) shape.push_back(x.shape[i]);
  for (int i = 0; i < indices.shape.rank; ++i) shape.push_back(indices.shape[i]);
  for (int i = axis + 1; i < x.shape.rank; ++i) {
    shape.push_back(x.shape[i]);
    inner *= fixed_size(x.shape[i]);
  }
  const std::int64_t count = count_of(indices.shape);
  return made(x.dtype, shape, [&](std::int64_t i) {
    const std::int64_t row = i / inner / count;
    auto index = static_cast<std::int64_t>(number(indices.at(i / inner % count)));
    if (index < 0) index += size;
    if (index < 0 || index >= size) throw DataError("an index is out of range");
    return x.at((row * size + index) * inner + i % inner);
  });
}

Constant sliced(const Op& o) {
  Constant x = o.constant(0);
  const std::vector<std::int64_t> starts = o.integers("starts", 1);
  const std::vector<std::int64_t> ends = o.integers("ends", 2);
  std::vector<std::int64_t> axes = o.integers("axes", 3);
  std::vector<std::int64_t> steps;
  if (o.has(4)) steps = o.integers(4);
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const int axis =
        from_front(axes.empty() ? static_cast<std::int64_t>(k) : axes.at(k), x.shape.rank);
    const std::int64_t size = fixed_size(x.shape[axis]);
    const std::int64_t step = steps.empty() ? 1 : steps.at(k);
    if (step == 0) throw DataError("a step is 0");
    const auto bound = [&](std::int64_t i, std::int64_t low, std::int64_t high) {
      return std::clamp(i < 0 ? i + size : i, low, high);
    };
    const std::int64_t start =
        step > 0 ? bound(starts[k], 0, size) : bound(starts[k], -1, size - 1);
    const std::int64_t end = step > 0             ? bound(ends.at(k), 0, size)
                             : ends.at(k) < -size ? -1
                                                  : bound(ends.at(k), -1, size - 1);
    const std::int64_t count = step > 0
                                   ? std::max<std::int64_t>((end - start + step - 1) / step, 0)
                                   : std::max<std::int64_t>((start - end - step - 1) / -step, 0);
    Shape shape = x.shape;
    shape.set(axis, count);
    if (count == 0 || x.is_uniform()) {
      x = {x.dtype, shape, count == 0 ? std::vector<Element>{} : x.elements};
      continue;
    }
    std::int64_t inner = 1;
    for (int i = axis + 1; i < shape.rank; ++i) inner *= fixed_size(shape[i]);
    x = made(x.dtype, shape, [&](std::int64_t i) {
      const std::int64_t outer = i / inner / count;
      const std::int64_t at = start + i / inner % count * step;
      return x.at((outer * size + at) * inner + i % inner);
    });
  }
  return x;
}

Constant joined(const Op& o) {
  std::vector<const Constant*> parts;
  for (int i = 0; i < o.inputs(); ++i) parts.push_back(&o.constant(i));
  const int rank = parts.front()->shape.rank;
  const int axis = from_front(o.integer("axis"), rank);
  Shape shape = parts.front()->shape;
  std::int64_t total = 0;
  for (const Constant* part : parts) total += fixed_size(part->shape[axis]);
  shape.set(axis, total);
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  for (int i = 0; i < axis; ++i) outer *= fixed_size(shape[i]);
  for (int i = axis + 1; i < rank; ++i) inner *= fixed_size(shape[i]);
  Constant result{parts.front()->dtype, shape, {}};
  for (std::int64_t row = 0; row < outer; ++row)
    for (const Constant* part : parts) {
      const std::int64_t size = fixed_size(part->shape[axis]) * inner;
      for (std::int64_t i = 0; i < size; ++i) result.elements.push_back(part->at(row * size + i));
    }
  if (result.elements.empty()) return result;
  result.compress();
  return result;
}

Constant transposed(const Op& o) {
  const Constant& x = o.constant(0);
  std::vector<std::int64_t> axes = o.integers("perm");
  if (axes.empty())
    for (int i = x.shape.rank; i-- > 0;) axes.push_back(i);
  Shape shape;
  std::vector<std::int64_t> strides;
  for (const std::int64_t axis : axes) {
    if (x.is_uniform()) {
      shape.push_back(x.shape[from_front(axis, x.shape.rank)]);
      continue;
    }
    std::int64_t stride = 1;
    for (int i = static_cast<int>(axis) + 1; i < x.shape.rank; ++i)
      stride *= fixed_size(x.shape[i]);
    shape.push_back(x.shape[static_cast<int>(axis)]);
    strides.push_back(stride);
  }
  if (x.is_uniform()) return {x.dtype, shape, x.elements};
  return made(x.dtype, shape, [&](std::int64_t i) { return x.at(index_in(strides, shape, i)); });
}

Constant expanded(const Op& o) {
  const Constant& x = o.constant(0);
  Shape to;
  for (const Dim& dim : o.sizes(1)) to.push_back(dim);
  const Shape shape = broadcast(x.shape, to);
  if (x.is_uniform()) return {x.dtype, shape, x.elements};
  const auto strides = strides_in(x.shape, shape);
  return made(x.dtype, shape, [&](std::int64_t i) { return x.at(index_in(strides, shape, i)); });
}

Constant tiled(const Op& o) {
  const Constant& x = o.constant(0);
  const std::vector<std::int64_t> repeats = o.integers(1);
  Shape shape;
  for (int i = 0; i < x.shape.rank; ++i)
    shape.push_back(Dim{fixed_size(x.shape[i]) * repeats.at(static_cast<std::size_t>(i))});
  return made(x.dtype, shape, [&](std::int64_t i) {
    std::int64_t from = 0;
    std::int64_t step = 1;
    for (int axis = shape.rank - 1; axis >= 0; --axis) {
      const std::int64_t size = fixed_size(x.shape[axis]);
      from += i % shape[axis].constant % size * step;
      i /= shape[axis].constant;
      step *= size;
    }
    return x.at(from);
  });
}

}  // namespace indexing_fold

Folds indexing_folds() {
  using namespace indexing_fold;
  return {
      {"Where",
       [](Op& o) {
         const Constant& condition = o.constant(0);
         const Constant& a = o.constant(1);
         const Constant& b = o.constant(2);
         const Shape shape = broadcast(broadcast(condition.shape, a.shape), b.shape);
         count_of(shape);
         const auto sc = strides_in(condition.shape, shape);
         const auto sa = strides_in(a.shape, shape);
         const auto sb = strides_in(b.shape, shape);
         o.give(made(a.dtype, shape, [&](std::int64_t i) {
           return number(condition.at(index_in(sc, shape, i))) != 0 ? a.at(index_in(sa, shape, i))
                                                                    : b.at(index_in(sb, shape, i));
         }));
       }},
      {"Gather", [](Op& o) { o.give(gathered(o)); }},
      {"Slice", [](Op& o) { o.give(sliced(o)); }},
      {"Concat", [](Op& o) { o.give(joined(o)); }},
      {"Transpose", [](Op& o) { o.give(transposed(o)); }},
      {"Expand", [](Op& o) { o.give(expanded(o)); }},
      {"Tile", [](Op& o) { o.give(tiled(o)); }},
      {"Trilu",
       [](Op& o) {
         const Constant& x = o.constant(0);
         const double diagonal = o.has(1) ? o.number(1) : 0;
         const bool upper = o.integer("upper", 1) != 0;
         const std::int64_t columns = fixed_size(x.shape[-1]);
         const std::int64_t rows = fixed_size(x.shape[-2]);
         o.give(made(x.dtype, x.shape, [&](std::int64_t i) {
           const auto offset = static_cast<double>(i % columns - i / columns % rows);
           return (upper ? offset >= diagonal : offset <= diagonal) ? x.at(i) : Element{};
         }));
       }},
      {"NonZero",
       [](Op& o) {
         const Constant& x = o.constant(0);
         std::vector<std::int64_t> found;
         for (std::int64_t i = 0; i < count_of(x.shape); ++i)
           if (number(x.at(i)) != 0) found.push_back(i);
         Constant result{i64, {x.shape.rank, static_cast<std::int64_t>(found.size())}, {}};
         std::int64_t step = count_of(x.shape);
         for (int axis = 0; axis < x.shape.rank; ++axis) {
           step /= x.shape[axis].constant;
           for (const std::int64_t i : found)
             result.elements.push_back({static_cast<double>(i / step % x.shape[axis].constant)});
         }
         o.give(std::move(result));
       }},
  };
}

}  // namespace foregraph::onnx::folding
