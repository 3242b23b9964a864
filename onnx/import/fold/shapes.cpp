#include <algorithm>
#include <cmath>
#include <foregraph/detail/onnx/format/elements.hpp>
#include <foregraph/detail/onnx/import/fold/folding.hpp>
#include <optional>

namespace foregraph::onnx::folding {
namespace shape_fold {

Constant reshaped(const Op& o) {
  const Constant& x = o.constant(0);
  const std::vector<std::int64_t> dims = o.integers("shape", 1);
  Shape shape;
  std::int64_t known = 1;
  int open = -1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const bool copied = dims[i] == 0 && o.integer("allowzero") == 0;
    shape.push_back(copied ? x.shape[static_cast<int>(i)] : Dim{dims[i]});
    if (dims[i] < 0)
      open = static_cast<int>(i);
    else
      known *= fixed_size(shape[static_cast<int>(i)]);
  }
  if (open >= 0 && known > 0) shape.set(open, count_of(x.shape) / known);
  if (count_of(shape) != count_of(x.shape)) throw NotAffine{};
  return {x.dtype, shape, x.elements};
}

Constant with_axes(const Op& o, bool insert) {
  const Constant& x = o.constant(0);
  std::vector<std::int64_t> list = o.integers("axes", 1);
  Shape shape;
  if (insert) {
    const int rank = x.shape.rank + static_cast<int>(list.size());
    if (rank > Shape::max_rank) unsupported("more than 6 axes");
    const std::vector<int> axes = axes_or_all(list, rank);
    int from = 0;
    for (int i = 0; i < rank; ++i)
      shape.push_back(std::find(axes.begin(), axes.end(), i) != axes.end() ? Dim{1}
                                                                           : x.shape[from++]);
  } else {
    if (list.empty())
      for (int i = 0; i < x.shape.rank; ++i)
        if (x.shape[i].is_one()) list.push_back(i);
    std::vector<int> axes;
    for (const std::int64_t axis : list) axes.push_back(from_front(axis, x.shape.rank));
    for (int i = 0; i < x.shape.rank; ++i)
      if (std::find(axes.begin(), axes.end(), i) == axes.end()) shape.push_back(x.shape[i]);
  }
  return {x.dtype, shape, x.elements};
}

Constant ranged(const Op& o) {
  const double start = o.number(0);
  const double limit = o.number(1);
  const double step = o.number(2);
  if (step == 0) throw DataError("the step is 0");
  const auto count = static_cast<std::int64_t>(std::max(std::ceil((limit - start) / step), 0.0));
  if (count > most_elements) throw NotAffine{};
  return made(o.dtype(0), {count},
              [&](std::int64_t i) { return Element{start + static_cast<double>(i) * step}; });
}

Constant filled(const Op& o) {
  Shape shape;
  for (const Dim& dim : o.sizes(0)) shape.push_back(dim);
  if (!o.has("value")) return {f32, shape, {{0}}};
  const Constant value = o.tensor("value");
  return {value.dtype, shape, value.elements};
}

/// A window of signal processing, of cosines: the sum of a[k] cos(2 pi k n / N) with signs in turn.
void cosine_window(Op& o, const std::vector<double>& amplitudes) {
  const std::int64_t size = o.integers(0).at(0);
  if (size < 1) unsupported("a tensor without elements");
  const bool is_periodic = o.integer("periodic", 1) != 0;
  const auto period = static_cast<double>(is_periodic ? size : std::max<std::int64_t>(size - 1, 1));
  const std::int64_t type = o.integer("output_datatype", 1);
  const std::optional<DType> dtype = dtype_for(static_cast<ElementType>(type));
  if (!dtype) unsupported("numbers of type " + name_of(static_cast<ElementType>(type)));
  o.give(made(*dtype, {size}, [&](std::int64_t n) {
    double value = 0;
    for (std::size_t k = 0; k < amplitudes.size(); ++k) {
      const double angle = 2 * M_PI * static_cast<double>(k) * static_cast<double>(n) / period;
      value += (k % 2 == 0 ? 1 : -1) * amplitudes[k] * std::cos(angle);
    }
    return Element{value};
  }));
}

}  // namespace shape_fold

void shape_of_operand(Op& o) {
  const Shape& shape = o.shape(0);
  std::int64_t start = o.integer("start", 0);
  std::int64_t end = o.integer("end", shape.rank);
  if (start < 0) start += shape.rank;
  if (end < 0) end += shape.rank;
  start = std::clamp<std::int64_t>(start, 0, shape.rank);
  end = std::clamp<std::int64_t>(end, start, shape.rank);
  Constant result{i64, {end - start}, {}};
  for (std::int64_t i = start; i < end; ++i)
    result.elements.push_back(element_of(shape[static_cast<int>(i)]));
  o.give(std::move(result));
}

Folds shape_folds() {
  using namespace shape_fold;
  return {
      {"Reshape", [](Op& o) { o.give(reshaped(o)); }},
      {"Flatten",
       [](Op& o) {
         const Constant& x = o.constant(0);
         std::int64_t rows = 1;
         const std::int64_t axis = o.integer("axis", 1);
         for (int i = 0; i < (axis < 0 ? axis + x.shape.rank : axis); ++i)
           rows *= fixed_size(x.shape[i]);
         o.give(Constant{x.dtype, {rows, count_of(x.shape) / rows}, x.elements});
       }},
      {"Unsqueeze", [](Op& o) { o.give(with_axes(o, true)); }},
      {"Squeeze", [](Op& o) { o.give(with_axes(o, false)); }},
      {"Range", [](Op& o) { o.give(ranged(o)); }},
      {"ConstantOfShape", [](Op& o) { o.give(filled(o)); }},
      {"HannWindow",
       [](Op& o) {
         cosine_window(o, {0.5, 0.5});
       }},
      {"HammingWindow",
       [](Op& o) {
         cosine_window(o, {25.0 / 46, 21.0 / 46});
       }},
      {"BlackmanWindow",
       [](Op& o) {
         cosine_window(o, {0.42, 0.5, 0.08});
       }},
      {"Identity", [](Op& o) { o.give(o.constant(0)); }},
  };
}

}  // namespace foregraph::onnx::folding
