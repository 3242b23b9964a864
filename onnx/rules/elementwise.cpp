#include <cmath>
#include <optional>

#include <foregraph/detail/ops/activation/elu.hpp>
#include <foregraph/detail/ops/activation/gelu.hpp>
#include <foregraph/detail/ops/activation/gelu_tanh.hpp>
#include <foregraph/detail/ops/activation/hard_sigmoid.hpp>
#include <foregraph/detail/ops/activation/hard_swish.hpp>
#include <foregraph/detail/ops/activation/leaky_relu.hpp>
#include <foregraph/detail/ops/activation/mish.hpp>
#include <foregraph/detail/ops/activation/relu.hpp>
#include <foregraph/detail/ops/activation/relu6.hpp>
#include <foregraph/detail/ops/activation/sigmoid.hpp>
#include <foregraph/detail/ops/activation/silu.hpp>
#include <foregraph/detail/ops/activation/softplus.hpp>
#include <foregraph/detail/ops/activation/softsign.hpp>
#include <foregraph/detail/ops/activation/tanh.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
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
#include <foregraph/detail/ops/math/inverse_trigonometry.hpp>
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

#include <foregraph/detail/onnx/rules/common.hpp>

namespace foregraph::onnx {

namespace elementwise_rule {

using Unary = Tensor (*)(Argument, Location);
using Binary = Tensor (*)(Argument, Argument, Location);

template <Unary f>
void unary(Op& o) {
  give_like(o, 0, f(o.placed(0), Location::current()));
}
/// An op of one operand and attributes.
template <class F>
void with_attributes(Op& o, const F& f) {
  give_like(o, 0, f(o.placed(0)));
}
/// Before version 7, operand 1 had its axes from `axis` on, or the last ones.
std::vector<Tensor> operands_of(const Op& o, Order& order) {
  if (o.opset() >= 7 || !o.has("axis") || o.integer("broadcast") == 0 || o.inputs() != 2)
    return o.elementwise(order);
  const int rank = o.rank(0);
  const int axis = from_front(o.integer("axis"), rank);
  Shape extended;
  for (int i = 0; i < axis; ++i) extended.push_back(1);
  for (int i = 0; i < o.rank(1); ++i) extended.push_back(o.shape(1)[i]);
  while (extended.rank < rank) extended.push_back(1);
  order = o.known(0).joined.empty() ? o.order(0) : Order::plain(rank);
  const std::vector<int> axes(order.axes.begin(), order.axes.begin() + order.rank);
  const Tensor second = permuted(reshape(o[1], extended), axes);
  return {o.in_order(0, order), second};
}
template <class F>
void of_operands(Op& o, const F& f) {
  Order order;
  const std::vector<Tensor> operands = operands_of(o, order);
  const Tensor result = f(operands);
  o.give(result, result.shape().rank == order.rank ? order : Order::plain(result.shape().rank));
}
template <Binary f>
void binary(Op& o) {
  of_operands(
      o, [](const std::vector<Tensor>& x) { return f(x.at(0), x.at(1), Location::current()); });
}
/// Sum, Max, ... of any number of operands.
template <Binary f>
Tensor folded(const std::vector<Tensor>& operands) {
  Tensor result = operands.at(0);
  for (std::size_t i = 1; i < operands.size(); ++i)
    result = f(result, operands[i], Location::current());
  return result;
}
template <Binary f>
void of_several(Op& o) {
  of_operands(o, folded<f>);
}

void clip(Op& o) {
  const auto bound = [&](int i, const char* name) -> std::optional<double> {
    if (o.opset() < 11) return o.has(name) ? std::optional(o.number(name)) : std::nullopt;
    return o.has(i) && o.is_constant(i) ? std::optional(o.number(i)) : std::nullopt;
  };
  const std::optional<double> low = bound(1, "min");
  const std::optional<double> high = bound(2, "max");
  const bool is_given = (!o.has(1) || low) && (!o.has(2) || high);
  if (!is_given) {
    const Tensor above = o.has(1) ? maximum(o[0], o[1]) : o[0];
    return o.give(o.has(2) ? minimum(above, o[2]) : above);
  }
  const Tensor x = o.placed(0);
  if (low == 0.0 && high == 6.0 && is_floating(x.dtype())) return give_like(o, 0, relu6(x));
  if (low && high && *low <= *high) return give_like(o, 0, clamp(x, *low, *high));
  const Tensor above = low ? maximum(x, *low) : x;
  give_like(o, 0, high ? minimum(above, *high) : above);
}

void parametric_relu(Op& o) {
  Order order;
  // Before version 7 one slope for each channel.
  if (o.opset() < 7 && o.rank(1) == 1 && o.rank(0) > 2) {
    const Tensor x = o.channels_last(0);
    return o.give_channels_last(leaky_relu(x, o.weight(1)));
  }
  const std::vector<Tensor> x = o.elementwise(order);
  o.give(leaky_relu(x.at(0), x.at(1)), order);
}

/// Integers through f64, which is exact below 2^53.
DType through_floating(DType dtype) {
  return is_floating(dtype) ? dtype : f64;
}

void power(Op& o) {
  of_operands(o, [&](const std::vector<Tensor>& operands) {
    const DType dtype = o.dtype(0);
    const DType through = through_floating(dtype);
    const Tensor x = cast(operands.at(0), through);
    const Tensor p = cast(operands.at(1), through);
    const Tensor result = pow(x, p);
    return through == dtype ? result : cast(round(result), dtype);
  });
}

/// x - y * (x / y), the quotient rounded towards 0 (fmod) or down.
void modulo(Op& o) {
  const bool towards_zero = o.integer("fmod") != 0;
  of_operands(o, [&](const std::vector<Tensor>& operands) {
    const DType dtype = o.dtype(0);
    const DType through = through_floating(dtype);
    const Tensor x = cast(operands.at(0), through);
    const Tensor y = cast(operands.at(1), through);
    const Tensor quotient = divide(x, y);
    const Tensor down = floor(quotient);
    Tensor whole = down;
    if (towards_zero) {
      const Tensor is_negative = less(quotient, 0.0);
      whole = select(is_negative, ceil(quotient), down);
    }
    const Tensor taken = multiply(whole, y);
    return cast(subtract(x, taken), dtype);
  });
}

void gelu_of(Op& o) {
  const bool approximate = o.text("approximate", "none") == "tanh";
  give_like(o, 0, approximate ? gelu_tanh(o.placed(0)) : gelu(o.placed(0)));
}

}  // namespace elementwise_rule

Rules elementwise_rules() {
  using namespace elementwise_rule;
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
      {"Acos", unary<acos>},
      {"Asin", unary<asin>},
      {"Atan", unary<atan>},
      {"Acosh", unary<acosh>},
      {"Asinh", unary<asinh>},
      {"Atanh", unary<atanh>},
      {"Sinh",
       [](Op& o) {
         const Tensor up = exp(o.placed(0));
         const Tensor down = reciprocal(up);
         give_like(o, 0, multiply(subtract(up, down), 0.5));
       }},
      {"Cosh",
       [](Op& o) {
         const Tensor up = exp(o.placed(0));
         const Tensor down = reciprocal(up);
         give_like(o, 0, multiply(add(up, down), 0.5));
       }},
      {"Clip", clip},
      {"Gelu", gelu_of},
      {"Mish", unary<mish>},
      {"Silu", unary<silu>},  // no op of ONNX, but a pattern
      {"Elu", [](Op& o) { give_like(o, 0, elu(o.placed(0), o.number("alpha", 1))); }},
      {"Celu",
       [](Op& o) {
         const double alpha = o.number("alpha", 1);
         const Tensor scaled = elu(divide(o.placed(0), alpha));
         give_like(o, 0, multiply(scaled, alpha));
       }},
      {"Selu",
       [](Op& o) {
         if (!o.has("alpha") && !o.has("gamma")) return give_like(o, 0, selu(o.placed(0)));
         give_like(
             o, 0,
             multiply(elu(o.placed(0), o.number("alpha", 1.67326)), o.number("gamma", 1.0507)));
       }},
      {"HardSigmoid",
       [](Op& o) {
         give_like(o, 0, hard_sigmoid(o.placed(0), o.number("alpha", 0.2), o.number("beta", 0.5)));
       }},
      {"HardSwish", unary<hard_swish>},
      {"Swish",
       [](Op& o) {
         const double alpha = o.number("alpha", 1);
         const Tensor x = o.placed(0);
         if (alpha == 1) return give_like(o, 0, silu(x));
         const Tensor gate = sigmoid(multiply(x, alpha));
         give_like(o, 0, multiply(x, gate));
       }},
      {"LeakyRelu",
       [](Op& o) { give_like(o, 0, leaky_relu(o.placed(0), o.number("alpha", 0.01))); }},
      {"PRelu", parametric_relu},
      {"ThresholdedRelu",
       [](Op& o) {
         const Tensor above = greater(o.placed(0), o.number("alpha", 1));
         give_like(o, 0, select(above, o.placed(0), 0.0));
       }},
      {"Shrink",
       [](Op& o) {
         const double lambd = o.number("lambd", 0.5), bias = o.number("bias");
         const Tensor below = less(o.placed(0), -lambd);
         const Tensor above = greater(o.placed(0), lambd);
         const Tensor lowered = subtract(o.placed(0), bias);
         const Tensor upper = select(above, lowered, 0.0);
         const Tensor raised = add(o.placed(0), bias);
         give_like(o, 0, select(below, raised, upper));
       }},
      {"Pow", power},
      {"Mod", modulo},
      {"Cast", [](Op& o) { give_like(o, 0, cast(o.placed(0), dtype_of(o.integer("to")))); }},
      {"CastLike", [](Op& o) { give_like(o, 0, cast(o.placed(0), o.dtype(1))); }},
      {"And",
       [](Op& o) {
         of_operands(o, [](const std::vector<Tensor>& x) { return logical_and(x.at(0), x.at(1)); });
       }},
      {"Or",
       [](Op& o) {
         of_operands(o, [](const std::vector<Tensor>& x) { return logical_or(x.at(0), x.at(1)); });
       }},
      {"Not", [](Op& o) { give_like(o, 0, logical_not(o.placed(0))); }},
      {"Xor",
       [](Op& o) {
         of_operands(o, [](const std::vector<Tensor>& x) {
           const Tensor any = logical_or(x.at(0), x.at(1));
           const Tensor all = logical_and(x.at(0), x.at(1));
           return logical_and(any, logical_not(all));
         });
       }},
      {"IsNaN", [](Op& o) { give_like(o, 0, is_nan(o.placed(0))); }},
      {"IsInf",
       [](Op& o) {
         const bool positive = o.integer("detect_positive", 1) != 0;
         const bool negative = o.integer("detect_negative", 1) != 0;
         const Tensor x = positive && negative ? abs(o.placed(0)) : o.placed(0);
         if (!positive && !negative) unsupported("no sign of infinity");
         give_like(o, 0, equal(x, positive ? HUGE_VAL : -HUGE_VAL));
       }},
      {"GreaterOrEqual", binary<greater_equal>},
      {"LessOrEqual", binary<less_equal>},
      {"Greater", binary<greater>},
      {"Less", binary<less>},
      {"Equal", binary<equal>},
      {"Where",
       [](Op& o) {
         of_operands(
             o, [](const std::vector<Tensor>& x) { return select(x.at(0), x.at(1), x.at(2)); });
       }},
      {"Sum", of_several<add>},
      {"Max", of_several<maximum>},
      {"Min", of_several<minimum>},
      {"Mean",
       [](Op& o) {
         of_operands(o, [](const std::vector<Tensor>& x) {
           return divide(folded<add>(x), static_cast<double>(x.size()));
         });
       }},
  };
}

}  // namespace foregraph::onnx
