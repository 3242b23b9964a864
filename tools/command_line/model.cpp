#include "model.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/compile/results.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/ops/activation/sigmoid.hpp>
#include <foregraph/detail/ops/activation/softmax.hpp>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "options.hpp"

namespace foregraph::cli {
namespace {

using onnx::Loss;

constexpr std::array<std::pair<const char*, Loss>, 6> losses{
    {{"softmax_cross_entropy", Loss::softmax_cross_entropy},
     {"binary_cross_entropy", Loss::binary_cross_entropy},
     {"binary_cross_entropy_with_logits", Loss::binary_cross_entropy_with_logits},
     {"mean_squared_error", Loss::mean_squared_error},
     {"mean_absolute_error", Loss::mean_absolute_error},
     {"none", Loss::none}}};

std::string name_of_loss(Loss loss) {
  return std::find_if(losses.begin(), losses.end(),
                      [&](const auto& each) { return each.second == loss; })
      ->first;
}

Loss parse_loss(const std::string& text) {
  std::vector<std::string> names;
  for (const auto& [name, loss] : losses) {
    if (text == name) return loss;
    names.emplace_back(name);
  }
  const std::string near = nearest(text, names);
  throw UsageError("--loss: there is no loss " + in_quotes(text) +
                   (near.empty() ? "" : ", did you mean '" + near + "'?") + "; the losses are " +
                   joined(names));
}

/// Splits "name=value" at the last '=', since names of a file may have one.
std::pair<std::string, std::string> parse_pair(const std::string& option, const std::string& text,
                                               const std::string& example) {
  const auto equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError(option + ": " + in_quotes(text) + " has no name before '=', expected one as " +
                     example);
  return {text.substr(0, equals), text.substr(equals + 1)};
}

template <class T>
T parse_number(const std::string& option, const std::string& text, const std::string& example) {
  T number{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size())
    throw UsageError(option + ": " + in_quotes(text) + " is no number, expected one as in " +
                     example);
  return number;
}

onnx::LoadOptions load_options(const OnnxRequest& request) {
  onnx::LoadOptions options;
  for (const std::string& text : request.dims) {
    const auto [name, size] = parse_pair("--dim", text, "sequence=128");
    options.dims[name] = parse_number<std::int64_t>("--dim", size, "sequence=128");
  }
  for (const std::string& text : request.inputs) {
    auto [name, values] = parse_pair("--input", text, "rate=16000");
    for (std::size_t begin = 0; begin <= values.size();) {
      const std::size_t end = std::min(values.find(',', begin), values.size());
      options.inputs[name].push_back(
          parse_number<double>("--input", values.substr(begin, end - begin), "rate=16000"));
      begin = end + 1;
    }
  }
  options.batch = request.batch_axis;
  options.as_training = !request.as_exported;
  return options;
}

/// Returns the output that a loss is about: the one named, or the first.
const Output& output_of(const onnx::ImportedModel& net, const std::string& name) {
  for (const Output& each : net.outputs)
    if (!name.empty() && net.graph.text(each.name) == name) return each;
  return net.outputs.front();  // with_loss() refuses a name that does not exist
}

/// Chooses a loss by the output, and says why.
std::pair<Loss, std::string> usual_loss(const onnx::ImportedModel& net, const Output& output) {
  const Node& node = net.graph.node(output.id);
  const Shape& shape = node.shape;
  if (!is_floating(node.dtype))
    throw UsageError("output " + in_quotes(net.graph.text(output.name)) + " is " +
                     to_string(node.dtype, shape) +
                     ", which no loss takes; choose a floating-point one with --output-name");
  const bool reads_integers =
      !net.graph.inputs.empty() &&
      std::all_of(net.graph.inputs.begin(), net.graph.inputs.end(),
                  [&](NodeId id) { return !is_floating(net.graph.node(id).dtype); });
  if (shape.rank == 0) return {Loss::none, "it is a single number"};
  if (node.op == &sigmoid_op) return {Loss::binary_cross_entropy, "it is a sigmoid"};
  if (shape.rank == 2 && shape[1].is_constant() && shape[1].constant > 1)
    return {Loss::softmax_cross_entropy, "it has several columns"};
  if (shape.rank == 3 && shape[2].is_constant() && shape[2].constant > 1 && reads_integers)
    return {Loss::softmax_cross_entropy, "it has scores for each position of integers"};
  return {Loss::mean_squared_error, "it has no columns of classes"};
}

bool has_modes(const Graph& g) {
  for (NodeId id = 0; id < g.size(); ++id)
    if (g.node(id).op->kind == OpKind::mode) return true;
  return false;
}

bool is_given(const OnnxRequest& request) {
  return !request.dims.empty() || !request.inputs.empty() || !request.batch_axis.empty() ||
         request.as_exported || request.as_training || !request.loss.empty() ||
         !request.output.empty() || request.class_axis != 0;
}

}  // namespace

ChosenModel read_model(const std::string& path, const OnnxRequest& request) {
  std::optional<Loss> asked;
  if (!request.loss.empty()) asked = parse_loss(request.loss);
  auto net = std::make_shared<onnx::ImportedModel>(onnx::load(path, load_options(request)));
  if (net->outputs.empty())
    throw DataError(in_quotes(path) + " has no output that depends on its inputs, expected one");
  ChosenModel result;
  result.notes = net->notes;
  const Output output = output_of(*net, request.output);
  const std::string output_name(net->graph.text(output.name));
  Loss loss = Loss::none;
  if (asked) {
    loss = *asked;
  } else {
    const auto [usual, why] = usual_loss(*net, output);
    loss = usual;
    result.notes.push_back("the loss is " + name_of_loss(loss) + " of output " +
                           in_quotes(output_name) + ", since " + why + "; --loss takes another");
  }
  if (loss == Loss::softmax_cross_entropy && net->graph.node(output.id).op == &softmax_op)
    result.notes.push_back("output " + in_quotes(output_name) +
                           " is a softmax already, but the loss takes what is before it: it learns "
                           "slowly so");
  if (!request.as_exported && has_modes(net->graph))
    result.notes.emplace_back(
        "batch norm and dropout train, whatever the file was exported for; --as-exported keeps "
        "them as they are");
  const Model model =
      net->with_loss(loss, {.output = request.output, .class_axis = request.class_axis});
  result.named.name = path;
  result.named.description =
      "ONNX model, " +
      (loss == Loss::none ? std::string("the loss is") : name_of_loss(loss) + " of") + " output " +
      in_quotes(output_name);
  result.named.model = [net, model](Graph& g) {
    g = net->graph.clone();
    return on_clone(g, model);
  };
  result.imported = std::move(net);
  return result;
}

ChosenModel choose_model(const Request& request, const std::vector<NamedModel>& models) {
  const std::string& name = request.model;
  std::vector<std::string> names;
  for (const NamedModel& each : models) {
    if (each.name != name) {
      names.push_back(each.name);
      continue;
    }
    if (is_given(request.onnx))
      throw UsageError(
          "model '" + name +
          "' is known by name and has inputs and a loss of its own; --dim, --input, "
          "--batch-axis, --as-exported, --as-training, --loss, --output-name and --class-axis are "
          "for files of ONNX");
    return {.named = each};
  }
  std::error_code failed;
  if (name.ends_with(".onnx") || std::filesystem::exists(name, failed))
    return read_model(name, request.onnx);
  const std::string near = nearest(name, names);
  throw UsageError("there is no model '" + name + "'" +
                   (near.empty() ? "" : ", did you mean '" + near + "'?") + "; the models are " +
                   (names.empty() ? "none" : joined(names)));
}

void print_notes(const std::vector<std::string>& notes, std::ostream& out, const char* prefix) {
  for (const std::string& note : notes) out << prefix << note << '\n';
}

std::string with_notes(const std::string& json, const std::vector<std::string>& notes) {
  if (notes.empty()) return json;
  auto document = nlohmann::ordered_json::parse(json);
  document["notes"] = notes;
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace foregraph::cli
