#include "data_file.hpp"

#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <foregraph/detail/diagnose/preflight/roles.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <fstream>
#include <utility>
#include <vector>

#include "options.hpp"

namespace foregraph::cli {
namespace {

char delimiter_of(const std::string& text) {
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() != 1)
    throw UsageError("--delimiter: '" + text +
                     "' is not one character, expected one such as ',' or ';', or 'tab'");
  return text[0];
}

/// Returns the names as text, or the first few if there are very many.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t most_shown = 20;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(names.size(), most_shown); ++i)
    shown.push_back(in_quotes(names[i]));
  const std::size_t more = names.size() - shown.size();
  return joined(shown) + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

/// Reshapes the feature columns to the input's shape if the sizes match, as for an image or a
/// series; the columns are in that order.
data::Dataset with_shape_of(const Node& input, const std::string& name, data::Dataset data) {
  std::vector<std::int64_t> shape;
  for (int axis = 1; axis < input.shape.rank; ++axis) shape.push_back(input.shape[axis].constant);
  const auto columns = data.fields()[static_cast<std::size_t>(data.find(name))].row_elements();
  if (input.shape.elements() != Dim{0, columns}) return data;
  return data.reshape(name, std::move(shape));
}

}  // namespace

data::Dataset read_data_of(const Graph& forward, const std::string& path, const std::string& label,
                           const std::string& delimiter) {
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
        "check supports models with one input of features and one target with one value per "
        "sample, but this one has " +
        std::to_string(features) + " and " + std::to_string(targets) +
        (targets == 1 ? ", which is " + to_string(forward.node(target->node).dtype,
                                                  forward.node(target->node).shape)
                      : "") +
        "; call fg::preflight() in your own program");
  data::CsvOptions options;
  options.delimiter = delimiter_of(delimiter);
  std::vector<std::string> names = data::csv_columns(path, options);
  if (names.size() < 2) (void)data::read_csv(path, options);  // throws the actual error
  const std::string wanted = label.empty() ? "label" : label;
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end() && !label.empty())
    throw DataError(path + ": there is no column " + in_quotes(label) + "; the columns are " +
                    some_of(names));
  const std::string target_column = found != names.end() ? wanted : names.back();
  names.erase(found != names.end() ? found : names.end() - 1);
  options.fields = {{feature->name, forward.node(feature->node).dtype, names},
                    {target->name, forward.node(target->node).dtype, {target_column}}};
  options.label = target_column;
  options.allow_non_finite = true;
  return with_shape_of(forward.node(feature->node), feature->name, data::read_csv(path, options));
}

}  // namespace foregraph::cli
