#include <foregraph/detail/all_ops.hpp>
#include <foregraph/detail/onnx/cpp/call.hpp>

namespace foregraph::onnx::cpp {

namespace reduction_calls {

/// The axes of a reduction, and the arguments that say so.
struct Reduced {
  Axes axes{};
  KeepDims keep = KeepDims::no;
  std::string text{};

  Reduced(const Source& source, NodeId id) {
    const std::int64_t mask = source.integer(id, 0);
    const int rank = source.node(source.operand(id, 0)).shape.rank;
    keep = source.integer(id, 1) != 0 ? KeepDims::yes : KeepDims::no;
    axes.all = mask == (std::int64_t{1} << rank) - 1;
    std::vector<std::int64_t> numbers;
    for (int i = 0; i < rank && !axes.all; ++i)
      if (((mask >> i) & 1) != 0) {
        axes.add(i);
        numbers.push_back(i);
      }
    if (!axes.all || keep == KeepDims::yes) text = list(numbers);
    if (keep == KeepDims::yes) text += ", fg::KeepDims::yes";
  }
};

using Reduction = Tensor (*)(Tensor, Axes, KeepDims, Location);

void add(const Source& source, NodeId id, const char* name, Reduction function,
         const Reduced& reduced, Calls& calls) {
  const NodeId x = source.operand(id, 0);
  calls.push_back(Arguments(source)
                      .node(x)
                      .text_if(!reduced.text.empty(), reduced.text)
                      .call(name, [function, operand = source.tensor(x), axes = reduced.axes,
                                   keep = reduced.keep] {
                        return function(operand, axes, keep, Location::current());
                      }));
}

}  // namespace reduction_calls

void add_reduction_calls(const Source& source, NodeId first, Calls& calls) {
  using namespace reduction_calls;
  const OpDef* op = source.op(first);
  const auto x = [&] { return source.operand(first, 0); };
  const auto tensor = [&] { return source.tensor(x()); };
  if (op == &sum_op) {
    const Reduced reduced(source, first);
    // A mean divides by the number of elements; a variance needs one more op.
    if (source.op(first + 1) == &leaf::extent_op || source.op(first + 1) == &leaf::constant_op) {
      for (NodeId id = first + 1; id < first + 6; ++id)
        if (source.op(id) == &variance_op) {
          const Reduced of_variance(source, id);
          if (source.op(id + 1) == &sqrt_op)
            add(source, first, "standard_deviation", &standard_deviation, of_variance, calls);
          add(source, first, "variance", &variance, of_variance, calls);
        }
      add(source, first, "mean", &mean, reduced, calls);
    }
    add(source, first, "sum", &sum, reduced, calls);
  }
  if (op == &reduce_max_op)
    add(source, first, "reduce_max", &reduce_max, Reduced(source, first), calls);
  if (op == &reduce_min_op)
    add(source, first, "reduce_min", &reduce_min, Reduced(source, first), calls);
  if (op == &reduce_prod_op)
    add(source, first, "reduce_prod", &reduce_prod, Reduced(source, first), calls);
  if (op == &logsumexp_op)
    add(source, first, "logsumexp", &logsumexp, Reduced(source, first), calls);
  if (op == &softmax_op || op == &log_softmax_op) {
    const int axis = static_cast<int>(source.integer(first, 0));
    const bool is_last = axis == source.node(first).shape.rank - 1;
    if (op == &softmax_op && source.integer(first, 1) != 0)
      calls.push_back(Arguments(source).node(x()).call(
          "causal_softmax", [scores = tensor()] { return causal_softmax(scores); }));
    else
      calls.push_back(
          Arguments(source)
              .node(x())
              .text_if(!is_last, std::to_string(axis))
              .call(op == &softmax_op ? "softmax" : "log_softmax", [=, operand = tensor()] {
                return op == &softmax_op ? softmax(operand, axis) : log_softmax(operand, axis);
              }));
  }
  if (op == &cumsum_op) {
    const int axis = static_cast<int>(source.integer(first, 0));
    const bool exclusive = source.integer(first, 1) != 0;
    const bool reverse = source.integer(first, 2) != 0;
    calls.push_back(Arguments(source)
                        .node(x())
                        .integer(axis)
                        .text(exclusive ? "true" : "false")
                        .text(reverse ? "true" : "false")
                        .call("cumsum", [=, operand = tensor()] {
                          return cumsum(operand, axis, exclusive, reverse);
                        }));
  }
  if (op == &argmax_op || op == &argmin_op) {
    const int axis = static_cast<int>(source.integer(first, 0));
    const KeepDims keep = source.integer(first, 1) != 0 ? KeepDims::yes : KeepDims::no;
    const DType dtype = source.node(first).dtype;
    calls.push_back(Arguments(source)
                        .node(x())
                        .integer(axis)
                        .text(keep == KeepDims::yes ? "fg::KeepDims::yes" : "fg::KeepDims::no")
                        .text(cpp::dtype(dtype))
                        .call(op == &argmax_op ? "argmax" : "argmin", [=, operand = tensor()] {
                          return op == &argmax_op ? argmax(operand, axis, keep, dtype)
                                                  : argmin(operand, axis, keep, dtype);
                        }));
  }
}

}  // namespace foregraph::onnx::cpp
