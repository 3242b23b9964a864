#include <foregraph/ops/add.hpp>
#include <foregraph/ops/comparison.hpp>
#include <foregraph/ops/divide.hpp>
#include <foregraph/ops/exp.hpp>
#include <foregraph/ops/log.hpp>
#include <foregraph/ops/maximum.hpp>
#include <foregraph/ops/minimum.hpp>
#include <foregraph/ops/multiply.hpp>
#include <foregraph/ops/negate.hpp>
#include <foregraph/ops/relu.hpp>
#include <foregraph/ops/select.hpp>
#include <foregraph/ops/sigmoid.hpp>
#include <foregraph/ops/softplus.hpp>
#include <foregraph/ops/sqrt.hpp>
#include <foregraph/ops/subtract.hpp>
#include <foregraph/ops/tanh.hpp>

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
      {"Reciprocal", [](Op& o) { o.give(divide(1.0, o[0])); }},
      {"Softsign",
       [](Op& o) {
         const Tensor size = maximum(o[0], negate(o[0]));
         o.give(divide(o[0], add(size, 1.0)));
       }},
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
