#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/train/predict/predictions.hpp>

namespace foregraph {
namespace {

/// Returns the C++ type that Prediction::as() reads a dtype as.
std::string_view type_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "float";
    case DType::f64:
      return "double";
    case DType::i32:
      return "std::int32_t";
    case DType::i64:
      return "std::int64_t";
    case DType::boolean:
      return "std::uint8_t";
  }
  return "?";
}

std::string shape_text(DType dtype, std::span<const std::int64_t> shape) {
  std::string text(name_of(dtype));
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i == 0 ? "[" : ",") + std::to_string(shape[i]);
  return text + ']';
}

std::string name_given_by_graph(const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  if (!g.text(node.name).empty()) return full_name(g, id);
  std::string path = scope_path(g, node.scope);
  if (!path.empty()) path.pop_back();  // the '/'
  return path;
}

}  // namespace

void Prediction::check_dtype(DType asked) const {
  if (asked == dtype_) return;
  throw UsageError("output '" + name_ + "' is " + shape_text(dtype_, shape_) +
                   ", but was requested as " + std::string(name_of(asked)) + "; call as<" +
                   std::string(type_of(dtype_)) + ">(), or give the model an output cast(..., " +
                   std::string(name_of(asked)) + ")");
}

std::vector<std::string> Predictions::names() const {
  std::vector<std::string> names;
  for (const Prediction& output : outputs_) names.push_back(output.name());
  return names;
}

std::size_t Predictions::index_of(std::string_view name) const {
  const auto found = std::find_if(outputs_.begin(), outputs_.end(),
                                  [&](const Prediction& each) { return each.name() == name; });
  if (found != outputs_.end()) return static_cast<std::size_t>(found - outputs_.begin());
  std::string known;
  for (const Prediction& output : outputs_)
    known += (known.empty() ? "'" : ", '") + output.name() + "'";
  throw UsageError("the model has no output '" + std::string(name) + "'; it has " +
                   (known.empty() ? "none: list them in Model::outputs" : known));
}

std::size_t Predictions::checked(std::size_t index) const {
  if (index >= outputs_.size())
    throw UsageError("output " + std::to_string(index) + " was requested, but the model has " +
                     std::to_string(outputs_.size()) + "; list them in Model::outputs");
  if (!outputs_[index].why_.empty()) throw UsageError(outputs_[index].why_);
  return index;
}

std::vector<std::string> output_names(const Graph& built, const Model& model) {
  std::vector<std::string> given;
  std::vector<std::string> found;
  for (const Output& output : model.outputs) {
    given.emplace_back(built.text(output.name));
    found.push_back(name_given_by_graph(built, output.id));
  }
  std::vector<std::string> names = given;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!given[i].empty()) {
      if (std::count(given.begin(), given.end(), given[i]) > 1)
        throw UsageError("the model has two outputs '" + given[i] +
                         "'; give the outputs in Model::outputs different names");
      continue;
    }
    const bool is_unique = !found[i].empty() &&
                           std::count(found.begin(), found.end(), found[i]) == 1 &&
                           std::count(given.begin(), given.end(), found[i]) == 0;
    names[i] = is_unique ? found[i] : "output" + std::to_string(i);
  }
  return names;
}

}  // namespace foregraph
