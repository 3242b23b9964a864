#include <cmath>
#include <foregraph/detail/onnx/export/rules.hpp>

namespace foregraph::onnx {
namespace elementwise_export {

/// Writes nodes for operands, and returns the result.
using Write = std::string (*)(Exporter&, const Names&);

ExportRule rule(Write write) {
  return [write](Exporter& e) { e.elementwise([&](const Names& x) { return write(e, x); }); };
}
/// The op is one of ONNX, with the same operands.
ExportRule same(const char* op_type) {
  return
      [op_type](Exporter& e) { e.elementwise([&](const Names& x) { return e.emit(op_type, x); }); };
}

std::string constant(Exporter& e, double value) {
  return e.number(value, e.node().dtype);
}
std::string zero_if_zero(Exporter& e, const std::string& a, const std::string& result) {
  const std::string zero = constant(e, 0);
  return e.emit("Where", {e.emit("Equal", {a, zero}), zero, result});
}
/// Returns the smaller or larger. ONNX's Clip has its NaN from x alone, as ours.
std::string clipped(Exporter& e, const std::string& x, double low, double high) {
  return e.emit("Clip", {x, constant(e, low), constant(e, high)});
}

void add_arithmetic(ExportRules& rules) {
  rules["abs"] = same("Abs");
  rules["ceil"] = same("Ceil");
  rules["cos"] = same("Cos");
  rules["divide"] = same("Div");
  rules["erf"] = same("Erf");
  rules["exp"] = same("Exp");
  rules["floor"] = same("Floor");
  rules["log"] = same("Log");
  rules["maximum"] = same("Max");
  rules["minimum"] = same("Min");
  rules["multiply"] = same("Mul");
  rules["negate"] = same("Neg");
  rules["pow"] = same("Pow");
  rules["reciprocal"] = same("Reciprocal");
  rules["round"] = same("Round");
  rules["sign"] = same("Sign");
  rules["sin"] = same("Sin");
  rules["sqrt"] = same("Sqrt");
  rules["subtract"] = same("Sub");
  rules["tan"] = same("Tan");
  rules["rsqrt"] = rule(
      [](Exporter& e, const Names& x) { return e.emit("Reciprocal", {e.emit("Sqrt", {x[0]})}); });
  rules["square"] = rule([](Exporter& e, const Names& x) { return e.emit("Mul", {x[0], x[0]}); });
  rules["zero_or_product"] = rule([](Exporter& e, const Names& x) {
    return zero_if_zero(e, x[0], e.emit("Mul", {x[0], x[1]}));
  });
  rules["zero_or_quotient"] = rule([](Exporter& e, const Names& x) {
    return zero_if_zero(e, x[0], e.emit("Div", {x[0], x[1]}));
  });
  rules["nonzero_product"] = rule([](Exporter& e, const Names& x) {
    return zero_if_zero(e, x[0], zero_if_zero(e, x[1], e.emit("Mul", {x[0], x[1]})));
  });
  rules["clamp"] = [](Exporter& e) {
    e.elementwise([&](const Names& x) {
      if (e.number_of(e.operand(1)) && e.number_of(e.operand(2))) return e.emit("Clip", x);
      return e.emit("Min", {e.emit("Max", {x[0], x[1]}), x[2]});
    });
  };
  rules["cast"] = [](Exporter& e) {
    e.elementwise([&](const Names& x) { return e.cast(x[0], e.node().dtype); });
  };
}

void add_comparisons(ExportRules& rules) {
  rules["equal"] = same("Equal");
  rules["greater"] = same("Greater");
  rules["greater_equal"] = same("GreaterOrEqual");
  rules["less"] = same("Less");
  rules["less_equal"] = same("LessOrEqual");
  rules["logical_and"] = same("And");
  rules["logical_not"] = same("Not");
  rules["logical_or"] = same("Or");
  rules["is_nan"] = same("IsNaN");
  rules["select"] = same("Where");
  rules["not_equal"] =
      rule([](Exporter& e, const Names& x) { return e.emit("Not", {e.emit("Equal", x)}); });
}

/// An op with a parameter that is an attribute in ONNX, or computed if it is no constant.
ExportRule with_parameter(const char* op_type, Write otherwise) {
  return [=](Exporter& e) {
    const std::optional<double> alpha = e.number_of(e.operand(1));
    e.elementwise([&](const Names& x) {
      if (!alpha) return otherwise(e, x);
      return e.emit(op_type, {x[0]}, {{"alpha", static_cast<float>(*alpha)}});
    });
  };
}

void add_activations(ExportRules& rules) {
  rules["relu"] = same("Relu");
  rules["sigmoid"] = same("Sigmoid");
  rules["softplus"] = same("Softplus");
  rules["softsign"] = same("Softsign");
  rules["tanh"] = same("Tanh");
  rules["atan"] = same("Atan");
  rules["asin"] = same("Asin");
  rules["acos"] = same("Acos");
  rules["asinh"] = same("Asinh");
  rules["acosh"] = same("Acosh");
  rules["atanh"] = same("Atanh");
  rules["hard_swish"] = same("HardSwish");
  rules["relu6"] = rule([](Exporter& e, const Names& x) { return clipped(e, x[0], 0, 6); });
  rules["silu"] = rule([](Exporter& e, const Names& x) {
    return e.emit("Mul", {x[0], e.emit("Sigmoid", {x[0]})});
  });
  rules["mish"] = rule([](Exporter& e, const Names& x) {
    return e.emit("Mul", {x[0], e.emit("Tanh", {e.emit("Softplus", {x[0]})})});
  });
  rules["gelu"] = rule([](Exporter& e, const Names& x) {
    const std::string scaled = e.emit("Div", {x[0], constant(e, std::sqrt(2.0))});
    const std::string twice = e.emit("Add", {e.emit("Erf", {scaled}), constant(e, 1)});
    return e.emit("Mul", {e.emit("Mul", {x[0], twice}), constant(e, 0.5)});
  });
  rules["gelu_tanh"] = rule([](Exporter& e, const Names& x) {
    const std::string cube = e.emit("Pow", {x[0], constant(e, 3)});
    const std::string bent = e.emit("Mul", {cube, constant(e, 0.044715)});
    const std::string inner = e.emit("Add", {x[0], bent});
    const std::string scaled = e.emit("Mul", {inner, constant(e, 0.7978845608028654)});
    const std::string twice = e.emit("Add", {e.emit("Tanh", {scaled}), constant(e, 1)});
    return e.emit("Mul", {e.emit("Mul", {x[0], twice}), constant(e, 0.5)});
  });
  rules["leaky_relu"] = with_parameter("LeakyRelu", [](Exporter& e, const Names& x) {
    const std::string is_positive = e.emit("Greater", {x[0], constant(e, 0)});
    return e.emit("Where", {is_positive, x[0], e.emit("Mul", {x[0], x[1]})});
  });
  rules["elu"] = with_parameter("Elu", [](Exporter& e, const Names& x) {
    const std::string zero = constant(e, 0);
    const std::string power = e.emit("Exp", {e.emit("Min", {x[0], zero})});
    const std::string negative = e.emit("Mul", {x[1], e.emit("Sub", {power, constant(e, 1)})});
    return e.emit("Where", {e.emit("Greater", {x[0], zero}), x[0], negative});
  });
  rules["hard_sigmoid"] = [](Exporter& e) {
    const std::optional<double> alpha = e.number_of(e.operand(1));
    const std::optional<double> beta = e.number_of(e.operand(2));
    e.elementwise([&](const Names& x) {
      if (!alpha || !beta)
        return clipped(e, e.emit("Add", {e.emit("Mul", {x[0], x[1]}), x[2]}), 0, 1);
      return e.emit("HardSigmoid", {x[0]},
                    {{"alpha", static_cast<float>(*alpha)}, {"beta", static_cast<float>(*beta)}});
    });
  };
}

}  // namespace elementwise_export

ExportRules elementwise_export_rules() {
  ExportRules rules;
  elementwise_export::add_arithmetic(rules);
  elementwise_export::add_comparisons(rules);
  elementwise_export::add_activations(rules);
  return rules;
}

}  // namespace foregraph::onnx
