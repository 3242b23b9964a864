#include <algorithm>
#include <cmath>

#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/cast.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/shape/concat.hpp>
#include <foregraph/detail/ops/shape/flip.hpp>
#include <foregraph/detail/ops/shape/gather.hpp>
#include <foregraph/detail/ops/shape/iota.hpp>
#include <foregraph/detail/ops/shape/pad.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>
#include <foregraph/detail/ops/shape/squeeze.hpp>
#include <foregraph/detail/ops/shape/take_along_axis.hpp>
#include <foregraph/detail/ops/shape/tile.hpp>
#include <foregraph/detail/ops/shape/triangle.hpp>

#include "onnx/mapping.hpp"

namespace foregraph::onnx_tests {

namespace {

Shape reshaped(const Op& o) {
  Shape shape;
  const std::vector<std::int64_t> dims = o.ints(1);
  std::int64_t known = 1;
  int open = -1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const bool copied = dims[i] == 0 && o.i("allowzero") == 0;
    shape.push_back(dims[i] < 0 ? Dim{1} : copied ? o.shape(0)[static_cast<int>(i)] : Dim{dims[i]});
    if (dims[i] < 0) open = static_cast<int>(i);
    known *= constant(shape[static_cast<int>(i)]);
  }
  if (open >= 0) shape.set(open, divided(o.shape(0).elements(), known));
  if (shape.rank > Shape::max_rank) skip("rank above 6");
  return shape;
}

Tensor unsqueezed(const Op& o) {
  std::vector<std::int64_t> axes = o.ints("axes", 1);
  const int rank = o.rank(0) + static_cast<int>(axes.size());
  if (rank > Shape::max_rank) skip("rank above 6");
  for (std::int64_t& axis : axes) axis = from_front(axis, rank);
  std::sort(axes.begin(), axes.end());
  Tensor x = o[0];
  for (const std::int64_t axis : axes) x = unsqueeze(x, static_cast<int>(axis));
  return x;
}

/// Along one axis. ONNX's bounds may lie outside; a negative step goes backwards from `start`.
Tensor sliced(Tensor x, int axis, std::int64_t start, std::int64_t end, std::int64_t step) {
  const std::int64_t size = constant(x.shape()[axis]);
  const auto clamped = [&](std::int64_t i, std::int64_t low, std::int64_t high) {
    return std::clamp(i < 0 ? i + size : i, low, high);
  };
  if (step < 0) {
    x = flip(x, axis);
    start = size - 1 - clamped(start, 0, size - 1);
    end = size - 1 - (end < -size ? -1 : clamped(end, -1, size - 1));
    step = -step;
  } else {
    start = clamped(start, 0, size);
    end = clamped(end, 0, size);
  }
  if (start >= end) skip("a dimension of size 0");
  return slice(x, axis, start, end, step);
}

Tensor padded(const Op& o) {
  const std::vector<std::int64_t> pads = o.ints("pads", 1);
  const auto rank = static_cast<std::size_t>(o.rank(0));
  std::vector<PadWidth> paddings;
  for (std::size_t i = 0; i < rank; ++i) paddings.push_back({pads[i], pads[i + rank]});
  const std::string mode = o.s("mode", "constant");
  if (mode == "constant") return pad(o[0], paddings, o.has(2) ? o.number(2) : o.f("value"));
  return pad(o[0], paddings, mode == "edge" ? PadMode::edge : PadMode::reflect);
}

Tensor depth_to_space(const Op& o) {
  const Dim n = o.shape(0)[0];
  const std::int64_t b = o.i("blocksize"), h = o.dim(0, 2), w = o.dim(0, 3);
  const std::int64_t c = o.dim(0, 1) / (b * b);
  Tensor x = o[0];
  if (o.s("mode", "DCR") == "DCR") {
    x = reshape(x, {n, b, b, c, h, w});
    x = permute(x, {0, 3, 4, 1, 5, 2});
  } else {
    x = reshape(x, {n, c, b, b, h, w});
    x = permute(x, {0, 1, 4, 2, 5, 3});
  }
  return reshape(x, {n, c, h * b, w * b});
}
Tensor space_to_depth(const Op& o) {
  const Dim n = o.shape(0)[0];
  const std::int64_t b = o.i("blocksize"), c = o.dim(0, 1);
  const std::int64_t h = o.dim(0, 2) / b, w = o.dim(0, 3) / b;
  Tensor x = reshape(o[0], {n, c, h, b, w, b});
  x = permute(x, {0, 3, 5, 1, 2, 4});
  return reshape(x, {n, c * b * b, h, w});
}

/// Indices of several axes as those of these axes joined.
Tensor gather_nd(const Op& o) {
  if (o.i("batch_dims") != 0) skip("batch_dims");
  const int depth = static_cast<int>(o.dim(1, -1));
  Tensor joined{};
  std::int64_t stride = 1;
  for (int i = depth - 1; i >= 0; --i) {
    Tensor index = slice(o[1], -1, i, i + 1);
    index = counted_from_front(squeeze(index, {-1}), o.dim(0, i));
    const Tensor moved = multiply(index, static_cast<double>(stride));
    joined = joined.graph == nullptr ? moved : add(joined, moved);
    stride *= o.dim(0, i);
  }
  Shape shape{stride};
  for (int i = depth; i < o.rank(0); ++i) shape.push_back(o.shape(0)[i]);
  const Tensor flat = reshape(o[0], shape);
  return gather(flat, joined);
}

/// `added` into or instead of the elements of o[0] where `count` of them meet.
Tensor scattered(const Op& o, Tensor added, Tensor count) {
  const std::string reduction = o.s("reduction", "none");
  if (reduction == "add") return add(o[0], added);
  if (reduction != "none") skip("reduction by " + reduction);
  const Tensor met = greater(count, 0.0);
  return select(met, added, o[0]);
}
Tensor ones_like(Tensor x) {
  const Tensor one = x.graph->constant(1, x.dtype());
  return broadcast_to(one, x.shape());
}
Tensor scatter_elements(const Op& o) {
  const int axis = from_front(o.i("axis"), o.rank(0));
  const Dim size = o.shape(0)[axis];
  const Tensor indices = counted_from_front(o[1], constant(size));
  const Tensor added = scatter_add_along_axis(o[2], indices, axis, size);
  const Tensor count = scatter_add_along_axis(ones_like(o[2]), indices, axis, size);
  return scattered(o, added, count);
}
Tensor scatter_nd(const Op& o) {
  if (o.dim(1, -1) != 1) skip("indices of several axes");
  const Tensor indices = counted_from_front(squeeze(o[1], {-1}), o.dim(0, 0));
  const Tensor added = scatter_add(o.shape(0)[0], indices, o[2]);
  const Tensor count = scatter_add(o.shape(0)[0], indices, ones_like(o[2]));
  return scattered(o, added, count);
}

Tensor reverse_sequence(const Op& o) {
  const int time = from_front(o.i("time_axis"), o.rank(0));
  const int sample = from_front(o.i("batch_axis", 1), o.rank(0));
  Shape along_time, along_batch;
  for (int i = 0; i < o.rank(0); ++i) {
    along_time.push_back(i == time ? o.shape(0)[time] : Dim{1});
    along_batch.push_back(i == sample ? o.shape(0)[sample] : Dim{1});
  }
  const Tensor step = reshape(iota(o.graph(), o.shape(0)[time], i64), along_time);
  const Tensor length = reshape(o[1], along_batch);
  const Tensor last = subtract(length, 1.0);
  const Tensor reversed = subtract(last, step);
  const Tensor index = select(less(step, length), reversed, step);
  return take_along_axis(o[0], broadcast_to(index, o.shape(0)), time);
}

Shape flattened(const Op& o) {
  const int axis = from_front(o.i("axis", 1), o.rank(0));
  std::int64_t columns = 1;
  for (int i = axis; i < o.rank(0); ++i) columns *= o.dim(0, i);
  return {divided(o.shape(0).elements(), columns), columns};
}

/// An ONNX number of a dtype as ours; for attributes such as Cast's `to`.
Value filled(const Shape& shape, DType dtype, double number) {
  Value value = make_value(dtype, {}, {});
  std::size_t count = 1;
  for (int i = 0; i < shape.rank; ++i) {
    value.dims.push_back(constant(shape[i]));
    count *= static_cast<std::size_t>(value.dims.back());
  }
  value.values.assign(count, number);
  return value;
}

}  // namespace

Mappings shape_mappings() {
  return {
      {"Identity", [](Op& o) { o.give(o[0]); }},
      {"Constant",
       [](Op& o) {
         if (o.has("value")) return o.give(o.attribute("value").tensor);
         if (o.has("value_int"))
           return o.give(make_value(i64, {}, {static_cast<double>(o.i("value_int"))}));
         if (o.has("value_float")) return o.give(make_value(f32, {}, {o.f("value_float")}));
         const bool integers = o.has("value_ints");
         const Attribute& list = o.attribute(integers ? "value_ints" : "value_floats");
         std::vector<double> values = list.floats;
         if (integers) values.assign(list.ints.begin(), list.ints.end());
         const auto count = static_cast<std::int64_t>(values.size());
         o.give(make_value(integers ? i64 : f32, {count}, std::move(values)));
       }},
      {"ConstantOfShape",
       [](Op& o) {
         const Value zero = make_value(f32, {1}, {0});
         const Value& element = o.has("value") ? o.attribute("value").tensor : zero;
         if (!element.dtype) skip("dtype " + element.type);
         o.give(filled(shape_of(o.ints(0)), *element.dtype, element.values[0]));
       }},
      {"Shape",
       [](Op& o) {
         const int rank = o.rank(0);
         const auto clip = [&](std::int64_t i) {
           return static_cast<int>(std::clamp<std::int64_t>(i < 0 ? i + rank : i, 0, rank));
         };
         std::vector<double> dims;
         for (int i = clip(o.i("start")); i < clip(o.i("end", rank)); ++i)
           dims.push_back(static_cast<double>(o.dim(0, i)));
         const auto count = static_cast<std::int64_t>(dims.size());
         o.give(make_value(i64, {count}, std::move(dims)));
       }},
      {"Size",
       [](Op& o) {
         o.give(make_value(i64, {}, {static_cast<double>(constant(o.shape(0).elements()))}));
       }},
      {"Reshape", [](Op& o) { o.give(reshape(o[0], reshaped(o))); }},
      {"Unsqueeze", [](Op& o) { o.give(unsqueezed(o)); }},
      {"Squeeze", [](Op& o) { o.give(squeeze(o[0], axes_of(o.ints("axes", 1)))); }},
      {"Flatten", [](Op& o) { o.give(reshape(o[0], flattened(o))); }},
      {"Expand",
       [](Op& o) {
         const auto both = elementwise::broadcast_shapes(o.shape(0), shape_of(o.ints(1)));
         o.give(broadcast_to(o[0], both.shape));
       }},
      {"Transpose",
       [](Op& o) {
         std::vector<int> axes;
         for (const std::int64_t axis : o.ints("perm")) axes.push_back(static_cast<int>(axis));
         if (axes.empty())
           for (int i = o.rank(0) - 1; i >= 0; --i) axes.push_back(i);
         o.give(permute(o[0], axes));
       }},
      {"Concat",
       [](Op& o) {
         std::vector<Tensor> parts;
         for (int i = 0; i < o.inputs(); ++i) parts.push_back(o[i]);
         o.give(concat(parts, static_cast<int>(o.i("axis"))));
       }},
      {"Split",
       [](Op& o) {
         const int axis = static_cast<int>(o.i("axis"));
         const std::vector<std::int64_t> sizes = o.ints("split", 1);
         for (const Tensor& part :
              sizes.empty() ? split(o[0], o.outputs(), axis) : split(o[0], sizes, axis))
           o.give(part);
       }},
      {"Slice",
       [](Op& o) {
         const std::vector<std::int64_t> starts = o.ints("starts", 1), ends = o.ints("ends", 2);
         const std::vector<std::int64_t> axes = o.ints("axes", 3), steps = o.ints("steps", 4);
         Tensor x = o[0];
         for (std::size_t i = 0; i < starts.size(); ++i) {
           const std::int64_t axis = axes.empty() ? static_cast<std::int64_t>(i) : axes[i];
           x = sliced(x, from_front(axis, o.rank(0)), starts[i], ends[i],
                      steps.empty() ? 1 : steps[i]);
         }
         o.give(x);
       }},
      {"Pad", [](Op& o) { o.give(padded(o)); }},
      {"Tile",
       [](Op& o) {
         const std::vector<std::int64_t> repeats = o.ints(1);
         Tensor x = o[0];
         for (std::size_t i = 0; i < repeats.size(); ++i)
           x = tile(x, repeats[i], static_cast<int>(i));
         o.give(x);
       }},
      {"Gather",
       [](Op& o) {
         const int axis = from_front(o.i("axis"), o.rank(0));
         const Tensor indices = counted_from_front(o[1], o.dim(0, axis));
         o.give(gather(o[0], indices, axis));
       }},
      {"GatherND", [](Op& o) { o.give(gather_nd(o)); }},
      {"ScatterElements", [](Op& o) { o.give(scatter_elements(o)); }},
      {"Scatter", [](Op& o) { o.give(scatter_elements(o)); }},
      {"ScatterND", [](Op& o) { o.give(scatter_nd(o)); }},
      {"ReverseSequence", [](Op& o) { o.give(reverse_sequence(o)); }},
      {"DepthToSpace", [](Op& o) { o.give(depth_to_space(o)); }},
      {"SpaceToDepth", [](Op& o) { o.give(space_to_depth(o)); }},
      {"Trilu",
       [](Op& o) {
         const std::int64_t diagonal = o.has(1) ? o.ints(1).at(0) : 0;
         o.give(o.i("upper", 1) != 0 ? triu(o[0], diagonal) : tril(o[0], diagonal));
       }},
      {"Range",
       [](Op& o) {
         const double start = o.number(0), limit = o.number(1), delta = o.number(2);
         const auto count = static_cast<std::int64_t>(std::ceil((limit - start) / delta));
         const Tensor steps = multiply(iota(o.graph(), count, o.dtype(0)), delta);
         o.give(add(steps, start));
       }},
      {"EyeLike",
       [](Op& o) {
         const Tensor row = add(iota(o.graph(), o.shape(0)[0]), static_cast<double>(o.i("k")));
         const Tensor column = iota(o.graph(), o.shape(0)[1]);
         const Tensor eye = equal(reshape(row, {o.shape(0)[0], 1}), column);
         o.give(cast(eye,
                     o.has("dtype") ? *dtype_of_onnx(static_cast<int>(o.i("dtype"))) : o.dtype(0)));
       }},
  };
}

}  // namespace foregraph::onnx_tests
