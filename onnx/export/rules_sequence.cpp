#include <algorithm>
#include <foregraph/detail/onnx/export/rules.hpp>

namespace foregraph::onnx {
namespace sequence_export {

/// Truth values [queries,keys] of the keys that each query may attend to; all queries end with the
/// last key.
std::string causal_mask(Exporter& e, Dim queries, Dim keys) {
  if (!queries.is_constant() || !keys.is_constant()) refuse("causal attention along the batch");
  const std::int64_t before = keys.constant - queries.constant;
  std::vector<std::byte> mask;
  for (std::int64_t i = 0; i < queries.constant; ++i)
    for (std::int64_t j = 0; j < keys.constant; ++j)
      mask.push_back(j <= i + before ? std::byte{1} : std::byte{0});
  return e.tensor(boolean, {queries.constant, keys.constant}, std::move(mask));
}

std::string softmax_of_last(Exporter& e, const std::string& x) {
  return e.emit("Softmax", {x}, {{"axis", std::int64_t{-1}}});
}
/// Softmax over the last axis of scores, with hidden ones 0 even where a row has no others.
std::string causal(Exporter& e, const std::string& scores, Dim queries, Dim keys) {
  constexpr double hidden = -1e30;
  const DType dtype = e.node().dtype;
  const std::string mask = causal_mask(e, queries, keys);
  const std::string p =
      softmax_of_last(e, e.emit("Where", {mask, scores, e.number(hidden, dtype)}));
  if (keys.constant >= queries.constant) return p;
  return e.emit("Where", {mask, p, e.number(0, dtype)});
}

void softmax(Exporter& e) {
  if (e.attribute(1) != 0) return e.give(causal(e, e.in(0), e.shape(0)[-2], e.shape(0)[-1]));
  const WrittenValue x = e.separate(e.operand(0));
  const std::int64_t axis = x.order.axes[static_cast<std::size_t>(e.attribute(0))];
  e.give(e.emit("Softmax", {x.name}, {{"axis", axis}}), x.order);
}

void attention(Exporter& e) {
  Order transposed = Order::plain(e.shape(1).rank);
  const auto last = static_cast<std::size_t>(transposed.rank) - 1;
  std::swap(transposed.axes[last], transposed.axes[last - 1]);
  const std::string scores = e.emit("Mul", {e.emit("MatMul", {e.in(0), e.in(1, transposed)}),
                                            e.number(e.node().attributes.number, e.node().dtype)});
  const std::string p = e.attribute(0) != 0 ? causal(e, scores, e.shape(0)[-2], e.shape(1)[-2])
                                            : softmax_of_last(e, scores);
  e.give(e.emit("MatMul", {p, e.in(2)}));
}

/// The input of a recurrent layer and the weight and bias that make gates of it; without a product,
/// the gates themselves are the input, and the weight is the identity.
struct RecurrentInput {
  std::string x{};       ///< [time,batch,inputs]
  std::string weight{};  ///< [inputs,gates]
  std::string bias{};    ///< [gates]
};

/// The order of a sequence [batch,time,...] in ONNX.
Order time_first() {
  Order order = Order::plain(3);
  std::swap(order.axes[0], order.axes[1]);
  return order;
}

RecurrentInput recurrent_input(Exporter& e, NodeId gates) {
  const Graph& g = e.graph();
  const Shape shape = g.node(gates).shape;
  const auto name_of_op = [&](NodeId id) { return g.node(id).op->name; };
  RecurrentInput result;
  NodeId id = gates;
  // reshape(x . w + b) or reshape(x . w) + b, with rows x of [batch,time].
  for (int layers = 0; layers < 3 && name_of_op(id) != "matmul" && e.uses(id) == 1; ++layers) {
    const auto in = g.inputs_of(id);
    if (name_of_op(id) == "reshape") {
      id = in[0];
    } else if (name_of_op(id) == "add" && result.bias.empty()) {
      const NodeId bias = e.without_broadcast(in[1]);
      if (g.node(bias).shape != Shape{shape[2]} || bias == in[1]) break;
      result.bias = e.plain(bias);
      id = in[0];
    } else {
      break;
    }
  }
  const Dim rows = multiply(shape[0], shape[1]).value;
  if (name_of_op(id) == "matmul" && e.uses(id) == 1 && g.node(id).shape == Shape{rows, shape[2]} &&
      g.node(id).attributes.integers[0] == 0) {
    const auto in = g.inputs_of(id);
    const Order weight_order =
        g.node(id).attributes.integers[1] != 0 ? Order{2, {1, 0}} : Order::plain(2);
    result.weight = e.in_order(in[1], weight_order);
    NodeId x = in[0];
    const Dim inputs = g.node(x).shape[1];
    const Shape sequence{shape[0], shape[1], inputs};
    if (name_of_op(x) == "reshape" && g.node(g.inputs_of(x)[0]).shape == sequence)
      result.x = e.in_order(g.inputs_of(x)[0], time_first());
    else
      result.x = e.transpose(e.reshape(e.plain(x), sequence), {1, 0, 2});
    return result;
  }
  result.bias.clear();
  result.x = e.in_order(gates, time_first());
  return result;
}

/// Returns parts of an axis in another order, and [1,parts] or [1,parts,inputs].
std::string in_onnx_order(Exporter& e, const std::string& x, std::int64_t units,
                          const std::vector<std::int64_t>& order) {
  const std::vector<std::int64_t> sizes(order.size(), units);
  const Names parts = e.emit("Split", {x, e.integers(sizes)}, {{"axis", std::int64_t{0}}},
                             static_cast<int>(order.size()));
  Names reordered;
  for (const std::int64_t part : order) reordered.push_back(parts[static_cast<std::size_t>(part)]);
  return e.emit("Unsqueeze",
                {e.emit("Concat", reordered, {{"axis", std::int64_t{0}}}), e.integers({0})});
}

std::string zeros(Exporter& e, std::int64_t count) {
  return e.expand(e.number(0, e.node().dtype), {}, Shape{count});
}
std::string identity(Exporter& e, std::int64_t size) {
  const std::string indices = e.emit(
      "Range", {e.number(0, i64), e.number(static_cast<double>(size), i64), e.number(1, i64)});
  const std::string column = e.reshape(indices, Shape{size, 1});
  return e.cast(e.emit("Equal", {indices, column}), e.node().dtype);
}

/// Writes a recurrent node. `recurrent` is [units,gates], `recurrent_bias` [gates] or empty, and
/// `order` ONNX's order of our gates.
void write_recurrent(Exporter& e, const char* op_type, NodeId gates, NodeId recurrent,
                     const std::string& recurrent_bias, const std::vector<std::int64_t>& order,
                     WrittenAttributes attributes) {
  const std::int64_t units = e.graph().node(recurrent).shape[0].constant;
  const std::int64_t all = units * static_cast<std::int64_t>(order.size());
  RecurrentInput in = recurrent_input(e, gates);
  // Weights are [gates,inputs] there.
  const std::string weight = in.weight.empty() ? identity(e, all) : e.transpose(in.weight, {1, 0});
  Names inputs{in.x, in_onnx_order(e, weight, units, order),
               in_onnx_order(e, e.in_order(recurrent, Order{2, {1, 0}}), units, order)};
  if (!in.bias.empty() || !recurrent_bias.empty()) {
    const std::string first = in.bias.empty() ? zeros(e, all) : in.bias;
    const std::string second = recurrent_bias.empty() ? zeros(e, all) : recurrent_bias;
    inputs.push_back(e.emit(
        "Concat", {in_onnx_order(e, first, units, order), in_onnx_order(e, second, units, order)},
        {{"axis", std::int64_t{1}}}));
  }
  attributes.push_back({"hidden_size", units});
  // [time,1,batch,units], with an axis for the direction.
  const std::string states = e.emit(op_type, std::move(inputs), std::move(attributes));
  e.give(e.emit("Squeeze", {states, e.integers({1})}), time_first());
}

/// The states of an LSTM from its gates, which only this reads: both are one node in ONNX.
void lstm_states(Exporter& e) {
  const NodeId gates = e.operand(0);
  if (e.graph().node(gates).op->name != "lstm") refuse("its gates are not made by lstm");
  const auto in = e.graph().inputs_of(gates);
  if (in.size() != 2) refuse("its layer has other operands than gates and recurrent weights");
  // i, f, g, o -> i, o, f, g.
  write_recurrent(e, "LSTM", in[0], in[1], {}, {0, 3, 1, 2}, {});
}
/// Gates alone are not in ONNX; they are written with their states.
void lstm(Exporter& e) {
  for (NodeId reader = e.id() + 1; reader < e.graph().size(); ++reader) {
    if (e.graph().node(reader).op->name == "lstm_states" ||
        e.graph().node(reader).op->name == "lstm_rule")
      continue;
    for (const NodeId operand : e.graph().inputs_of(reader))
      if (operand == e.id() && e.uses(reader) > 0) refuse("its gates are read without its states");
  }
  e.give("gates");
}
void gru(Exporter& e) {
  if (e.node().arity != 3) refuse("it has other operands than gates, recurrent weights and bias");
  const std::int64_t units = e.shape(1)[0].constant;
  const std::string candidate_bias = e.in(2);
  const std::string bias =
      e.emit("Concat", {zeros(e, 2 * units), candidate_bias}, {{"axis", std::int64_t{0}}});
  // r, z, n -> z, r, n.
  write_recurrent(e, "GRU", e.operand(0), e.operand(1), bias, {1, 0, 2},
                  {{"linear_before_reset", std::int64_t{1}}});
}

/// The sequence delayed by one step, with zeros first.
void one_step_later(Exporter& e) {
  const std::int64_t steps = e.shape(0)[1].constant;
  const std::string all_but_last =
      e.emit("Slice", {e.in(0), e.integers({0}), e.integers({steps - 1}), e.integers({1})});
  e.give(e.emit("Pad", {all_but_last, e.integers({0, 1, 0, 0, 0, 0})}));
}

}  // namespace sequence_export

ExportRules sequence_export_rules() {
  using namespace sequence_export;
  return {{"softmax", softmax}, {"attention", attention},
          {"lstm", lstm},       {"lstm_states", lstm_states},
          {"gru", gru},         {"one_step_later", one_step_later}};
}

}  // namespace foregraph::onnx
