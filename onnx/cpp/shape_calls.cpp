#include <foregraph/detail/all_ops.hpp>
#include <foregraph/detail/onnx/cpp/call.hpp>

namespace foregraph::onnx::cpp {

namespace shape_calls {

void add_leaves(const Source& source, NodeId id, Calls& calls) {
  const OpDef* op = source.op(id);
  const Node& node = source.node(id);
  Graph& g = source.copy();
  if (op == &iota_op)
    calls.push_back(Arguments(source)
                        .text("g")
                        .text(size(node.shape[0]))
                        .text_if(node.dtype != i32, dtype(node.dtype))
                        .call("iota", [&g, count = node.shape[0], type = node.dtype] {
                          return iota(g, count, type);
                        }));
}

void add_indexing(const Source& source, NodeId id, Calls& calls) {
  const OpDef* op = source.op(id);
  const Node& node = source.node(id);
  const auto in = [&](int i) { return source.operand(id, i); };
  const auto tensor = [&](int i) { return source.tensor(in(i)); };
  const auto at = [&](int i) { return source.integer(id, i); };
  if (op == &slice_op && at(2) == 0 && at(4) == 0) {
    const auto axis = static_cast<int>(at(0));
    const std::int64_t begin = at(1);
    const std::int64_t step = at(5);
    const std::int64_t end = begin + (at(3) - 1) * step + 1;
    calls.push_back(
        Arguments(source)
            .node(in(0))
            .integer(axis)
            .integer(begin)
            .integer(end)
            .text_if(step != 1, std::to_string(step))
            .call("slice", [=, x = tensor(0)] { return slice(x, axis, begin, end, step); }));
  } else if (op == &gather_op || op == &take_along_axis_op) {
    const auto axis = static_cast<int>(at(0));
    const bool is_gather = op == &gather_op;
    calls.push_back(Arguments(source)
                        .node(in(0))
                        .node(in(1))
                        .text_if(!is_gather || axis != 0, std::to_string(axis))
                        .call(is_gather ? "gather" : "take_along_axis",
                              [=, x = tensor(0), indices = tensor(1)] {
                                return is_gather ? gather(x, indices, axis)
                                                 : take_along_axis(x, indices, axis);
                              }));
  } else if (op == &one_hot_op) {
    calls.push_back(Arguments(source)
                        .node(in(0))
                        .integer(at(0))
                        .text(dtype(node.dtype))
                        .call("one_hot", [x = tensor(0), classes = at(0), type = node.dtype] {
                          return one_hot(x, classes, type);
                        }));
  } else if (op == &triangle_op) {
    const bool upper = at(0) != 0;
    calls.push_back(Arguments(source).node(in(0)).integer(at(1)).call(
        upper ? "triu" : "tril", [x = tensor(0), upper, diagonal = at(1)] {
          return upper ? triu(x, diagonal) : tril(x, diagonal);
        }));
  } else if (op == &pad_op) {
    std::vector<PadWidth> widths;
    std::string text = "{";
    for (int i = 0; i < node.shape.rank; ++i) {
      widths.push_back({at(i), at(i + 6)});
      text += (i == 0 ? "" : ", ") + list({at(i), at(i + 6)});
    }
    const double value = node.attributes.number;
    calls.push_back(Arguments(source)
                        .node(in(0))
                        .text(text + '}')
                        .number(value)
                        .call("pad", [=, x = tensor(0)] {
                          return pad(x, std::span<const PadWidth>(widths), value);
                        }));
  }
}

void add_moves(const Source& source, NodeId id, Calls& calls) {
  const OpDef* op = source.op(id);
  const Node& node = source.node(id);
  const auto in = [&](int i) { return source.operand(id, i); };
  const auto tensor = [&](int i) { return source.tensor(in(i)); };
  const auto at = [&](int i) { return source.integer(id, i); };
  if (op == &reshape_op || op == &broadcast_op) {
    const bool is_reshape = op == &reshape_op;
    calls.push_back(
        Arguments(source)
            .node(in(0))
            .text(shape(node.shape))
            .call(is_reshape ? "reshape" : "broadcast_to", [=, x = tensor(0), to = node.shape] {
              return is_reshape ? reshape(x, to) : broadcast_to(x, to);
            }));
  } else if (op == &permute_op) {
    std::vector<std::int64_t> axes;
    for (int i = 0; i < node.shape.rank; ++i) axes.push_back(at(i));
    calls.push_back(
        Arguments(source).node(in(0)).text(list(axes)).call("permute", [x = tensor(0), axes] {
          return permute(x, axes);
        }));
  } else if (op == &transpose_op) {
    calls.push_back(
        Arguments(source).node(in(0)).call("transpose", [x = tensor(0)] { return transpose(x); }));
  } else if (op == &flip_op) {
    const auto axis = static_cast<int>(at(0));
    calls.push_back(Arguments(source).node(in(0)).integer(axis).call(
        "flip", [x = tensor(0), axis] { return flip(x, axis); }));
  } else if (op == &cast_op) {
    calls.push_back(
        Arguments(source)
            .node(in(0))
            .text(dtype(node.dtype))
            .call("cast", [x = tensor(0), type = node.dtype] { return cast(x, type); }));
  } else if (op == &concat_op) {
    std::vector<Tensor> parts;
    Arguments inner(source);
    for (const NodeId part : source.graph().inputs_of(id)) {
      parts.push_back(source.tensor(part));
      inner.node(part);
    }
    const auto axis = static_cast<int>(at(0));
    Call call = inner.call("concat",
                           [parts, axis] { return concat(std::span<const Tensor>(parts), axis); });
    call.arguments = '{' + call.arguments + "}, " + std::to_string(axis);
    calls.push_back(std::move(call));
  }
}

}  // namespace shape_calls

void add_shape_calls(const Source& source, NodeId first, Calls& calls) {
  using namespace shape_calls;
  add_leaves(source, first, calls);
  add_indexing(source, first, calls);
  add_moves(source, first, calls);
}

}  // namespace foregraph::onnx::cpp
