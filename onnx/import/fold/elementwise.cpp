#include <algorithm>
#include <cmath>
#include <foregraph/detail/onnx/import/fold/folding.hpp>

namespace foregraph::onnx::folding {
namespace elementwise_fold {

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

}  // namespace elementwise_fold

Folds elementwise_folds() {
  using namespace elementwise_fold;
  return {
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
      {"ReduceProd", [](Op& o) { o.give(reduced(o, multiply)); }},
      {"ReduceSum", [](Op& o) { o.give(reduced(o, add)); }},
      {"ReduceMin", [](Op& o) { o.give(reduced(o, least)); }},
      {"ReduceMax", [](Op& o) { o.give(reduced(o, largest)); }},
  };
}

}  // namespace foregraph::onnx::folding
