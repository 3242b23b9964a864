#include <algorithm>
#include <foregraph/detail/all_ops.hpp>
#include <foregraph/detail/onnx/cpp/call.hpp>

namespace foregraph::onnx::cpp {

namespace elementwise_calls {

struct Unary {
  const OpDef* op;
  const char* name;
  Tensor (*function)(Argument, Location);
};
struct Binary {
  const OpDef* op;
  const char* name;
  Tensor (*function)(Argument, Argument, Location);
};
struct Ternary {
  const OpDef* op;
  const char* name;
  Tensor (*function)(Argument, Argument, Argument, Location);
};

// The names of ops that <cmath> has too would be ambiguous without their namespace.
constexpr Unary unaries[] = {
    {&abs_op, "abs", &foregraph::abs},
    {&ceil_op, "ceil", &foregraph::ceil},
    {&cos_op, "cos", &foregraph::cos},
    {&erf_op, "erf", &foregraph::erf},
    {&exp_op, "exp", &foregraph::exp},
    {&floor_op, "floor", &foregraph::floor},
    {&gelu_op, "gelu", &foregraph::gelu},
    {&gelu_tanh_op, "gelu_tanh", &foregraph::gelu_tanh},
    {&hard_swish_op, "hard_swish", &foregraph::hard_swish},
    {&log_op, "log", &foregraph::log},
    {&mish_op, "mish", &foregraph::mish},
    {&negate_op, "negate", &foregraph::negate},
    {&reciprocal_op, "reciprocal", &foregraph::reciprocal},
    {&relu_op, "relu", &foregraph::relu},
    {&relu6_op, "relu6", &foregraph::relu6},
    {&round_op, "round", &foregraph::round},
    {&rsqrt_op, "rsqrt", &foregraph::rsqrt},
    {&sigmoid_op, "sigmoid", &foregraph::sigmoid},
    {&sign_op, "sign", &foregraph::sign},
    {&silu_op, "silu", &foregraph::silu},
    {&sin_op, "sin", &foregraph::sin},
    {&softplus_op, "softplus", &foregraph::softplus},
    {&softsign_op, "softsign", &foregraph::softsign},
    {&sqrt_op, "sqrt", &foregraph::sqrt},
    {&square_op, "square", &foregraph::square},
    {&tan_op, "tan", &foregraph::tan},
    {&tanh_op, "tanh", &foregraph::tanh},
};
constexpr Binary binaries[] = {
    {&add_op, "add", &foregraph::add},
    {&divide_op, "divide", &foregraph::divide},
    {&elu_op, "elu", &foregraph::elu},
    {&equal_op, "equal", &foregraph::equal},
    {&greater_op, "greater", &foregraph::greater},
    {&greater_equal_op, "greater_equal", &foregraph::greater_equal},
    {&leaky_relu_op, "leaky_relu", &foregraph::leaky_relu},
    {&less_op, "less", &foregraph::less},
    {&less_equal_op, "less_equal", &foregraph::less_equal},
    {&maximum_op, "maximum", &foregraph::maximum},
    {&minimum_op, "minimum", &foregraph::minimum},
    {&multiply_op, "multiply", &foregraph::multiply},
    {&not_equal_op, "not_equal", &foregraph::not_equal},
    {&pow_op, "pow", &foregraph::pow},
    {&subtract_op, "subtract", &foregraph::subtract},
};
constexpr Ternary ternaries[] = {
    {&clamp_op, "clamp", &foregraph::clamp},
    {&hard_sigmoid_op, "hard_sigmoid", &foregraph::hard_sigmoid},
    {&select_op, "select", &foregraph::select},
};

template <class Entry, std::size_t count>
const Entry* find(const Entry (&entries)[count], const OpDef* op) {
  const auto found =
      std::find_if(entries, entries + count, [&](const Entry& each) { return each.op == op; });
  return found == entries + count ? nullptr : found;
}

/// Returns an operand of node `last` as the function got it: without the broadcasts and the
/// constants that it has appended from `first` on.
Argument argument_of(const Source& source, NodeId id, NodeId first, Arguments& arguments) {
  if (id >= first && source.op(id)->kind == OpKind::broadcast) id = source.operand(id, 0);
  if (id >= first && source.op(id) == &leaf::constant_op) {
    const double value = source.node(id).attributes.number;
    arguments.number(value);
    return {value};
  }
  arguments.node(id);
  return {source.tensor(id)};
}

/// Adds the call whose op is `last`, and which appends the constants and broadcasts before it too.
void add_call(const Source& source, NodeId first, NodeId last, Calls& calls) {
  const OpDef* op = source.op(last);
  std::vector<Argument> operands;
  Arguments arguments(source);
  for (const NodeId id : source.graph().inputs_of(last))
    operands.push_back(argument_of(source, id, first, arguments));
  if (std::all_of(operands.begin(), operands.end(), [](const Argument& a) { return a.is_number; }))
    return;
  if (const auto* one = find(unaries, op))
    calls.push_back(
        arguments.call(one->name, [=] { return one->function(operands[0], Location::current()); }));
  if (const auto* two = find(binaries, op))
    calls.push_back(arguments.call(
        two->name, [=] { return two->function(operands[0], operands[1], Location::current()); }));
  if (const auto* three = find(ternaries, op))
    calls.push_back(arguments.call(three->name, [=] {
      return three->function(operands[0], operands[1], operands[2], Location::current());
    }));
}

}  // namespace elementwise_calls

void add_elementwise_calls(const Source& source, NodeId first, Calls& calls) {
  using namespace elementwise_calls;
  constexpr NodeId most_nodes = 7;  // three constants, three broadcasts, the op
  NodeId last = first;
  while (source.has(last) && last - first < most_nodes &&
         (source.op(last) == &leaf::constant_op || source.op(last)->kind == OpKind::broadcast))
    ++last;
  if (source.has(last) && source.op(last)->kind == OpKind::elementwise)
    add_call(source, first, last, calls);
  const OpDef* op = source.op(first);
  const auto logical = [&](const OpDef& which, const char* name,
                           Tensor (*function)(Tensor, Tensor, Location)) {
    if (op != &which) return;
    const Tensor a = source.tensor(source.operand(first, 0));
    const Tensor b = source.tensor(source.operand(first, 1));
    calls.push_back(Arguments(source)
                        .node(source.operand(first, 0))
                        .node(source.operand(first, 1))
                        .call(name, [=] { return function(a, b, Location::current()); }));
  };
  logical(logical_and_op, "logical_and", &logical_and);
  logical(logical_or_op, "logical_or", &logical_or);
  if (op == &logical_not_op || op == &is_nan_op) {
    const Tensor a = source.tensor(source.operand(first, 0));
    calls.push_back(Arguments(source)
                        .node(source.operand(first, 0))
                        .call(op == &is_nan_op ? "is_nan" : "logical_not",
                              [=] { return op == &is_nan_op ? is_nan(a) : logical_not(a); }));
  }
}

}  // namespace foregraph::onnx::cpp
