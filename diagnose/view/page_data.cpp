#include <algorithm>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/view/drawing.hpp>
#include <foregraph/detail/diagnose/view/layers.hpp>
#include <foregraph/detail/diagnose/view/markup.hpp>
#include <foregraph/detail/diagnose/view/page_data.hpp>
#include <foregraph/detail/diagnose/view/timeline.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <unordered_map>

namespace foregraph::picture {
namespace {

std::size_t entry_of(std::int32_t i) {
  return static_cast<std::size_t>(i);
}

void append_item(std::string& list, const std::string& item) {
  if (!list.empty()) list += ',';
  list += item;
}

/// Deduplicated strings of the page's data.
class Strings {
 public:
  std::string index_of(const std::string& text) {
    const auto [at, is_new] = indices_.try_emplace(text, indices_.size());
    if (is_new) append_item(json_, json_string(text));
    return std::to_string(at->second);
  }
  [[nodiscard]] std::string json() const { return '[' + json_ + ']'; }

 private:
  std::unordered_map<std::string, std::size_t> indices_{};
  std::string json_{};
};

/// Returns "f32[128,512] (f32[batch,512])": the type at the plan's batch, and as declared.
std::string type_of(const Graph& g, const Plan& plan, NodeId id) {
  const Node& node = g.node(id);
  Shape sized = node.shape;
  for (int i = 0; i < sized.rank; ++i) sized.set(i, Dim{node.shape[i].at(plan.batch)});
  const std::string declared = to_string(node.dtype, node.shape);
  const std::string actual = to_string(node.dtype, sized);
  return declared == actual ? actual : actual + " (" + declared + ")";
}

/// The first and the last step that reads or writes a value; -1 if none does.
struct Uses {
  std::int32_t first = -1;
  std::int32_t last = -1;

  void add(std::int32_t step) {
    if (first < 0) first = step;
    last = step;
  }
};

/// Returns the uses of each node's memory, by its storage root.
std::vector<Uses> uses_of(const Graph& g, const Plan& plan) {
  std::vector<Uses> uses(entry_of(g.size()));
  const auto use_variable = [&](std::int32_t variable, std::int32_t step) {
    uses[entry_of(g.variables[entry_of(variable)].node)].add(step);
  };
  for (std::int32_t step = 0; step < static_cast<std::int32_t>(plan.order.tasks.size()); ++step) {
    const std::int32_t number = plan.order.tasks[entry_of(step)];
    const Task& task = plan.tasks.list[entry_of(number)];
    for_each_read(g, plan.tasks, number,
                  [&](NodeId root, NodeId, bool) { uses[entry_of(root)].add(step); });
    if (task.kind == Task::Kind::copy) {
      use_variable(task.variable, step);
      continue;
    }
    for (const NodeId id : plan.tasks.members_of(task)) {
      uses[entry_of(id)].add(step);
      if (const std::int32_t v = plan.order.bound_variable[entry_of(id)]; v >= 0)
        use_variable(v, step);
    }
  }
  return uses;
}

/// Writes one plan.
class PlanWriter {
 public:
  PlanWriter(const DrawnPlan& drawn, Strings& strings, Strings& layers)
      : name_(drawn.name),
        g_(*drawn.graph),
        plan_(*drawn.plan),
        timeline_(memory_timeline(g_, plan_)),
        layer_of_(layers_of(g_)),
        strings_(strings),
        layers_(layers) {}

  [[nodiscard]] std::string json() {
    // In the order of the forward pass, so that neighbours have different colours.
    for (const std::string& layer : layer_of_) (void)layers_.index_of(layer);
    const std::string tensors = tensors_json();
    const std::string ops = ops_json();
    return "{\"name\":" + json_string(name_) +
           ",\"steps\":" + std::to_string(timeline_.steps.size()) +
           ",\"peak\":" + std::to_string(plan_.peak_step) +
           ",\"arena\":" + std::to_string(plan_.peak().count) +
           ",\"transient\":" + std::to_string(plan_.variables_bytes + plan_.inputs_bytes()) +
           ",\"ops\":" + ops + ",\"tensors\":" + tensors + '}';
  }

 private:
  struct Entry {
    const MemoryBlock* block;
    TensorLife life;
    bool is_prefetched;
  };

  [[nodiscard]] std::vector<Entry> entries() const {
    std::vector<Entry> list;
    for (const MemoryBlock& block : timeline_.blocks) {
      if (block.segment == Segment::inputs &&
          block.offset >= plan_.variables_bytes + plan_.slot_bytes)
        list.push_back({&block, block.tensors.front(), true});
      else
        for (const TensorLife& life : block.tensors) list.push_back({&block, life, false});
    }
    // The arrow keys visit them in this order.
    std::stable_sort(list.begin(), list.end(), [](const Entry& a, const Entry& b) {
      return a.life.first != b.life.first ? a.life.first < b.life.first
                                          : a.block->offset < b.block->offset;
    });
    return list;
  }

  [[nodiscard]] std::string tensors_json() {
    const std::vector<Uses> uses = uses_of(g_, plan_);
    std::string json;
    for (const auto& [block, life, is_prefetched] : entries()) {
      const Node& node = g_.node(life.node);
      const bool is_of_threads = block->segment == Segment::threads;
      const std::string name =
          is_prefetched ? "input buffers of prefetched batches"
          : is_of_threads
              ? "workspaces of " + text::counted(plan_.options.threads - 1, "more thread")
          : life.is_workspace ? "workspace of " + full_name(g_, life.node)
                              : full_name(g_, life.node);
      const std::string type = is_prefetched       ? "all inputs"
                               : life.is_workspace ? "scratch memory"
                                                   : type_of(g_, plan_, life.node);
      const std::string at = node.at.line > 0 && !is_prefetched ? file_and_line(node.at) : "";
      const Uses used = is_prefetched || is_of_threads ? Uses{}
                        : life.is_workspace            ? Uses{life.first, life.last - 1}
                                                       : uses[entry_of(life.node)];
      std::string item;
      for (const std::int64_t number :
           {std::int64_t{life.first}, std::int64_t{life.last}, block->offset, block->bytes,
            static_cast<std::int64_t>(block->category)})
        append_item(item, std::to_string(number));
      for (const std::string& text :
           {name, type, std::string(node.op->name), std::string(name_of(node.phase)), at})
        append_item(item, strings_.index_of(text));
      append_item(item, std::to_string(block - timeline_.blocks.data()));
      append_item(item, layers_.index_of(is_of_threads ? "" : layer_of_[entry_of(life.node)]));
      append_item(item, std::to_string(used.first) + ',' + std::to_string(used.last));
      append_item(json, '[' + item + ']');
    }
    return '[' + json + ']';
  }

  /// Op, layer and phase of each step.
  [[nodiscard]] std::string ops_json() {
    std::string json;
    for (std::size_t s = 0; s < timeline_.steps.size(); ++s) {
      const NodeId id = timeline_.steps[s].node;
      if (id == no_node) continue;
      const Node& node = g_.node(id);
      const bool is_copy =
          plan_.tasks.list[entry_of(plan_.order.tasks[s])].kind == Task::Kind::copy;
      append_item(json, '[' + strings_.index_of(is_copy ? "copy" : std::string(node.op->name)) +
                            ',' + layers_.index_of(layer_of_[entry_of(id)]) + ',' +
                            strings_.index_of(std::string(name_of(node.phase))) + ']');
    }
    return '[' + json + ']';
  }

  std::string_view name_;
  const Graph& g_;
  const Plan& plan_;
  MemoryTimeline timeline_;
  std::vector<std::string> layer_of_;
  Strings& strings_;
  Strings& layers_;
};

}  // namespace

std::string page_data(std::span<const DrawnPlan> plans) {
  Strings strings;
  Strings layers;
  (void)layers.index_of("");  // no layer
  std::string json_of_plans;
  for (const DrawnPlan& drawn : plans)
    append_item(json_of_plans, PlanWriter(drawn, strings, layers).json());
  std::string categories;
  std::string colours;
  for (std::size_t c = 0; c < memory_categories; ++c) {
    const auto category = static_cast<MemoryCategory>(c);
    append_item(categories, json_string(name_of(category)));
    append_item(colours, json_string(colour_of(category)));
  }
  std::string colours_of_layers;
  for (const std::string_view colour : layer_colours)
    append_item(colours_of_layers, json_string(colour));
  return "{\"categories\":[" + categories + "],\"colours\":[" + colours + "],\"layerColours\":[" +
         colours_of_layers + "],\"layers\":" + layers.json() + ",\"strings\":" + strings.json() +
         ",\"plans\":[" + json_of_plans + "]}";
}

}  // namespace foregraph::picture
