#include <algorithm>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/onnx/format/elements.hpp>
#include <foregraph/detail/onnx/import/file_place.hpp>
#include <foregraph/detail/onnx/import/importer.hpp>
#include <foregraph/detail/onnx/import/input_shapes.hpp>
#include <foregraph/detail/onnx/import/rule.hpp>
#include <foregraph/detail/onnx/import/unused.hpp>
#include <new>
#include <set>
#include <stdexcept>

namespace foregraph::onnx {
namespace {

constexpr std::int64_t first_opset = 6;
constexpr std::int64_t last_opset = 21;

std::string name_of_op(const FileNode& node) {
  return node.domain.empty() ? node.op_type : node.domain + '.' + node.op_type;
}

/// The names of values that a graph reads from the graphs around it, and of all its own nodes.
void collect_inputs(const FileGraph& graph, std::set<std::string>& names) {
  for (const FileNode& node : graph.nodes) {
    names.insert(node.inputs.begin(), node.inputs.end());
    for (const auto& [name, attribute] : node.attributes)
      if (attribute.graph) collect_inputs(*attribute.graph, names);
  }
  for (const FileValue& output : graph.outputs) names.insert(output.name);
}

/// Counts how often the values of a graph, and of those inside, are read.
void count_reads(const FileGraph& graph, std::unordered_map<std::string, int>& reads) {
  for (const FileNode& node : graph.nodes) {
    for (const std::string& input : node.inputs) ++reads[input];
    for (const auto& [name, attribute] : node.attributes)
      if (attribute.graph) count_reads(*attribute.graph, reads);
  }
  for (const FileValue& output : graph.outputs) ++reads[output.name];
}

/// Returns for each node whether an output of the graph needs it.
std::vector<bool> needed_nodes(const FileGraph& graph) {
  std::set<std::string> needed;
  for (const FileValue& output : graph.outputs) needed.insert(output.name);
  std::vector<bool> result(graph.nodes.size());
  for (std::size_t n = graph.nodes.size(); n-- > 0;) {
    const FileNode& node = graph.nodes[n];
    result[n] = std::any_of(node.outputs.begin(), node.outputs.end(),
                            [&](const std::string& name) { return needed.contains(name); });
    if (!result[n]) continue;
    needed.insert(node.inputs.begin(), node.inputs.end());
    for (const auto& [name, attribute] : node.attributes)
      if (attribute.graph) collect_inputs(*attribute.graph, needed);
  }
  return result;
}

std::shared_ptr<const Constant> given_constant(const InputShape& input) {
  auto constant = std::make_shared<Constant>(Constant{input.dtype, input.shape, {}});
  for (const double value : input.values) constant->elements.push_back({value});
  constant->compress();
  return constant;
}

}  // namespace

Importer::Importer(std::shared_ptr<const FileModel> model, const LoadOptions& options)
    : model_(std::move(model)), options_(options), opset_(model_->opsets.at("")) {
  values_ = new FileValues(model_);
  result_.graph.start_values = StartValuesRef(values_);
}

ImportedModel Importer::run() {
  const std::string file = in_quotes(model_->source->name());
  if (opset_ < first_opset || opset_ > last_opset)
    throw DataError(file + " uses opset " + std::to_string(opset_) + " of ONNX, expected " +
                    std::to_string(first_opset) + " to " + std::to_string(last_opset) +
                    ". What to do: export it again, or convert it with onnx.version_converter");
  if (model_->graph.sparse_initializers > 0)
    throw DataError(file +
                    " has sparse tensors, expected dense ones. What to do: export it again " +
                    "without them");
  count_reads(model_->graph, reads_);
  add_inputs();
  add_initializers(model_->graph);
  find_statistics(model_->graph);
  run_nodes(model_->graph);
  throw_if_refused();
  add_outputs();
  throw_if_refused();
  drop_unused(result_);
  return std::move(result_);
}

void Importer::note(const std::string& text) {
  auto& notes = result_.notes;
  if (std::find(notes.begin(), notes.end(), text) == notes.end()) notes.push_back(text);
}

void Importer::add_inputs() {
  std::set<std::string> with_values;
  for (const FileTensor& tensor : model_->graph.initializers) with_values.insert(tensor.name);
  std::vector<const FileValue*> inputs;
  for (const FileValue& value : model_->graph.inputs)
    if (!with_values.contains(value.name)) inputs.push_back(&value);

  InputShapes shapes(inputs, options_);
  fixed_batch_ = shapes.fixed_batch();
  for (const std::string& text : shapes.notes()) note(text);
  for (const InputShape& input : shapes.inputs()) {
    Known known;
    known.name = input.name;
    known.shape = input.shape;
    known.dtype = input.dtype;
    switch (input.role) {
      case InputShape::Role::data:
        known.tensor = graph().input(input.name, input.shape, input.dtype);
        known.order = Order::plain(input.shape.rank);
        graph().set_place(known.tensor.id, place_in_file(model_->source->name(), 0));
        break;
      case InputShape::Role::given:
        known.constant = given_constant(input);
        break;
      case InputShape::Role::parameter: {
        auto tensor = std::make_shared<FileTensor>();
        tensor->name = input.name;
        for (int i = 0; i < input.shape.rank; ++i) tensor->dims.push_back(input.shape[i].constant);
        known.parameter = tensor.get();
        known.has_values = false;
        own_tensors_.push_back(std::move(tensor));
        break;
      }
    }
    set(input.name, std::move(known));
  }
}

void Importer::add_initializers(const FileGraph& graph) {
  for (const FileTensor& tensor : graph.initializers) {
    Known known;
    known.name = tensor.name;
    const std::optional<DType> dtype = dtype_of_elements(tensor.type);
    if (!dtype || tensor.dims.size() > Shape::max_rank) {
      known.is_broken = true;  // said only where it is needed
      known.why = !dtype ? "values of type " + name_of(tensor.type) : "more than 6 axes";
    } else {
      known.dtype = *dtype;
      for (const std::int64_t dim : tensor.dims) known.shape.push_back(dim);
      known.parameter = &tensor;
      known.trainable = is_floating(*dtype);
    }
    if (!known_.emplace(tensor.name, std::move(known)).second)
      throw DataError(in_quotes(model_->source->name()) + " has two tensors named " +
                      in_quotes(tensor.name) + ", expected one");
  }
}

void Importer::find_statistics(const FileGraph& graph) {
  for (const FileNode& node : graph.nodes) {
    if (node.op_type != "BatchNormalization") continue;
    for (std::size_t i = 3; i < std::min<std::size_t>(node.inputs.size(), 5); ++i)
      if (const auto found = known_.find(node.inputs[i]); found != known_.end())
        found->second.trainable = false;
  }
}

Known& Importer::known(const std::string& name) {
  const auto found = known_.find(name);
  if (found == known_.end())
    throw DataError("the value " + in_quotes(name) + " is used, but nothing before makes it");
  return found->second;
}

void Importer::set(const std::string& name, Known known) {
  known_[name] = std::move(known);
}

std::int32_t Importer::scope_of(const FileNode& node) {
  // PyTorch's names are /layer1/layer1.0/conv1/Conv: the last part is the op.
  const auto last = node.name.find_last_of('/');
  if (last == std::string::npos || last == 0) return 0;
  const std::string path = node.name.substr(0, last);
  const auto found = scopes_.find(path);
  if (found != scopes_.end()) return found->second;
  std::int32_t scope = 0;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) {
      const auto outer = graph().scope_number(scope);
      const auto inner = graph().scope(path.substr(at, end - at));
      scope = graph().current_scope();
    }
    at = end + 1;
  }
  scopes_.emplace(path, scope);
  return scope;
}

void Importer::run_branch(const FileGraph& graph) {
  add_initializers(graph);
  find_statistics(graph);
  run_nodes(graph);
}

void Importer::run_nodes(const FileGraph& graph) {
  const std::vector<bool> needed = needed_nodes(graph);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    if (needed[n]) run_node(graph.nodes[n]);
}

void Importer::run_node(const FileNode& node) {
  const NodeId first = graph().size();
  ++node_number_;
  const auto scope = graph().scope_number(scope_of(node));
  bool is_broken = false;
  try {
    const Rule* rule = node.domain.empty() ? find_rule(node.op_type) : nullptr;
    if (rule == nullptr && !can_fold(node)) unsupported(reason_without_rule(node));
    for (const std::string& input : node.inputs)
      if (!input.empty() && known(input).is_broken) {
        if (!known(input).why.empty()) unsupported(known(input).why);
        is_broken = true;
      }
    Op op(*this, node);
    if (!is_broken && !fold(op)) {
      if (rule == nullptr) unsupported("values that depend on the data or on the batch");
      rule->build(op);
    }
  } catch (const Unsupported& reason) {
    refuse(node, reason.reason);
    is_broken = true;
  } catch (const GraphError& error) {
    // Its place is a line of the rule, which says nothing to users.
    std::string text = error.what();
    if (const auto place = text.rfind(" ("); place != std::string::npos && text.back() == ')')
      text.resize(place);
    refuse(node, text);
    is_broken = true;
  } catch (const FileError&) {
    throw;
  } catch (const DataError& error) {
    fail(node, error.what());
  } catch (const std::out_of_range&) {
    fail(node, "a list of sizes, axes or attributes is shorter than the op needs");
  } catch (const std::length_error&) {
    fail(node, "a constant needs more memory than there is");
  } catch (const std::bad_alloc&) {
    fail(node, "a constant needs more memory than there is");
  }
  graph().set_place(first, place_in_file(model_->source->name(), node_number_));
  if (!is_broken) return;
  for (const std::string& output : node.outputs) {
    Known broken;
    broken.is_broken = true;
    if (!output.empty()) set(output, std::move(broken));
  }
}

void Importer::fail(const FileNode& node, const std::string& problem) const {
  throw DataError(in_quotes(model_->source->name()) + ": node " + in_quotes(node.name) + " (" +
                  name_of_op(node) + "): " + problem);
}

void Importer::refuse(const FileNode& node, const std::string& reason) {
  const std::string op = name_of_op(node);
  const std::string name = !node.name.empty()      ? node.name
                           : !node.outputs.empty() ? node.outputs.front()
                                                   : std::string();
  for (Refusal& refusal : refusals_)
    if (refusal.op == op && refusal.reason == reason) return refusal.nodes.push_back(name);
  refusals_.push_back({op, reason, {name}});
}

void Importer::throw_if_refused() const {
  if (!refusals_.empty()) throw ImportError(model_->source->name(), refusals_);
}

void Importer::add_outputs() {
  for (const FileValue& output : model_->graph.outputs) {
    Known& value = known(output.name);
    if (value.constant != nullptr || value.parameter != nullptr ||
        (value.tensor.graph != nullptr && graph().variable_index(value.tensor.id) >= 0)) {
      note("output " + in_quotes(output.name) + " does not depend on the data: left out");
      continue;
    }
    result_.outputs.emplace_back(output.name, plain(value));
  }
  if (result_.outputs.empty())
    throw DataError(in_quotes(model_->source->name()) +
                    " has no output that depends on its inputs, expected one");
}

}  // namespace foregraph::onnx
