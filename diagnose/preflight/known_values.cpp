#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/preflight/known_values.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph::checks {
namespace {

/// Smallest and largest values of a field's samples, and of their middle 98 %.
struct FieldRange {
  Range all{};
  Range middle{};
};
FieldRange range_of(const Column& column, std::int64_t rows) {
  std::vector<double> values;
  const std::int64_t step = std::max<std::int64_t>(1, rows * column.elements / 65'536);
  for (std::int64_t i = 0; i < rows * column.elements; i += step) {
    const double value = column.value(i / column.elements, i % column.elements);
    if (std::isfinite(value)) values.push_back(value);
  }
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t edge = values.size() / 100;
  return {{values.front(), values.back()}, {values[edge], values[values.size() - 1 - edge]}};
}

}  // namespace

std::string text_of(Range range) {
  const auto bound = [](double value) {
    return std::isfinite(value) ? number(value) : std::string(value < 0 ? "-inf" : "inf");
  };
  return bound(range.low) + " to " + bound(range.high);
}

std::string text_of(const Graph& g, NodeId id) {
  return describe_tensor(g, id) + " (" + file_and_line(g.node(id).at) + ")";
}

Known known_of(const Context& context) {
  const Graph& g = *context.model.evaluation;
  Known known{g};
  std::vector<FieldRange> of_inputs(static_cast<std::size_t>(g.size()));
  for (const InputRole& role : context.roles)
    if (const Column* const column = context.sample.find(role.name))
      of_inputs[static_cast<std::size_t>(role.node)] = range_of(*column, context.sample.size());
  known.all = ranges_of(g, [&](NodeId id) { return of_inputs[static_cast<std::size_t>(id)].all; });
  known.middle =
      ranges_of(g, [&](NodeId id) { return of_inputs[static_cast<std::size_t>(id)].middle; });
  known.on = dependences_of(g);
  known.only_loss = ancestors_of(g, {&g.loss, 1});
  const std::vector<char> for_outputs = ancestors_of(g, g.outputs);
  for (std::size_t i = 0; i < for_outputs.size(); ++i)
    if (for_outputs[i] != 0) known.only_loss[i] = 0;
  return known;
}

}  // namespace foregraph::checks
