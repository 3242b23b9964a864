#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <foregraph/detail/compile/check_model.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/compile/fingerprint.hpp>

/// The fused regions of a training step known to the compiler, frozen into constants: the values of
/// template arguments for specialised.hpp.
namespace foregraph::frozen {

struct Value {
  RegionValue code{};
  std::int32_t input = -1;   ///< if a load, index into KernelCall::inputs
  std::int32_t output = -1;  ///< if stored, index into KernelCall::outputs
  OpKind leaf = OpKind::constant;
  double number = 0;
  std::int32_t setting = -1;
  Shape extent{};
};
struct Region {
  std::size_t first = 0;
  std::size_t count = 0;
  Shape shape{};
  DType dtype = f32;
  std::uint64_t fingerprint = 0;
  bool usable = true;
};

/// Most values of a region that is specialised, since clang folds at most 256 expressions. Longer
/// regions, and regions with loads of no simple pattern, are interpreted.
inline constexpr std::size_t most_values = 120;

[[nodiscard]] constexpr std::int32_t index_in(std::vector<NodeId>& nodes, NodeId id) {
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i] == id) return static_cast<std::int32_t>(i);
  nodes.push_back(id);
  return static_cast<std::int32_t>(nodes.size()) - 1;
}

/// Calls `take(graph, code, fingerprint)` for each distinct region of the training step, so that
/// identical layers share their kernels. Returns the model's first fault.
template <auto ModelFunction, class Optimizer, class Take>
constexpr Fault for_each_region(Take& take) {
  Graph built;
  const Model model = ModelFunction(built);
  const Graph g = training_graph(built, model, checked_optimizer_type<Optimizer>{});
  if (g.first_fault) return g.first_fault;
  const Tasks tasks = form_tasks(g);
  std::vector<std::uint64_t> seen;
  for (std::size_t t = 0; t < tasks.list.size(); ++t) {
    if (tasks.list[t].kind != Task::Kind::region) continue;
    const RegionCode code = region_code(g, tasks, static_cast<std::int32_t>(t));
    const std::uint64_t print = fingerprint(code, g);
    bool is_new = true;
    for (const std::uint64_t other : seen) is_new = is_new && other != print;
    if (!is_new) continue;
    seen.push_back(print);
    take(g, code, print);
  }
  return {};
}

struct Counts {
  std::size_t values = 0;
  std::size_t regions = 0;
};

template <std::size_t Values, std::size_t Regions>
struct Code {
  std::array<Value, Values> values{};
  std::array<Region, Regions> regions{};
};

[[nodiscard]] constexpr Region freeze(const Graph& g, const RegionCode& code, std::uint64_t print,
                                      Value* values) {
  Region region{0,          code.values.size(),
                code.shape, code.dtype == boolean ? f32 : code.dtype,
                print,      code.values.size() <= most_values};
  std::vector<NodeId> inputs;
  std::vector<NodeId> outputs;
  for (const RegionValue& v : code.values) {
    Value& value = *values++;
    value.code = v;
    if (v.kind == RegionValue::Kind::load) {
      value.input = index_in(inputs, v.node);
      if (v.pattern == LoadPattern::general) region.usable = false;
    }
    if (v.stored_as != no_node) value.output = index_in(outputs, v.stored_as);
    if (v.kind == RegionValue::Kind::immediate) {
      const Node& leaf = g.node(v.node);
      value.leaf = leaf.op->kind;
      value.number = leaf.attributes.number;
      value.setting = static_cast<std::int32_t>(leaf.attributes.integers[0]);
      value.extent = leaf.attributes.shape;
    }
  }
  return region;
}

/// Collects the regions that for_each_region() finds, as far as they fit, and counts all of them.
template <std::size_t Values, std::size_t Regions>
struct Collector {
  Code<Values, Regions> code{};
  Counts counts{};

  constexpr void operator()(const Graph& g, const RegionCode& region, std::uint64_t print) {
    const std::size_t first = counts.values;
    counts.values += region.values.size();
    ++counts.regions;
    if (counts.values > Values || counts.regions > Regions) return;
    Region& frozen = code.regions[counts.regions - 1];
    frozen = freeze(g, region, print, code.values.data() + first);
    frozen.first = first;
  }
};

/// Capacity that suffices for most steps; one evaluation of the model is then enough.
inline constexpr std::size_t usual_values = 512;
inline constexpr std::size_t usual_regions = 64;

/// Argument of check_model(): a function whose result compilers cache.
template <auto ModelFunction, class Optimizer>
struct StepEvaluation {
  struct Result {
    Collector<usual_values, usual_regions> collected{};
    Fault first_fault{};
  };
  static constexpr Result result() {
    Result r;
    r.first_fault = for_each_region<ModelFunction, Optimizer>(r.collected);
    return r;
  }
};

template <auto ModelFunction, class Optimizer>
struct Step {
  using Evaluated = detail::Evaluated<StepEvaluation<ModelFunction, Optimizer>>;
  static constexpr Counts counts = Evaluated::value.collected.counts;
  static constexpr Code<counts.values, counts.regions> code = [] {
    if constexpr (counts.values <= usual_values && counts.regions <= usual_regions) {
      Code<counts.values, counts.regions> result;
      for (std::size_t i = 0; i < counts.values; ++i)
        result.values[i] = Evaluated::value.collected.code.values[i];
      for (std::size_t i = 0; i < counts.regions; ++i)
        result.regions[i] = Evaluated::value.collected.code.regions[i];
      return result;
    } else {
      Collector<counts.values, counts.regions> all;
      (void)for_each_region<ModelFunction, Optimizer>(all);
      return all.code;
    }
  }();
};

}  // namespace foregraph::frozen
