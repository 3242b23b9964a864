#include <foregraph/detail/onnx/export/rules.hpp>

namespace foregraph::onnx {
namespace loss_export {

std::string constant(Exporter& e, double value) {
  return e.number(value, e.node().dtype);
}
std::string log_of_rest(Exporter& e, const std::string& p) {
  return e.emit("Log", {e.emit("Sub", {constant(e, 1), p})});
}

void absolute_error(Exporter& e) {
  e.elementwise([&](const Names& x) { return e.emit("Abs", {e.emit("Sub", x)}); });
}
/// -(y log q + (1 - y) log(1 - q)), with q the probability kept away from 0 and 1.
void binary_cross_entropy(Exporter& e) {
  constexpr double edge = 1e-7;
  e.elementwise([&](const Names& x) {
    const std::string q = e.emit("Clip", {x[0], constant(e, edge), constant(e, 1 - edge)});
    const std::string hit = e.emit("Mul", {x[1], e.emit("Log", {q})});
    const std::string rest = e.emit("Sub", {constant(e, 1), x[1]});
    const std::string miss = e.emit("Mul", {rest, log_of_rest(e, q)});
    return e.emit("Neg", {e.emit("Add", {hit, miss})});
  });
}
/// softplus(x) - x y.
void binary_cross_entropy_with_logits(Exporter& e) {
  e.elementwise([&](const Names& x) {
    return e.emit("Sub", {e.emit("Softplus", {x[0]}), e.emit("Mul", {x[0], x[1]})});
  });
}

std::string log_softmax(Exporter& e) {
  return e.emit("LogSoftmax", {e.in(0)}, {{"axis", std::int64_t{-1}}});
}
/// -(1 - s) log p[label] - s mean of log p.
void softmax_cross_entropy(Exporter& e) {
  const double smoothing = e.node().attributes.number;
  Shape with_one = e.shape(1);
  with_one.push_back(1);
  const std::string log_p = log_softmax(e);
  const std::string labels = e.reshape(e.in(1), with_one);
  const std::int64_t last = e.shape(0).rank - 1;
  std::string result = e.emit("GatherElements", {log_p, labels}, {{"axis", last}});
  result = e.reshape(result, e.node().shape);
  if (smoothing != 0) {
    const std::string mean = e.reduce("ReduceMean", log_p, {last}, false);
    result = e.emit("Add", {e.emit("Mul", {result, constant(e, 1 - smoothing)}),
                            e.emit("Mul", {mean, constant(e, smoothing)})});
  }
  e.give(e.emit("Neg", {result}));
}
/// -sum of p log_softmax(x).
void softmax_cross_entropy_of_probabilities(Exporter& e) {
  const std::string weighted = e.emit("Mul", {log_softmax(e), e.in(1)});
  const std::int64_t last = e.shape(0).rank - 1;
  e.give(e.emit("Neg", {e.reduce("ReduceSum", weighted, {last}, false)}));
}

}  // namespace loss_export

ExportRules loss_export_rules() {
  using namespace loss_export;
  return {{"absolute_error", absolute_error},
          {"binary_cross_entropy", binary_cross_entropy},
          {"binary_cross_entropy_with_logits", binary_cross_entropy_with_logits},
          {"softmax_cross_entropy", softmax_cross_entropy},
          {"softmax_cross_entropy_of_probabilities", softmax_cross_entropy_of_probabilities}};
}

}  // namespace foregraph::onnx
