#include <cmath>

#include <foregraph/detail/ops/activation/elu.hpp>
#include <foregraph/detail/ops/activation/hard_sigmoid.hpp>
#include <foregraph/detail/ops/activation/hard_swish.hpp>
#include <foregraph/detail/ops/activation/leaky_relu.hpp>
#include <foregraph/detail/ops/activation/relu.hpp>
#include <foregraph/detail/ops/activation/sigmoid.hpp>
#include <foregraph/detail/ops/activation/softplus.hpp>
#include <foregraph/detail/ops/activation/softsign.hpp>
#include <foregraph/detail/ops/activation/tanh.hpp>
#include <foregraph/detail/ops/basic/cast.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/logical.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/abs.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/clamp.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/erf.hpp>
#include <foregraph/detail/ops/math/exp.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/log.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/negate.hpp>
#include <foregraph/detail/ops/math/pow.hpp>
#include <foregraph/detail/ops/math/reciprocal.hpp>
#include <foregraph/detail/ops/math/rounding.hpp>
#include <foregraph/detail/ops/math/sign.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/math/trigonometry.hpp>

#include "onnx/mapping.hpp"

namespace foregraph::onnx_tests {

namespace {

using Unary = Tensor (*)(Argument, Location);
using Binary = Tensor (*)(Argument, Argument, Location);

template <Unary f>
void unary(Op& o) {
  o.give(f(o[0], Location::current()));
}
template <Binary f>
void binary(Op& o) {
  o.give(f(o[0], o[1], Location::current()));
}
/// Sum, Max, ... of any number of operands.
template <Binary f>
Tensor fold(Op& o) {
  Tensor result = o[0];
  for (int i = 1; i < o.inputs(); ++i) result = f(result, o[i], Location::current());
  return result;
}

}  // namespace

Mappings elementwise_mappings() {
  return {
      {"Add", binary<add>},
      {"Sub", binary<subtract>},
      {"Mul", binary<multiply>},
      {"Div", binary<divide>},
      {"Neg", unary<negate>},
      {"Relu", unary<relu>},
      {"Sigmoid", unary<sigmoid>},
      {"Tanh", unary<tanh>},
      {"Exp", unary<exp>},
      {"Log", unary<log>},
      {"Sqrt", unary<sqrt>},
      {"Softplus", unary<softplus>},
      {"Reciprocal", unary<reciprocal>},
      {"Softsign", unary<softsign>},
      {"Abs", unary<abs>},
      {"Sign", unary<sign>},
      {"Floor", unary<floor>},
      {"Ceil", unary<ceil>},
      {"Round", unary<round>},
      {"Erf", unary<erf>},
      {"Sin", unary<sin>},
      {"Cos", unary<cos>},
      {"Tan", unary<tan>},
      {"Sinh",
       [](Op& o) {
         const Tensor up = exp(o[0]);
         const Tensor down = reciprocal(up);
         o.give(multiply(subtract(up, down), 0.5));
       }},
      {"Cosh",
       [](Op& o) {
         const Tensor up = exp(o[0]);
         const Tensor down = reciprocal(up);
         o.give(multiply(add(up, down), 0.5));
       }},
      {"Clip",
       [](Op& o) {
         if (o.opset() < 11)
           return o.give(clamp(o[0], o.f("min", -HUGE_VAL), o.f("max", HUGE_VAL)));
         if (o.has(1) && o.has(2)) return o.give(clamp(o[0], o[1], o[2]));
         if (o.has(1)) return o.give(maximum(o[0], o[1]));
         o.give(o.has(2) ? minimum(o[0], o[2]) : o[0]);
       }},
      {"Elu", [](Op& o) { o.give(elu(o[0], o.f("alpha", 1))); }},
      {"Celu",
       [](Op& o) {
         const double alpha = o.f("alpha", 1);
         const Tensor scaled = elu(divide(o[0], alpha));
         o.give(multiply(scaled, alpha));
       }},
      {"Selu",
       [](Op& o) {
         if (!o.has("alpha") && !o.has("gamma")) return o.give(selu(o[0]));
         o.give(multiply(elu(o[0], o.f("alpha", 1.67326)), o.f("gamma", 1.0507)));
       }},
      {"HardSigmoid",
       [](Op& o) { o.give(hard_sigmoid(o[0], o.f("alpha", 0.2), o.f("beta", 0.5))); }},
      {"HardSwish", unary<hard_swish>},
      {"LeakyRelu", [](Op& o) { o.give(leaky_relu(o[0], o.f("alpha", 0.01))); }},
      {"PRelu",
       [](Op& o) {
         Tensor slope = o[1];  // before version 7 one per channel, later to be broadcast
         if (o.opset() < 7 && o.rank(1) == 1 && o.dim(1, 0) > 1) {
           Shape shape{o.dim(1, 0)};
           for (int i = 2; i < o.rank(0); ++i) shape.push_back(1);
           slope = reshape(slope, shape);
         }
         o.give(leaky_relu(o[0], slope));
       }},
      {"ThresholdedRelu",
       [](Op& o) {
         const Tensor above = greater(o[0], o.f("alpha", 1));
         o.give(select(above, o[0], 0.0));
       }},
      {"Shrink",
       [](Op& o) {
         const double lambd = o.f("lambd", 0.5), bias = o.f("bias");
         const Tensor below = less(o[0], -lambd);
         const Tensor above = greater(o[0], lambd);
         const Tensor lowered = subtract(o[0], bias);
         const Tensor upper = select(above, lowered, 0.0);
         const Tensor raised = add(o[0], bias);
         o.give(select(below, raised, upper));
       }},
      {"Pow",
       [](Op& o) {
         // Of integers: through f64, which is exact for the sizes that occur.
         const DType dtype = o.dtype(0);
         const DType through = is_floating(dtype) ? dtype : f64;
         const Tensor x = cast(o[0], through);
         const Tensor p = cast(o[1], through);
         Tensor result = pow(x, p);
         if (through != dtype) result = round(result);
         o.give(cast(result, dtype));
       }},
      {"Mod",
       [](Op& o) {
         // x - y * (x/y), rounded towards 0 (fmod) or down; integers through f64.
         const DType dtype = o.dtype(0);
         const DType through = is_floating(dtype) ? dtype : f64;
         const Tensor x = cast(o[0], through);
         const Tensor y = cast(o[1], through);
         const Tensor quotient = divide(x, y);
         const Tensor down = floor(quotient);
         const Tensor whole =
             o.i("fmod") != 0 ? select(less(quotient, 0.0), ceil(quotient), down) : down;
         const Tensor taken = multiply(whole, y);
         o.give(cast(subtract(x, taken), dtype));
       }},
      {"Cast",
       [](Op& o) {
         const std::optional<DType> to = dtype_of_onnx(static_cast<int>(o.i("to")));
         if (!to) skip("to a dtype Foregraph has not");
         o.give(cast(o[0], *to));
       }},
      {"CastLike", [](Op& o) { o.give(cast(o[0], o.dtype(1))); }},
      {"And", [](Op& o) { o.give(logical_and(o[0], o[1])); }},
      {"Or", [](Op& o) { o.give(logical_or(o[0], o[1])); }},
      {"Not", [](Op& o) { o.give(logical_not(o[0])); }},
      {"Xor",
       [](Op& o) {
         const Tensor any = logical_or(o[0], o[1]);
         const Tensor all = logical_and(o[0], o[1]);
         const Tensor not_all = logical_not(all);
         o.give(logical_and(any, not_all));
       }},
      {"IsNaN", [](Op& o) { o.give(is_nan(o[0])); }},
      {"IsInf",
       [](Op& o) {
         const bool positive = o.i("detect_positive", 1) != 0;
         const bool negative = o.i("detect_negative", 1) != 0;
         const Tensor x = positive && negative ? abs(o[0]) : o[0];
         o.give(equal(x, positive ? HUGE_VAL : -HUGE_VAL));
       }},
      {"GreaterOrEqual", binary<greater_equal>},
      {"LessOrEqual", binary<less_equal>},
      {"Greater", binary<greater>},
      {"Less", binary<less>},
      {"Equal", binary<equal>},
      {"Where", [](Op& o) { o.give(select(o[0], o[1], o[2])); }},
      {"Sum", [](Op& o) { o.give(fold<add>(o)); }},
      {"Max", [](Op& o) { o.give(fold<maximum>(o)); }},
      {"Min", [](Op& o) { o.give(fold<minimum>(o)); }},
      {"Mean",
       [](Op& o) {
         const Tensor total = fold<add>(o);
         o.give(divide(total, static_cast<double>(o.inputs())));
       }},
  };
}

}  // namespace foregraph::onnx_tests
