#include <algorithm>

#include <foregraph/ops/broadcast.hpp>
#include <foregraph/ops/reshape.hpp>

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
    known *= shape[static_cast<int>(i)].constant;
  }
  if (open >= 0) shape.set(open, o.shape(0).elements().constant / known);
  if (shape.rank > Shape::max_rank) skip("rank above 6");
  return shape;
}

Shape unsqueezed(const Op& o) {
  const std::vector<std::int64_t> axes = o.ints("axes", 1);
  const int rank = o.rank(0) + static_cast<int>(axes.size());
  if (rank > Shape::max_rank) skip("rank above 6");
  std::vector<bool> is_new(static_cast<std::size_t>(rank));
  for (const std::int64_t axis : axes)
    is_new[static_cast<std::size_t>(from_front(axis, rank))] = true;
  Shape shape;
  int next = 0;
  for (const bool one : is_new) shape.push_back(one ? Dim{1} : o.shape(0)[next++]);
  return shape;
}

Shape squeezed(const Op& o) {
  Shape shape;
  std::vector<std::int64_t> axes = o.ints("axes", 1);
  for (std::int64_t& axis : axes) axis = from_front(axis, o.rank(0));
  for (int i = 0; i < o.rank(0); ++i)
    if (axes.empty() ? !o.shape(0)[i].is_one()
                     : std::find(axes.begin(), axes.end(), i) == axes.end())
      shape.push_back(o.shape(0)[i]);
  return shape;
}

Shape flattened(const Op& o) {
  const int axis = from_front(o.i("axis", 1), o.rank(0));
  std::int64_t rows = 1;
  for (int i = 0; i < axis; ++i) rows *= o.dim(0, i);
  return {rows, o.shape(0).elements().constant / rows};
}

/// An ONNX number of a dtype as ours; for attributes such as Cast's `to`.
Value filled(const Shape& shape, DType dtype, double number) {
  Value value = make_value(dtype, {}, {});
  std::size_t count = 1;
  for (int i = 0; i < shape.rank; ++i) {
    value.dims.push_back(shape[i].constant);
    count *= static_cast<std::size_t>(shape[i].constant);
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
         o.give(make_value(i64, {}, {static_cast<double>(o.shape(0).elements().constant)}));
       }},
      {"Reshape", [](Op& o) { o.give(reshape(o[0], reshaped(o))); }},
      {"Unsqueeze", [](Op& o) { o.give(reshape(o[0], unsqueezed(o))); }},
      {"Squeeze", [](Op& o) { o.give(reshape(o[0], squeezed(o))); }},
      {"Flatten", [](Op& o) { o.give(reshape(o[0], flattened(o))); }},
      {"Expand",
       [](Op& o) {
         const auto both = elementwise::broadcast_shapes(o.shape(0), shape_of(o.ints(1)));
         o.give(broadcast_to(o[0], both.shape));
       }},
  };
}

}  // namespace foregraph::onnx_tests
