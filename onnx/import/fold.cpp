// Arithmetic on shapes: nodes whose operands do not depend on the data. Elements may be affine in
// the batch size B; a result that is not leaves the node to its rule.
#include <algorithm>
#include <cmath>
#include <foregraph/detail/onnx/import/rule.hpp>
#include <functional>
#include <map>
#include <numeric>

namespace foregraph::onnx {
namespace folding {

/// Thrown where a result cannot be an affine constant.
struct NotAffine {};

/// Larger results are left to the graph: they are data, not shapes.
constexpr std::int64_t most_elements = std::int64_t{1} << 22;

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

/// The sign of an element for all B of at least 1.
int sign_of(Element e) {
  const double at_one = e.constant + e.per_sample;
  if (e.per_sample == 0) return e.constant > 0 ? 1 : e.constant < 0 ? -1 : 0;
  // Grows away from zero, or the batch sizes at which it changes sign are not whole and above 1.
  if (at_one > 0 && e.per_sample > 0) return 1;
  if (at_one < 0 && e.per_sample < 0) return -1;
  throw NotAffine{};
}
/// Equal for all B, or for no B above 1: a batch of one that is something else is a special case
/// that exported models have no use for.
bool are_equal(Element a, Element b) {
  const Element d{a.constant - b.constant, a.per_sample - b.per_sample};
  return d.constant == 0 && d.per_sample == 0;
}

Element add(Element a, Element b) {
  return {a.constant + b.constant, a.per_sample + b.per_sample};
}
Element subtract(Element a, Element b) {
  return {a.constant - b.constant, a.per_sample - b.per_sample};
}
Element multiply(Element a, Element b) {
  if (!a.is_number() && !b.is_number()) throw NotAffine{};
  const double factor = a.is_number() ? a.constant : b.constant;
  const Element other = a.is_number() ? b : a;
  return {factor * other.constant, factor * other.per_sample};
}
Element divide(Element a, Element b, bool whole) {
  if (are_equal(a, b) && sign_of(a) != 0) return {1};
  const double divisor = number(b);
  if (divisor == 0) throw NotAffine{};
  const Element result{a.constant / divisor, a.per_sample / divisor};
  if (!whole) return result;
  if (a.is_number()) return {std::trunc(result.constant)};
  if (result.constant != std::trunc(result.constant) ||
      result.per_sample != std::trunc(result.per_sample))
    throw NotAffine{};
  return result;
}
Element modulo(Element a, Element b, bool fmod) {
  const double divisor = number(b);
  if (!a.is_number()) {
    if (std::fmod(a.per_sample, divisor) == 0) return modulo({a.constant}, b, fmod);
    throw NotAffine{};
  }
  const double rest = std::fmod(a.constant, divisor);
  return {!fmod && rest != 0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest};
}

using Unary = std::function<Element(Element)>;
using Binary = std::function<Element(Element, Element)>;

/// Applies a function of numbers; an element that grows with the batch is not one.
Unary of_number(double (*f)(double)) {
  return [f](Element e) { return Element{f(number(e))}; };
}
/// Rounding leaves affine elements of whole parts alone.
Unary rounding(double (*f)(double)) {
  return [f](Element e) {
    if (!e.is_number() &&
        (e.constant != std::trunc(e.constant) || e.per_sample != std::trunc(e.per_sample)))
      throw NotAffine{};
    return e.is_number() ? Element{f(e.constant)} : e;
  };
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

/// Strides of an operand broadcast to `shape`: 0 along axes that it lacks or has once.
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
/// Index in an operand with these strides of element i of `shape`.
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

Constant reduced(const Op& o, const Binary& f) {
  const Constant& x = o.constant(0);
  const std::vector<int> axes = axes_or_all(o.integers("axes", 1), x.shape.rank);
  const bool keep = o.integer("keepdims", 1) != 0;
  Shape kept = x.shape;
  for (const int axis : axes) kept.set(axis, 1);
  std::vector<Element> results(static_cast<std::size_t>(count_of(kept)));
  std::vector<bool> is_set(results.size());
  const auto strides = strides_in(kept, x.shape);
  for (std::int64_t i = 0; i < count_of(x.shape); ++i) {
    const auto to = static_cast<std::size_t>(index_in(strides, x.shape, i));
    results[to] = is_set[to] ? f(results[to], x.at(i)) : x.at(i);
    is_set[to] = true;
  }
  Shape shape;
  for (int axis = 0; axis < x.shape.rank; ++axis)
    if (keep || std::find(axes.begin(), axes.end(), axis) == axes.end())
      shape.push_back(kept[axis]);
  return {x.dtype, shape, results};
}

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
    std::int64_t inner = 1;
    for (int i = axis + 1; i < shape.rank; ++i) inner *= fixed_size(shape[i]);
    if (count == 0) {
      x = {x.dtype, shape, {}};
      continue;
    }
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
    std::int64_t stride = 1;
    for (int i = static_cast<int>(axis) + 1; i < x.shape.rank; ++i)
      stride *= fixed_size(x.shape[i]);
    shape.push_back(x.shape[static_cast<int>(axis)]);
    strides.push_back(stride);
  }
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
  const Constant value = read_constant(o.importer().file(), *o.attribute("value").tensor);
  return {value.dtype, shape, value.elements};
}

Constant cast_to(const Op& o, DType dtype) {
  return unary(o.constant(0), dtype, [&](Element e) {
    if (dtype == DType::boolean) return Element{sign_of(e) != 0 ? 1.0 : 0.0};
    if (!e.is_number() && !is_floating(dtype) &&
        (e.constant != std::trunc(e.constant) || e.per_sample != std::trunc(e.per_sample)))
      throw NotAffine{};
    return e;
  });
}
DType dtype_of_cast(const Op& o) {
  const auto type = static_cast<ElementType>(o.integer("to"));
  const std::optional<DType> dtype = dtype_for(type);
  if (!dtype) unsupported("numbers of type " + name_of(type));
  return *dtype;
}

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

using Fold = void (*)(Op&);

template <class F>
Constant of_two(Op& o, const F& f) {
  return binary(o.constant(0), o.constant(1), o.dtype(0), f);
}
template <class F>
Constant compared(Op& o, const F& f) {
  return binary(o.constant(0), o.constant(1), boolean,
                [&](Element a, Element b) { return Element{f(a, b) ? 1.0 : 0.0}; });
}
template <class F>
Constant of_several(Op& o, const F& f) {
  Constant result = o.constant(0);
  for (int i = 1; i < o.inputs(); ++i) result = binary(result, o.constant(i), o.dtype(0), f);
  return result;
}
Element least(Element a, Element b) {
  return sign_of(subtract(a, b)) <= 0 ? a : b;
}
Element largest(Element a, Element b) {
  return sign_of(subtract(a, b)) >= 0 ? a : b;
}

const std::map<std::string_view, Fold>& folds() {
  static const std::map<std::string_view, Fold> all{
      {"Add", [](Op& o) { o.give(of_two(o, add)); }},
      {"Sub", [](Op& o) { o.give(of_two(o, subtract)); }},
      {"Mul", [](Op& o) { o.give(of_two(o, multiply)); }},
      {"Div",
       [](Op& o) {
         const bool whole = !is_floating(o.dtype(0));
         o.give(of_two(o, [&](Element a, Element b) { return divide(a, b, whole); }));
       }},
      {"Mod",
       [](Op& o) {
         const bool fmod = o.integer("fmod") != 0;
         o.give(of_two(o, [&](Element a, Element b) { return modulo(a, b, fmod); }));
       }},
      {"Pow",
       [](Op& o) {
         o.give(of_two(
             o, [](Element a, Element b) { return Element{std::pow(number(a), number(b))}; }));
       }},
      {"Min", [](Op& o) { o.give(of_several(o, least)); }},
      {"Max", [](Op& o) { o.give(of_several(o, largest)); }},
      {"Sum", [](Op& o) { o.give(of_several(o, add)); }},
      {"Equal", [](Op& o) { o.give(compared(o, are_equal)); }},
      {"Less",
       [](Op& o) {
         o.give(compared(o, [](Element a, Element b) { return sign_of(subtract(a, b)) < 0; }));
       }},
      {"LessOrEqual",
       [](Op& o) {
         o.give(compared(o, [](Element a, Element b) { return sign_of(subtract(a, b)) <= 0; }));
       }},
      {"Greater",
       [](Op& o) {
         o.give(compared(o, [](Element a, Element b) { return sign_of(subtract(a, b)) > 0; }));
       }},
      {"GreaterOrEqual",
       [](Op& o) {
         o.give(compared(o, [](Element a, Element b) { return sign_of(subtract(a, b)) >= 0; }));
       }},
      {"And",
       [](Op& o) {
         o.give(compared(o, [](Element a, Element b) { return number(a) != 0 && number(b) != 0; }));
       }},
      {"Or",
       [](Op& o) {
         o.give(compared(o, [](Element a, Element b) { return number(a) != 0 || number(b) != 0; }));
       }},
      {"Not",
       [](Op& o) {
         o.give(unary(o.constant(0), boolean,
                      [](Element e) { return Element{number(e) != 0 ? 0.0 : 1.0}; }));
       }},
      {"Neg",
       [](Op& o) {
         o.give(unary(o.constant(0), o.dtype(0), [](Element e) {
           return Element{-e.constant, -e.per_sample};
         }));
       }},
      {"Abs",
       [](Op& o) {
         o.give(unary(o.constant(0), o.dtype(0), [](Element e) {
           return sign_of(e) < 0 ? Element{-e.constant, -e.per_sample} : e;
         }));
       }},
      {"Sqrt", [](Op& o) { o.give(unary(o.constant(0), o.dtype(0), of_number(std::sqrt))); }},
      {"Exp", [](Op& o) { o.give(unary(o.constant(0), o.dtype(0), of_number(std::exp))); }},
      {"Log", [](Op& o) { o.give(unary(o.constant(0), o.dtype(0), of_number(std::log))); }},
      {"Sin", [](Op& o) { o.give(unary(o.constant(0), o.dtype(0), of_number(std::sin))); }},
      {"Cos", [](Op& o) { o.give(unary(o.constant(0), o.dtype(0), of_number(std::cos))); }},
      {"Reciprocal",
       [](Op& o) {
         o.give(unary(o.constant(0), o.dtype(0), [](Element e) { return Element{1 / number(e)}; }));
       }},
      {"Floor", [](Op& o) { o.give(unary(o.constant(0), o.dtype(0), rounding(std::floor))); }},
      {"Ceil", [](Op& o) { o.give(unary(o.constant(0), o.dtype(0), rounding(std::ceil))); }},
      {"Round", [](Op& o) { o.give(unary(o.constant(0), o.dtype(0), rounding(std::nearbyint))); }},
      {"Cast", [](Op& o) { o.give(cast_to(o, dtype_of_cast(o))); }},
      {"CastLike", [](Op& o) { o.give(cast_to(o, o.dtype(1))); }},
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
      {"ReduceProd", [](Op& o) { o.give(reduced(o, multiply)); }},
      {"ReduceSum", [](Op& o) { o.give(reduced(o, add)); }},
      {"ReduceMin", [](Op& o) { o.give(reduced(o, least)); }},
      {"ReduceMax", [](Op& o) { o.give(reduced(o, largest)); }},
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
      {"Gather", [](Op& o) { o.give(gathered(o)); }},
      {"Slice", [](Op& o) { o.give(sliced(o)); }},
      {"Concat", [](Op& o) { o.give(joined(o)); }},
      {"Transpose", [](Op& o) { o.give(transposed(o)); }},
      {"Expand", [](Op& o) { o.give(expanded(o)); }},
      {"Tile", [](Op& o) { o.give(tiled(o)); }},
      {"Unsqueeze", [](Op& o) { o.give(with_axes(o, true)); }},
      {"Squeeze", [](Op& o) { o.give(with_axes(o, false)); }},
      {"Range", [](Op& o) { o.give(ranged(o)); }},
      {"ConstantOfShape", [](Op& o) { o.give(filled(o)); }},
      {"Identity", [](Op& o) { o.give(o.constant(0)); }},
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
  return all;
}

/// True if all operands are constants of the file or computed from such. Tensors of floats that the
/// file stores are parameters.
bool operands_are_constants(const Op& op) {
  for (int i = 0; i < op.inputs(); ++i) {
    if (!op.has(i)) continue;
    const Known& known = op.known(i);
    if (known.parameter != nullptr && is_floating(known.dtype)) return false;
    if (!op.is_constant(i)) return false;
  }
  return true;
}

}  // namespace folding

bool can_fold(const FileNode& node) {
  return node.domain.empty() && (node.op_type == "Shape" || node.op_type == "Size" ||
                                 folding::folds().contains(node.op_type));
}

bool fold(Op& op) {
  const std::string& type = op.node().op_type;
  if (type == "Shape") {
    folding::shape_of_operand(op);
    return true;
  }
  if (type == "Size") {
    op.give(Constant{i64, {}, {element_of(op.shape(0).elements())}});
    return true;
  }
  const auto found = folding::folds().find(type);
  if (found == folding::folds().end() || !folding::operands_are_constants(op)) return false;
  try {
    found->second(op);
    return true;
  } catch (const folding::NotAffine&) {
    return false;
  } catch (const Unsupported&) {
    return false;  // a size that depends on the batch: the rule may still be able to do it
  }
}

}  // namespace foregraph::onnx
