#include "data_file.hpp"

#include <algorithm>
#include <foregraph/graph/error.hpp>
#include <foregraph/graph/print.hpp>
#include <foregraph/runtime/data/csv.hpp>
#include <foregraph/runtime/preflight/roles.hpp>
#include <fstream>
#include <utility>
#include <vector>

#include "options.hpp"

namespace foregraph::cli {
namespace {

/// The names in the first line; read_csv() says what is wrong with the file, so nothing is checked.
std::vector<std::string> column_names(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  if (line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
  std::vector<std::string> names(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      names.emplace_back();
    else if (c != '\r')
      names.back() += c;
  }
  for (std::string& name : names) {
    name.erase(0, std::min(name.find_first_not_of(" \t"), name.size()));
    name.erase(name.find_last_not_of(" \t") + 1);
  }
  return names;
}

/// Gives as many columns as an image or a series has values its shape: they are in its order.
Dataset with_shape_of(const Node& input, const std::string& name, Dataset data) {
  std::vector<std::int64_t> shape;
  for (int axis = 1; axis < input.shape.rank; ++axis) shape.push_back(input.shape[axis].constant);
  const auto columns = data.fields()[static_cast<std::size_t>(data.find(name))].row_elements();
  if (input.shape.elements() != Dim{0, columns}) return data;
  return data.reshape(name, std::move(shape));
}

}  // namespace

Dataset read_data_of(const Graph& forward, const std::string& path, const std::string& label) {
  const checks::InputRole* feature = nullptr;
  const checks::InputRole* target = nullptr;
  const std::vector<checks::InputRole> roles = checks::roles_of(forward);
  std::size_t features = 0;
  std::size_t targets = 0;
  for (const checks::InputRole& role : roles) {
    (role.is_target ? target : feature) = &role;
    ++(role.is_target ? targets : features);
  }
  if (features != 1 || targets != 1 || forward.node(target->node).shape.elements() != Dim{0, 1})
    throw UsageError(
        "check reads the data of models with one input of features and one target of "
        "one value per sample, but this one has " +
        std::to_string(features) + " and " + std::to_string(targets) +
        (targets == 1 ? ", which is " + to_string(forward.node(target->node).dtype,
                                                  forward.node(target->node).shape)
                      : "") +
        "; call fg::preflight() in a program of your own");
  std::vector<std::string> names = column_names(path);
  const std::string wanted = label.empty() ? "label" : label;
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end() && !label.empty())
    throw DataError(path + ": there is no column '" + label + "'; the columns are " +
                    joined(names));
  const std::string target_column = found != names.end() ? wanted : names.back();
  names.erase(found != names.end() ? found : names.end() - 1);
  CsvOptions options;
  options.fields = {{feature->name, forward.node(feature->node).dtype, names},
                    {target->name, forward.node(target->node).dtype, {target_column}}};
  options.allow_non_finite = true;
  return with_shape_of(forward.node(feature->node), feature->name, read_csv(path, options));
}

}  // namespace foregraph::cli
