#include <algorithm>
#include <foregraph/detail/ops/activation/elu.hpp>
#include <foregraph/detail/ops/activation/hard_sigmoid.hpp>
#include <foregraph/detail/ops/activation/leaky_relu.hpp>
#include <foregraph/detail/ops/activation/relu.hpp>
#include <foregraph/detail/ops/activation/sigmoid.hpp>
#include <foregraph/detail/ops/activation/softplus.hpp>
#include <foregraph/detail/ops/activation/softsign.hpp>
#include <foregraph/detail/ops/activation/tanh.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/linear/batch_matmul.hpp>
#include <foregraph/detail/ops/linear/transpose.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/clamp.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/shape/concat.hpp>
#include <foregraph/detail/ops/shape/flip.hpp>
#include <foregraph/detail/ops/shape/iota.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>
#include <foregraph/detail/ops/shape/take_along_axis.hpp>
#include <optional>

#include <foregraph/detail/onnx/rules/recurrence.hpp>

namespace foregraph::onnx::recurrent_rule {
namespace {

/// An activation by ONNX's name for it.
Activation activation_of(std::string name, double alpha, double beta, bool has_alpha,
                         bool has_beta) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const double a = alpha;
  const double b = beta;
  if (name == "sigmoid") return [](Tensor x) { return sigmoid(x); };
  if (name == "tanh") return [](Tensor x) { return tanh(x); };
  if (name == "relu") return [](Tensor x) { return relu(x); };
  if (name == "softplus") return [](Tensor x) { return softplus(x); };
  if (name == "softsign") return [](Tensor x) { return softsign(x); };
  if (name == "affine")
    return [=](Tensor x) { return add(multiply(x, has_alpha ? a : 1.0), has_beta ? b : 0.0); };
  if (name == "leakyrelu") return [=](Tensor x) { return leaky_relu(x, has_alpha ? a : 0.01); };
  if (name == "elu") return [=](Tensor x) { return elu(x, has_alpha ? a : 1.0); };
  if (name == "hardsigmoid")
    return [=](Tensor x) { return hard_sigmoid(x, has_alpha ? a : 0.2, has_beta ? b : 0.5); };
  if (name == "scaledtanh")
    return [=](Tensor x) {
      return multiply(tanh(multiply(x, has_beta ? b : 1.0)), has_alpha ? a : 1.0);
    };
  if (name == "thresholdedrelu")
    return [=](Tensor x) {
      const Tensor above = greater(x, has_alpha ? a : 1.0);
      return select(above, x, 0.0);
    };
  unsupported("the activation " + name);
}

/// Part `d` of a tensor along axis 0, without that axis.
Tensor part(Tensor x, int d) {
  Shape shape;
  for (int i = 1; i < x.shape().rank; ++i) shape.push_back(x.shape()[i]);
  const Tensor one = x.shape()[0].is_one() ? x : slice(x, 0, d, d + 1);
  return reshape(one, shape);
}

Tensor operand(Tensor t, int i) {
  return {t.graph, t.graph->inputs_of(t.id)[static_cast<std::size_t>(i)]};
}
bool is(Tensor t, const OpDef& op) {
  return t.graph->node(t.id).op == &op;
}
/// The shape without axes of size 1.
Shape bare(const Shape& shape) {
  Shape result;
  for (int i = 0; i < shape.rank; ++i)
    if (!shape[i].is_one()) result.push_back(shape[i]);
  return result;
}
int first_bare_axis(const Shape& shape) {
  int axis = 0;
  while (axis < shape.rank && shape[axis].is_one()) ++axis;
  return axis;
}
/// Rows [begin, end) along an axis, if t is that slice of its operand.
struct Rows {
  int axis = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};
std::optional<Rows> rows_of_slice(Tensor t) {
  if (!is(t, slice_op)) return std::nullopt;
  // See ops/shape/slice.hpp: the axis, the begin and the size, both affine in the batch, the step.
  const auto& a = t.graph->node(t.id).attributes.integers;
  if (a[5] != 1 || a[2] != 0 || a[4] != 0) return std::nullopt;
  return Rows{static_cast<int>(a[0]), a[1], a[1] + a[3]};
}

/// Where rows of a tensor come from: rows of another, from `begin` on.
struct Origin {
  Tensor of{};
  std::int64_t begin = 0;
};

/// The part of a concatenation along `axis` that has the rows [begin, begin + count), with the row
/// where it begins; of no graph if there is none.
Origin part_with(Tensor whole, int axis, std::int64_t begin, std::int64_t count) {
  std::int64_t at = 0;
  for (int i = 0; i < whole.graph->node(whole.id).arity; ++i) {
    const Tensor each = operand(whole, i);
    const std::int64_t size = each.shape()[axis].constant;
    if (begin >= at && begin + count <= at + size) return {each, at};
    at += size;
  }
  return {};
}

/// Rows [begin, begin + count) along the first axis that is not of size 1, seen through the slices,
/// concatenations and shapes that they went through.
Origin origin_of(Tensor t, std::int64_t begin, std::int64_t count) {
  for (;;) {
    const int axis = first_bare_axis(t.shape());
    const std::optional<Rows> rows = rows_of_slice(t);
    if (is(t, reshape_op) && bare(t.shape()) == bare(operand(t, 0).shape())) {
      t = operand(t, 0);
    } else if (rows && rows->axis == axis) {
      begin += rows->begin;
      t = operand(t, 0);
    } else if (is(t, concat_op) && t.graph->node(t.id).attributes.integers[0] == axis) {
      const Origin part = part_with(t, axis, begin, count);
      if (part.of.graph == nullptr) return {t, begin};
      begin -= part.begin;
      t = part.of;
    } else if (rows && rows->end == rows->begin + 1 && is(operand(t, 0), concat_op) &&
               operand(t, 0).graph->node(operand(t, 0).id).attributes.integers[0] == rows->axis) {
      const Origin part = part_with(operand(t, 0), rows->axis, rows->begin, 1);
      if (part.of.graph == nullptr || part.of.shape() != t.shape()) return {t, begin};
      t = part.of;
    } else {
      return {t, begin};
    }
  }
}

}  // namespace

Tensor with_rows_in(Tensor x, std::int64_t units, const std::vector<int>& order) {
  const Origin first = origin_of(x, order[0] * units, units);
  bool is_whole = bare(first.of.shape()) == bare(x.shape());
  for (std::size_t i = 0; is_whole && i < order.size(); ++i) {
    const Origin origin = origin_of(x, order[i] * units, units);
    is_whole = origin.of.id == first.of.id && origin.begin == static_cast<std::int64_t>(i) * units;
  }
  if (is_whole) return first.of.shape() == x.shape() ? first.of : reshape(first.of, x.shape());
  std::vector<Tensor> blocks;
  for (const int block : order) blocks.push_back(slice(x, 0, block * units, (block + 1) * units));
  return concat(std::span<const Tensor>(blocks), 0);
}

Tensor Direction::gates(Tensor weights_of_gates, Tensor bias_of_gates) const {
  const Tensor product = matmul(x, transpose(weights_of_gates));
  return bias_of_gates.graph == nullptr ? product : add(product, bias_of_gates);
}

Recurrence::Recurrence(Op& o, int gates, std::vector<std::string> default_activations,
                       bool hidden_bias_apart)
    : o_(o),
      gates_(gates),
      default_activations_(std::move(default_activations)),
      hidden_bias_apart_(hidden_bias_apart),
      is_layout_1_(o.integer("layout") != 0),
      clip_(o.number("clip", 0)) {
  if (o.rank(0) != 3 || o.rank(1) != 3 || o.rank(2) != 3)
    throw DataError("the operands have " + std::to_string(o.rank(0)) + ", " +
                    std::to_string(o.rank(1)) + " and " + std::to_string(o.rank(2)) +
                    " axes, expected 3 each");
  units_ = o.dim(2, 2);
  directions_ = static_cast<int>(o.dim(1, 0));
  if (o.dim(1, 1) != gates * units_ || o.dim(2, 1) != gates * units_)
    throw DataError("the weights have " + std::to_string(o.dim(1, 1)) + " and " +
                    std::to_string(o.dim(2, 1)) + " rows, expected " + std::to_string(gates) +
                    " for each of the " + std::to_string(units_) + " units");
  x_ = o.in_order(0, is_layout_1_ ? Order::plain(3) : Order{3, {1, 0, 2}});
  steps_ = fixed_size(x_.shape()[1]);
  if (!o.has(4)) return;
  // Lengths that are all the number of steps say nothing.
  if (o.is_constant(4) && o.constant(4).is_uniform() &&
      o.constant(4).at(0) == Element{static_cast<double>(steps_)})
    return;
  lengths_ = reshape(o[4], {o.shape(4)[0], 1});
}

Tensor Recurrence::zero_rows() const {
  return broadcast_to(o_.graph().constant(0, x_.dtype()), {x_.shape()[0], units_});
}

Tensor Recurrence::state(int i, int d) const {
  if (!o_.has(i)) return {};
  if (o_.is_constant(i) && o_.constant(i).is_uniform() && o_.constant(i).at(0) == Element{0})
    return {};
  // [directions,N,H], or [N,directions,H] in the other layout.
  const Tensor all = o_.in_order(i, is_layout_1_ ? Order{3, {1, 0, 2}} : Order::plain(3));
  return part(all, d);
}

void Recurrence::read_activations(Direction& direction, int d) const {
  const std::vector<std::string> names =
      o_.has("activations") ? o_.attribute("activations").texts : std::vector<std::string>();
  const std::vector<float> alphas =
      o_.has("activation_alpha") ? o_.attribute("activation_alpha").numbers : std::vector<float>();
  const std::vector<float> betas =
      o_.has("activation_beta") ? o_.attribute("activation_beta").numbers : std::vector<float>();
  const std::size_t count = default_activations_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = static_cast<std::size_t>(d) * count + i;
    const std::string name = at < names.size() ? names[at] : default_activations_[i];
    direction.has_default_activations &= name == default_activations_[i];
    direction.activations.push_back(
        activation_of(name, at < alphas.size() ? static_cast<double>(alphas[at]) : 0,
                      at < betas.size() ? static_cast<double>(betas[at]) : 0, at < alphas.size(),
                      at < betas.size()));
  }
}

Tensor Recurrence::reversed(Tensor sequence) const {
  if (lengths_.graph == nullptr) return flip(sequence, 1);
  // Step t of a sequence of length n becomes step n - 1 - t.
  const Tensor step = iota(o_.graph(), steps_, lengths_.dtype());
  const Tensor last = subtract(lengths_, 1.0);
  const Tensor backwards = subtract(last, step);
  const Tensor index = select(less(step, lengths_), backwards, step);
  const Shape shape = sequence.shape();
  const Tensor column = reshape(index, {shape[0], shape[1], 1});
  return take_along_axis(sequence, broadcast_to(column, shape), 1);
}

Direction Recurrence::direction(int d, bool is_reversed) const {
  Direction result;
  const std::int64_t rows = gates_ * units_;
  result.weights = part(o_[1], d);
  result.recurrent = part(o_[2], d);
  result.x = is_reversed ? reversed(x_) : x_;
  if (o_.has(3)) {
    const Tensor biases = part(o_[3], d);
    const Tensor of_input = slice(biases, 0, 0, rows);
    const Tensor of_hidden = slice(biases, 0, rows, 2 * rows);
    if (hidden_bias_apart_) {
      result.hidden_bias = of_hidden;
      result.bias = of_input;
    } else {
      result.bias = add(of_input, of_hidden);
    }
  }
  result.hidden = state(5, d);
  result.lengths = lengths_;
  read_activations(result, d);
  if (gates_ != 4) return result;
  result.cell = state(6, d);
  if (o_.has(7)) result.peepholes = part(o_[7], d);
  return result;
}

Tensor Recurrence::clipped(Tensor x) const {
  return clip_ > 0 ? clamp(x, -clip_, clip_) : x;
}
Tensor Recurrence::gate(Tensor gates, int i) const {
  return slice(gates, 1, i * units_, (i + 1) * units_);
}

States Recurrence::unrolled(
    const Direction& d,
    const std::function<States(Tensor gates, const States& before)>& step) const {
  States now;
  now.hidden = d.hidden;
  now.cell = d.cell;
  std::vector<Tensor> all;
  const Tensor whole = d.gates();
  const Shape shape = whole.shape();
  for (std::int64_t t = 0; t < steps_; ++t) {
    const Tensor gates = reshape(slice(whole, 1, t, t + 1), {shape[0], shape[2]});
    States next = step(gates, now);
    Tensor shown = next.hidden;
    if (d.lengths.graph != nullptr) {
      // Behind its end a sequence keeps its state, and shows zeros.
      const Tensor goes_on = greater(d.lengths, static_cast<double>(t));
      shown = select(goes_on, next.hidden, 0.0);
      const Tensor before = now.hidden.graph != nullptr ? now.hidden : zero_rows();
      next.hidden = select(goes_on, next.hidden, before);
      if (next.cell.graph != nullptr) {
        const Tensor cell = now.cell.graph != nullptr ? now.cell : zero_rows();
        next.cell = select(goes_on, next.cell, cell);
      }
    }
    all.push_back(reshape(shown, {shape[0], 1, units_}));
    now = next;
  }
  now.all = all.size() == 1 ? all.front() : concat(std::span<const Tensor>(all), 1);
  return now;
}

void Recurrence::run(const std::function<States(const Direction&)>& run) {
  const std::string text = o_.text("direction", "forward");
  const int stated = text == "bidirectional" ? 2 : 1;
  if (stated != directions_)
    throw DataError("direction is '" + text + "', but the weights are for " +
                    std::to_string(directions_) + " directions");
  std::vector<Tensor> all;
  std::vector<Tensor> hidden;
  std::vector<Tensor> cells;
  for (int d = 0; d < directions_; ++d) {
    const bool is_reversed = d == 1 || text == "reverse";
    States states = run(direction(d, is_reversed));
    const Dim samples = states.all.shape()[0];
    if (states.hidden.graph == nullptr)
      states.hidden = reshape(slice(states.all, 1, steps_ - 1, steps_), {samples, units_});
    if (is_reversed && o_.wants(0)) states.all = reversed(states.all);
    all.push_back(states.all);
    hidden.push_back(states.hidden);
    if (states.cell.graph != nullptr) cells.push_back(states.cell);
  }
  const Dim samples = all[0].shape()[0];
  const Dim count{directions_};
  const auto joined = [](const std::vector<Tensor>& parts) {
    return parts.size() == 1 ? parts[0] : concat(std::span<const Tensor>(parts), -1);
  };
  // As they lie: [N,T,directions,H] and [N,directions,H].
  const Tensor y = reshape(joined(all), {samples, steps_, count, units_});
  o_.give(y, is_layout_1_ ? Order::plain(4) : Order{4, {2, 0, 1, 3}});
  const Order order = is_layout_1_ ? Order::plain(3) : Order{3, {1, 0, 2}};
  o_.give(reshape(joined(hidden), {samples, count, units_}), order);
  if (!cells.empty()) o_.give(reshape(joined(cells), {samples, count, units_}), order);
}

}  // namespace foregraph::onnx::recurrent_rule
