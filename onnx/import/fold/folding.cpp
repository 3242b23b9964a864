#include <algorithm>
#include <cmath>
#include <foregraph/detail/onnx/import/fold/folding.hpp>

namespace foregraph::onnx::folding {

std::int64_t count_of(const Shape& shape) {
  const std::int64_t count = shape.elements().is_constant() ? shape.elements().constant : -1;
  if (count < 0 || count > most_elements) throw NotAffine{};
  return count;
}

double rounded(double value, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return static_cast<double>(static_cast<float>(value));
    case DType::i32:
    case DType::i64:
      return std::trunc(value);
    case DType::boolean:
      return value != 0 ? 1 : 0;
    case DType::f64:
      break;
  }
  return value;
}

double number(Element element) {
  return element.is_number() ? element.constant : throw NotAffine{};
}

int sign_of(Element e) {
  const double at_one = e.constant + e.per_sample;
  if (e.per_sample == 0) return e.constant > 0 ? 1 : e.constant < 0 ? -1 : 0;
  // Grows away from zero, or the batch sizes at which it changes sign are not whole and above 1.
  if (at_one > 0 && e.per_sample > 0) return 1;
  if (at_one < 0 && e.per_sample < 0) return -1;
  throw NotAffine{};
}

Constant made(DType dtype, const Shape& shape,
              const std::function<Element(std::int64_t)>& element) {
  Constant result{dtype, shape, {}};
  const std::int64_t count = count_of(shape);
  result.elements.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    Element e = element(i);
    if (e.is_number()) e.constant = rounded(e.constant, dtype);
    result.elements.push_back(e);
  }
  return result;
}

Constant unary(const Constant& x, DType dtype, const Unary& f) {
  if (x.is_uniform()) {
    Element e = f(x.at(0));
    if (e.is_number()) e.constant = rounded(e.constant, dtype);
    return {dtype, x.shape, {e}};
  }
  return made(dtype, x.shape, [&](std::int64_t i) { return f(x.at(i)); });
}

std::vector<std::int64_t> strides_in(const Shape& operand, const Shape& shape) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(shape.rank), 0);
  std::int64_t step = 1;
  for (int i = 1; i <= operand.rank; ++i) {
    if (!operand[-i].is_one()) {
      strides[static_cast<std::size_t>(shape.rank - i)] = step;
      step *= fixed_size(operand[-i]);
    }
  }
  return strides;
}
std::int64_t index_in(const std::vector<std::int64_t>& strides, const Shape& shape,
                      std::int64_t i) {
  std::int64_t index = 0;
  for (int axis = shape.rank - 1; axis >= 0; --axis) {
    const std::int64_t size = shape[axis].constant;
    index += i % size * strides[static_cast<std::size_t>(axis)];
    i /= size;
  }
  return index;
}

Shape broadcast(const Shape& a, const Shape& b) {
  Shape result;
  result.rank = std::max(a.rank, b.rank);
  for (int i = 1; i <= result.rank; ++i) {
    const Dim x = i <= a.rank ? a[-i] : Dim{1};
    const Dim y = i <= b.rank ? b[-i] : Dim{1};
    if (!x.is_one() && !y.is_one() && x != y) throw NotAffine{};
    result.set(result.rank - i, x.is_one() ? y : x);
  }
  return result;
}

Constant binary(const Constant& a, const Constant& b, DType dtype, const Binary& f) {
  const Shape shape = broadcast(a.shape, b.shape);
  if (a.is_uniform() && b.is_uniform()) {
    Element e = f(a.at(0), b.at(0));
    if (e.is_number()) e.constant = rounded(e.constant, dtype);
    return {dtype, shape, {e}};
  }
  count_of(shape);
  const auto sa = strides_in(a.shape, shape);
  const auto sb = strides_in(b.shape, shape);
  return made(dtype, shape, [&](std::int64_t i) {
    return f(a.at(index_in(sa, shape, i)), b.at(index_in(sb, shape, i)));
  });
}

std::vector<int> axes_or_all(const std::vector<std::int64_t>& list, int rank) {
  std::vector<int> axes;
  for (const std::int64_t axis : list) axes.push_back(from_front(axis, rank));
  if (axes.empty())
    for (int i = 0; i < rank; ++i) axes.push_back(i);
  std::sort(axes.begin(), axes.end());
  return axes;
}

}  // namespace foregraph::onnx::folding
