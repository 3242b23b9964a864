#include "data_file.hpp"

#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <foregraph/detail/data/formats/npz.hpp>
#include <foregraph/detail/diagnose/preflight/roles.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <new>
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

/// The model's inputs, and what a message about them ends with.
struct Inputs {
  std::vector<checks::InputRole> roles{};
  const checks::InputRole* target = nullptr;  ///< the only one, if it is alone
  std::size_t features = 0;
  std::string otherwise{};

  Inputs(const Graph& forward, Reader reader) : roles(checks::roles_of(forward)) {
    std::size_t targets = 0;
    for (const checks::InputRole& role : roles) {
      if (role.is_target) target = &role;
      ++(role.is_target ? targets : features);
    }
    if (targets != 1) target = nullptr;
    otherwise = std::string("; for data of another form call fg::") +
                (reader == Reader::check ? "preflight()" : "Trainer::fit()") +
                " in your own program";
    for (const checks::InputRole& role : roles) {
      const Node& node = forward.node(role.node);
      if (node.shape.rank == 0 || node.shape[0] != batch)
        throw UsageError("input " + in_quotes(role.name) + " is " +
                         to_string(node.dtype, node.shape) + ", expected an axis 0 of samples" +
                         otherwise);
    }
  }
};

std::int64_t values_per_sample(const Graph& forward, const checks::InputRole& role) {
  return forward.node(role.node).shape.elements().per_sample;
}

/// Returns the columns of an input that finds them by its name.
std::vector<std::string> columns_named(const std::string& name, std::int64_t count,
                                       const std::vector<std::string>& columns) {
  const auto has = [&](const std::string& column) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  };
  if (count == 1 && has(name)) return {name};
  std::vector<std::string> found;
  for (std::int64_t i = 0; i < count; ++i) {
    found.push_back(name + '_' + std::to_string(i));
    if (!has(found.back())) return {};
  }
  return found;
}

data::Dataset with_shapes_of(const Graph& forward, const Inputs& inputs, data::Dataset data) {
  for (const checks::InputRole& role : inputs.roles)
    data = with_shape_of(forward.node(role.node), role.name, std::move(data));
  return data;
}

data::Dataset read_arrays(const Graph& forward, const Inputs& inputs, const std::string& path,
                          const std::string& label) {
  std::vector<data::NpzField> fields;
  for (const checks::InputRole& role : inputs.roles)
    fields.push_back(
        {role.name, &role == inputs.target ? label : "", forward.node(role.node).dtype});
  return with_shapes_of(forward, inputs, data::read_npz(path, fields));
}

data::Dataset read_columns(const Graph& forward, const Inputs& inputs, const std::string& path,
                           const std::string& label, const std::string& delimiter) {
  data::CsvOptions options;
  options.delimiter = delimiter_of(delimiter);
  std::vector<std::string> names = data::csv_columns(path, options);
  if (names.size() < 2) (void)data::read_csv(path, options);  // throws the actual error
  const auto refuse = [&](const checks::InputRole& role, std::int64_t count) {
    const std::string columns = count == 1
                                    ? "a column " + in_quotes(role.name)
                                    : "columns " + in_quotes(role.name + "_0") + " to " +
                                          in_quotes(role.name + '_' + std::to_string(count - 1));
    throw DataError(path + ": input " + in_quotes(role.name) + ' ' +
                    to_string(forward.node(role.node).dtype, forward.node(role.node).shape) +
                    " needs " + columns + " (or an .npz file); the columns are " + some_of(names) +
                    inputs.otherwise);
  };
  if (const auto* target = inputs.target;
      target != nullptr && values_per_sample(forward, *target) == 1) {
    const std::string wanted = label.empty() ? "label" : label;
    const auto found = std::find(names.begin(), names.end(), wanted);
    if (found == names.end() && !label.empty())
      throw DataError(path + ": there is no column " + in_quotes(label) + "; the columns are " +
                      some_of(names));
    options.label = found != names.end() ? wanted : names.back();
    names.erase(found != names.end() ? found : names.end() - 1);
    options.fields.push_back({target->name, forward.node(target->node).dtype, {options.label}});
  }
  const checks::InputRole* rest = nullptr;
  for (const checks::InputRole& role : inputs.roles) {
    if (&role == inputs.target && !options.label.empty()) continue;
    if (!role.is_target && inputs.features == 1) {
      rest = &role;
      continue;
    }
    const std::int64_t count = values_per_sample(forward, role);
    const std::vector<std::string> columns = columns_named(role.name, count, names);
    if (columns.empty()) refuse(role, count);
    options.fields.push_back({role.name, forward.node(role.node).dtype, columns});
  }
  if (rest != nullptr) {
    for (const data::CsvField& field : options.fields)
      for (const std::string& column : field.columns) std::erase(names, column);
    options.fields.push_back({rest->name, forward.node(rest->node).dtype, names});
  }
  options.allow_non_finite = true;
  return with_shapes_of(forward, inputs, data::read_csv(path, options));
}

}  // namespace

data::Dataset read_data_of(const Graph& forward, const std::string& path, const std::string& label,
                           const std::string& delimiter, Reader reader) {
  const Inputs inputs(forward, reader);
  try {
    return path.ends_with(".npz") ? read_arrays(forward, inputs, path, label)
                                  : read_columns(forward, inputs, path, label, delimiter);
  } catch (const Error&) {
    throw;
  } catch (const InternalError&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw DataError(path + ": not enough memory for it; give a part of the file");
  } catch (const std::exception& error) {  // no error in a user's file is an internal one
    throw DataError(path + ": cannot be read: " + error.what());
  }
}

}  // namespace foregraph::cli
