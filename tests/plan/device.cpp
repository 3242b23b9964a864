// A training step on a device: its memory is an array of the planned size, and its plan a table of
// constants. Compiled without exceptions, RTTI and a hosted library.
#include <foregraph/plan.hpp>

#include <array>

namespace fg = foregraph;
using namespace fg::literals;

namespace {

constexpr auto gesture = [](fg::Graph& g) {
  const fg::Tensor x = g.input("acceleration", {fg::batch, 24});
  const fg::Tensor label = g.input("label", {fg::batch}, fg::i32);
  const fg::Tensor hidden = fg::relu(fg::nn::dense(x, 12, "hidden"));
  const fg::Tensor logits = fg::nn::dense(hidden, 5, "logits");
  return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};
constexpr std::int64_t samples = 4;

constexpr fg::Bytes needed = fg::peak_memory<gesture>(fg::optim::sgd(), samples);
static_assert(needed <= 8_KiB);

/// A value of the step, in the order in which values are computed, and where it is in the arena.
struct Value {
  std::int16_t node;
  std::int32_t offset;
};

constexpr fg::Step step() {
  return fg::compile(gesture, fg::optim::sgd(), samples);
}

/// Calls visit(node, offset) for each value that the step computes and stores.
template <class Visit>
constexpr void visit_values(const fg::Step& planned, Visit visit) {
  const fg::Plan& plan = planned.plan;
  for (const std::int32_t task : plan.order.tasks)
    for (const fg::NodeId node :
         plan.tasks.members_of(plan.tasks.list[static_cast<std::size_t>(task)])) {
      const fg::Place& place = plan.places[static_cast<std::size_t>(node)];
      if (place.segment == fg::Segment::none) continue;
      std::int64_t base = 0;  // variables, then inputs, then values of the step
      if (place.segment != fg::Segment::variables) base += plan.variables_bytes;
      if (place.segment == fg::Segment::transient) base += plan.inputs_bytes();
      visit(node, base + place.offset);
    }
}
constexpr std::size_t value_count = [] {
  std::size_t count = 0;
  visit_values(step(), [&](fg::NodeId, std::int64_t) { ++count; });
  return count;
}();
constexpr auto values = [] {
  std::array<Value, value_count> table{};
  std::size_t i = 0;
  visit_values(step(), [&](fg::NodeId node, std::int64_t offset) {
    table[i++] = {static_cast<std::int16_t>(node), static_cast<std::int32_t>(offset)};
  });
  return table;
}();
static_assert(value_count > 10 && sizeof values == value_count * 8);
static_assert([] {
  bool ok = true;
  for (const Value& value : values) ok = ok && value.offset >= 0 && value.offset < needed.count;
  return ok;
}());

alignas(fg::alignment_bytes) unsigned char arena[needed.count];

}  // namespace

extern "C" {
/// Returns the address of value i of the step.
unsigned char* address_of_value(std::size_t i);
}
unsigned char* address_of_value(std::size_t i) {
  return arena + values[i].offset;
}
