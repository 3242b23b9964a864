#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/non_finite.hpp>
#include <foregraph/detail/graph/passes/dead_nodes.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/planner/plan.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <limits>

namespace foregraph {
namespace {

/// Statistics of an array of floating-point numbers.
struct Contents {
  std::int64_t elements = 0;
  std::int64_t nans = 0;
  std::int64_t infinities = 0;
  std::int64_t first_nan = -1;
  std::int64_t first_infinity = -1;
  double smallest = std::numeric_limits<double>::infinity();  ///< of the finite values
  double largest = -std::numeric_limits<double>::infinity();

  [[nodiscard]] bool finite() const { return nans == 0 && infinities == 0; }
};

template <class T>
Contents contents_of(const std::byte* values, std::int64_t elements) {
  Contents result{.elements = elements};
  const auto* each = reinterpret_cast<const T*>(values);
  for (std::int64_t i = 0; i < elements; ++i) {
    const auto value = static_cast<double>(each[i]);
    if (std::isnan(value)) {
      if (result.nans++ == 0) result.first_nan = i;
    } else if (std::isinf(value)) {
      if (result.infinities++ == 0) result.first_infinity = i;
    } else {
      result.smallest = std::min(result.smallest, value);
      result.largest = std::max(result.largest, value);
    }
  }
  return result;
}

Contents contents_of(DType dtype, const std::byte* values, std::int64_t elements) {
  return dtype == f64 ? contents_of<double>(values, elements)
                      : contents_of<float>(values, elements);
}

std::string range(const Contents& contents) {
  std::string text = "no finite values";
  if (contents.smallest <= contents.largest)
    text =
        text::significant(contents.smallest, 4) + " to " + text::significant(contents.largest, 4);
  if (contents.nans > 0) text += ", " + std::to_string(contents.nans) + " NaN";
  if (contents.infinities > 0) text += ", " + std::to_string(contents.infinities) + " infinite";
  return text;
}

bool is_computed(const Node& node) {
  return is_floating(node.dtype) && node.phase != Phase::update &&
         (node.op->kind == OpKind::compute || node.op->kind == OpKind::elementwise);
}

/// Returns the step without its updates, with all values kept.
Graph with_all_values(Graph g) {
  g.updates.clear();
  g.outputs.clear();
  for (NodeId id = 0; id < g.size(); ++id)
    if (is_computed(g.node(id))) g.outputs.push_back(id);
  return passes::remove_dead_nodes(g);
}

NonFiniteValues describe_values(const Program& program, NodeId id, const Contents& contents,
                                bool nan) {
  const Graph& g = program.graph();
  const Node& node = g.node(id);
  NonFiniteValues values;
  values.op = std::string("op '").append(node.op->name) + "'";
  if (!g.text(node.name).empty()) values.op.append(" of '").append(full_name(g, id)) += "'";
  values.op.append(" (").append(file_and_line(node.at)).append("), ");
  values.op += to_string(node.dtype, node.shape);
  values.phase = std::string(name_of(node.phase));
  values.count = nan ? contents.nans : contents.infinities;
  values.elements = contents.elements;
  if (node.shape.rank > 0 && node.shape[0] == Dim{0, 1}) {
    const std::int64_t first = nan ? contents.first_nan : contents.first_infinity;
    values.first_sample = first / (contents.elements / program.bound_batch());
  }
  for (const NodeId input : g.inputs_of(id)) {
    const Node& operand = g.node(input);
    const std::byte* at = program.address_of(input);
    if (!is_floating(operand.dtype) || at == nullptr) continue;
    if (!values.operands.empty()) values.operands += "; ";
    values.operands.append("'").append(full_name(g, input)).append("', ");
    values.operands +=
        range(contents_of(operand.dtype, at, operand.shape.elements().at(program.bound_batch())));
  }
  return values;
}

std::string sentence(const NonFiniteValues& values, const char* what) {
  std::string text = values.op + " produced the first " + what + " in the " +
                     (values.phase == "forward" ? "forward" : "backward") + " pass, " +
                     std::to_string(values.count) + " of " + std::to_string(values.elements) +
                     " values";
  if (values.first_sample >= 0)
    text += ", the first in sample " + std::to_string(values.first_sample) + " of the batch";
  if (!values.operands.empty()) text += "; its operands are " + values.operands;
  return text + ".";
}

}  // namespace

std::string NonFiniteOrigin::describe() const {
  if (!variables.empty()) return "Already not finite before this step: " + variables + ".";
  std::string text;
  if (infinite) text += sentence(*infinite, "infinite value");
  if (infinite && nan) text += ' ';
  if (nan) text += sentence(*nan, "NaN");
  return text;
}

std::string non_finite_variables(const Graph& step, const std::int64_t* variable_offsets,
                                 const std::byte* variables) {
  std::string names;
  int named = 0;
  for (std::size_t v = 0; v < step.variables.size(); ++v) {
    const Node& node = step.node(step.variables[v].node);
    if (!is_floating(node.dtype)) continue;
    const Contents contents =
        contents_of(node.dtype, variables + variable_offsets[v], node.shape.elements().constant);
    if (contents.finite()) continue;
    if (++named > 1) names += ", ";
    if (named > 3) return names + "...";
    names.append("'").append(full_name(step, step.variables[v].node)).append("' (");
    names += std::to_string(contents.nans + contents.infinities) + " of " +
             std::to_string(contents.elements) + " values)";
  }
  return names;
}

NonFiniteOrigin find_non_finite(const Graph& step, std::int64_t batch_size, std::int64_t samples,
                                std::byte* variables, std::byte* inputs, std::optional<Bytes> limit,
                                PartOfBatch part) {
  Graph all = with_all_values(part.samples > 0 ? passes::masks_of_parts(step) : step.clone());
  Plan plan = plan_memory(all, batch_size);
  if (limit && Bytes{plan.transient_bytes} > *limit)
    throw BudgetError("keeping every value of the step for inspection takes " +
                      to_string_beside({plan.transient_bytes}, *limit) + ", more than the " +
                      to_string_beside(*limit, {plan.transient_bytes}) + " available");
  NonFiniteOrigin origin;
  std::vector<std::int64_t> offsets;
  for (const Variable& variable : all.variables)
    offsets.push_back(plan.places[static_cast<std::size_t>(variable.node)].offset);
  origin.variables = non_finite_variables(all, offsets.data(), variables);
  if (!origin.variables.empty()) return origin;
  const Arena transient(static_cast<std::size_t>(plan.transient_bytes));
  Program program(std::move(all), std::move(plan));
  program.attach(variables, inputs, transient.data());
  program.bind(samples);
  if (part.samples > 0) PartSettings(program.graph()).set(part, program.settings());
  program.run();
  const Graph& g = program.graph();
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& node = g.node(id);
    if (!is_computed(node)) continue;
    const Contents contents =
        contents_of(node.dtype, program.address_of(id), node.shape.elements().at(samples));
    if (contents.nans > 0 && !origin.nan) origin.nan = describe_values(program, id, contents, true);
    if (contents.infinities > 0 && !origin.infinite && !origin.nan)
      origin.infinite = describe_values(program, id, contents, false);
    if (origin.nan) break;
  }
  return origin;
}

}  // namespace foregraph
