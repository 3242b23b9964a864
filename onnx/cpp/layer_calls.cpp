#include <foregraph/detail/all_ops.hpp>
#include <foregraph/detail/onnx/cpp/call.hpp>

namespace foregraph::onnx::cpp {

namespace layer_calls {

/// Product of matrices, and of a stack of rows with one matrix, which is between two reshapes.
void add_product(const Source& source, NodeId first, Calls& calls) {
  const bool is_between = source.op(first) == &reshape_op && source.op(first + 1) == &matmul_op &&
                          source.op(first + 2) == &reshape_op &&
                          source.operand(first + 1, 0) == first;
  const NodeId product = is_between ? first + 1 : first;
  if (source.op(product) != &matmul_op && source.op(product) != &batch_matmul_op) return;
  const NodeId a = source.operand(is_between ? first : product, 0);
  const NodeId b = source.operand(product, 1);
  if (b == first) return;
  const Transposed transposed{source.integer(product, 0) != 0, source.integer(product, 1) != 0};
  Fields fields;
  if (transposed.a) fields.text("a", "true");
  if (transposed.b) fields.text("b", "true");
  calls.push_back(Arguments(source)
                      .node(a)
                      .node(b)
                      .text_if(!fields.empty(), fields.braces())
                      .call("matmul", [=, left = source.tensor(a), right = source.tensor(b)] {
                        return matmul(left, right, transposed);
                      }));
}

void add_normalisation(const Source& source, NodeId first, Calls& calls) {
  const OpDef* op = source.op(first);
  const double epsilon = source.node(first).attributes.number;
  const auto in = [&](int i) { return source.operand(first, i); };
  const auto tensor = [&](int i) { return source.tensor(in(i)); };
  if (op == &layer_norm_op) {
    calls.push_back(Arguments(source).node(in(0)).node(in(1)).node(in(2)).number(epsilon).call(
        "layer_norm", [=, x = tensor(0), gamma = tensor(1), beta = tensor(2)] {
          return layer_norm(x, gamma, beta, epsilon);
        }));
  } else if (op == &rms_norm_op) {
    calls.push_back(Arguments(source).node(in(0)).node(in(1)).number(epsilon).call(
        "rms_norm", [=, x = tensor(0), gamma = tensor(1)] { return rms_norm(x, gamma, epsilon); }));
  } else if (op == &moments_op) {
    calls.push_back(
        Arguments(source).node(in(0)).call("moments", [x = tensor(0)] { return moments(x); }));
  } else if (op == &fixed_batch_norm_op) {
    Arguments arguments(source);
    for (int i = 0; i < 5; ++i) arguments.node(in(i));
    calls.push_back(arguments.number(epsilon).call(
        "fixed_batch_norm", [=, x = tensor(0), gamma = tensor(1), beta = tensor(2),
                             mean = tensor(3), variance = tensor(4)] {
          return fixed_batch_norm(x, gamma, beta, mean, variance, epsilon);
        }));
  } else if (op == &batch_norm_op && source.op(first + 1) == &fixed_batch_norm_op &&
             source.op(first + 2) == &running_average_op) {
    const nn::BatchNormOptions options{epsilon, source.node(first + 2).attributes.number};
    const NodeId mean = source.operand(first + 1, 3);
    const NodeId variance = source.operand(first + 1, 4);
    const nn::BatchNormVariables variables{tensor(1), tensor(2), source.tensor(mean),
                                           source.tensor(variance)};
    Arguments inner(source);
    inner.node(in(1)).node(in(2)).node(mean).node(variance);
    Call call = inner.call("nn::batch_norm_with", [=, x = tensor(0), statistics = tensor(3)] {
      return nn::batch_norm_with(x, statistics, variables, options);
    });
    call.arguments = source.name(in(0)) + ", " + source.name(in(3)) + ", {" + call.arguments +
                     "}, {" + number(options.epsilon) + ", " + number(options.momentum) + '}';
    call.operands.push_back(in(0));
    call.operands.push_back(in(3));
    calls.push_back(std::move(call));
  }
}

void add_modes(const Source& source, NodeId first, Calls& calls) {
  const OpDef* op = source.op(first);
  // Dropout appends the number of the step before itself where nothing has done so yet.
  NodeId dropped = first;
  const bool makes_step = op == &leaf::variable_op &&
                          source.graph().text(source.node(first).name) == "training_step" &&
                          source.node(first).scope == 0 && source.op(first + 2) == &add_op;
  if (makes_step) dropped = first + 3;
  if (source.op(dropped) == &dropout_op && source.op(dropped + 1) == &when_training_op) {
    const NodeId x = source.operand(dropped, 0);
    const double rate = source.node(dropped).attributes.number;
    calls.push_back(Arguments(source).node(x).number(rate).call(
        "dropout", [=, operand = source.tensor(x)] { return dropout(operand, rate); }));
  }
  if (makes_step)
    calls.push_back(Arguments(source).text("g").call(
        "training_step", [&g = source.copy()] { return training_step(g); }));
  if (op == &when_training_op) {
    const NodeId a = source.operand(first, 0);
    const NodeId b = source.operand(first, 1);
    calls.push_back(Arguments(source).node(a).node(b).call(
        "when_training", [training = source.tensor(a), evaluation = source.tensor(b)] {
          return when_training(training, evaluation);
        }));
  }
  if (op == &stop_gradient_op) {
    const NodeId x = source.operand(first, 0);
    calls.push_back(Arguments(source).node(x).call(
        "stop_gradient", [operand = source.tensor(x)] { return stop_gradient(operand); }));
  }
}

void add_recurrent(const Source& source, NodeId first, Calls& calls) {
  const OpDef* op = source.op(first);
  const auto in = [&](int i) { return source.operand(first, i); };
  const auto tensor = [&](int i) { return source.tensor(in(i)); };
  if (op == &lstm_op)
    calls.push_back(Arguments(source).node(in(0)).node(in(1)).call(
        "lstm", [gates = tensor(0), recurrent = tensor(1)] { return lstm(gates, recurrent); }));
  if (op == &gru_op)
    calls.push_back(Arguments(source).node(in(0)).node(in(1)).node(in(2)).call(
        "gru", [gates = tensor(0), recurrent = tensor(1), bias = tensor(2)] {
          return gru(gates, recurrent, bias);
        }));
}

void add_losses(const Source& source, NodeId first, Calls& calls) {
  const OpDef* op = source.op(first);
  struct Loss {
    const OpDef* op;
    const char* name;
    Tensor (*function)(Tensor, Tensor, Location);
  };
  constexpr Loss losses[] = {
      {&softmax_cross_entropy_op, "nn::softmax_cross_entropy", &nn::softmax_cross_entropy},
      {&softmax_cross_entropy_op, "nn::softmax_cross_entropy_per_sample",
       &nn::softmax_cross_entropy_per_sample},
      {&binary_cross_entropy_op, "nn::binary_cross_entropy", &nn::binary_cross_entropy},
      {&binary_cross_entropy_with_logits_op, "nn::binary_cross_entropy_with_logits",
       &nn::binary_cross_entropy_with_logits},
      {&absolute_error_op, "nn::mean_absolute_error", &nn::mean_absolute_error},
      {&subtract_op, "nn::mean_squared_error", &nn::mean_squared_error},
  };
  for (const Loss& loss : losses) {
    if (op != loss.op) continue;
    // A difference is most often none of a loss.
    if (op == &subtract_op &&
        (source.op(first + 2) != &sum_op || source.node(first + 2).shape.rank != 0))
      continue;
    const NodeId a = source.operand(first, 0);
    const NodeId b = source.operand(first, 1);
    calls.push_back(Arguments(source).node(a).node(b).call(
        loss.name, [f = loss.function, output = source.tensor(a), target = source.tensor(b)] {
          return f(output, target, Location::current());
        }));
  }
}

}  // namespace layer_calls

void add_layer_calls(const Source& source, NodeId first, Calls& calls) {
  using namespace layer_calls;
  add_product(source, first, calls);
  add_normalisation(source, first, calls);
  add_modes(source, first, calls);
  add_recurrent(source, first, calls);
  add_losses(source, first, calls);
}

}  // namespace foregraph::onnx::cpp
