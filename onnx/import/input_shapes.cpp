#include <algorithm>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/onnx/import/input_shapes.hpp>
#include <set>

namespace foregraph::onnx {
namespace {

std::string joined(const std::vector<std::string>& parts, const char* separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

}  // namespace

InputShapes::InputShapes(const std::vector<const FileValue*>& inputs, const LoadOptions& options)
    : options_(options) {
  check_options(inputs);
  find_batch(inputs);
  std::vector<std::string> without_values;
  for (const FileValue* value : inputs) {
    InputShape input;
    input.name = value->name;
    const std::optional<DType> dtype = value->is_tensor ? dtype_for(value->type) : std::nullopt;
    if (!dtype)
      throw DataError(
          "input " + in_quotes(value->name) + " is of " +
          (value->is_tensor ? "type " + name_of(value->type) : "a type that is no tensor") +
          ", expected a tensor of float32, float64, float16, int32, int64 or bool");
    if (!value->has_shape)
      throw DataError(
          "input " + in_quotes(value->name) +
          " has no shape, expected the number of its axes. What to do: export it again, " +
          "or add shapes with onnx.shape_inference");
    if (value->dims.size() > Shape::max_rank)
      throw DataError("input " + in_quotes(value->name) + " has " +
                      std::to_string(value->dims.size()) + " axes, expected at most 6");
    input.dtype = *dtype;
    if (value->type == ElementType::f16 || value->type == ElementType::bf16)
      notes_.push_back("input " + in_quotes(value->name) + " is of type " + name_of(value->type) +
                       " in the file, and f32 here");
    const auto given = options_.inputs.find(value->name);
    if (given != options_.inputs.end()) {
      input.role = InputShape::Role::given;
      input.values = given->second;
      input.shape = shape_of(*value, false);
      const std::int64_t elements = input.shape.elements().constant;
      if (input.values.size() != 1 && static_cast<std::int64_t>(input.values.size()) != elements)
        throw UsageError("input " + in_quotes(value->name) + " has " + std::to_string(elements) +
                         " elements, but " + std::to_string(input.values.size()) +
                         " values were given; expected one value, or one for each element");
    } else if (is_data(*value)) {
      input.shape = shape_of(*value, options_.has_batch);
    } else if (is_floating(*dtype) && !value->dims.empty()) {
      input.role = InputShape::Role::parameter;
      input.shape = shape_of(*value, false);
      without_values.push_back(in_quotes(value->name));
    } else {
      open_.push_back("input " + in_quotes(value->name) +
                      " has no axis for the samples of a batch: " +
                      "if it is a switch, give its value (--input " + value->name + "=1)");
    }
    inputs_.push_back(std::move(input));
  }
  if (!open_.empty()) throw UsageError("the file leaves open: " + joined(open_, "; "));
  if (!without_values.empty())
    notes_.push_back(std::to_string(without_values.size()) +
                     " parameters are inputs without values in the file, from " +
                     without_values.front() + " on: they start with random values");
}

void InputShapes::check_options(const std::vector<const FileValue*>& inputs) const {
  std::set<std::string> axes;
  std::set<std::string> names;
  for (const FileValue* value : inputs) {
    names.insert(value->name);
    for (std::size_t i = 0; i < value->dims.size(); ++i) {
      if (!value->dims[i].name.empty()) axes.insert(value->dims[i].name);
      axes.insert(value->name + ':' + std::to_string(i));
    }
  }
  const auto listed = [](const std::set<std::string>& all) {
    std::vector<std::string> quoted;
    for (const std::string& each : all)
      if (each.find(':') == std::string::npos || all.size() < 12) quoted.push_back(in_quotes(each));
    return quoted.empty() ? std::string("none") : joined(quoted, ", ");
  };
  for (const auto& [name, size] : options_.dims) {
    if (!axes.contains(name))
      throw UsageError("there is no axis " + in_quotes(name) +
                       " in the file's inputs, expected one " + "of " + listed(axes));
    if (size < 1)
      throw UsageError("the size of axis " + in_quotes(name) + " is " + std::to_string(size) +
                       ", expected at least 1");
  }
  for (const auto& [name, value] : options_.inputs)
    if (!names.contains(name))
      throw UsageError("there is no input " + in_quotes(name) + " in the file, expected one of " +
                       listed(names));
  if (!options_.batch.empty() && !axes.contains(options_.batch))
    throw UsageError("there is no axis " + in_quotes(options_.batch) +
                     " in the file's inputs for the batch, expected one of " + listed(axes));
}

void InputShapes::find_batch(const std::vector<const FileValue*>& inputs) {
  if (!options_.has_batch) return;
  if (!options_.batch.empty()) {
    batch_names_ = {options_.batch};
    return;
  }
  bool some_are_open = false;
  for (const FileValue* value : inputs) {
    if (options_.inputs.contains(value->name) || value->dims.empty() || value->dims[0].size)
      continue;
    some_are_open = true;
    const std::string& name = value->dims[0].name;
    if (!name.empty() && !options_.dims.contains(name)) batch_names_.push_back(name);
  }
  if (some_are_open) return;
  for (const FileValue* value : inputs) {
    if (options_.inputs.contains(value->name) || value->dims.empty()) continue;
    fixed_batch_ = value->dims[0].size;
    notes_.push_back("the file was exported for a batch of " + std::to_string(*fixed_batch_) +
                     ": axis 0 of its inputs is taken as the batch, whatever its size");
    return;
  }
}

bool InputShapes::is_batch(const FileDim& dim) const {
  return !dim.size && !dim.name.empty() &&
         std::find(batch_names_.begin(), batch_names_.end(), dim.name) != batch_names_.end();
}

bool InputShapes::is_data(const FileValue& value) const {
  if (!options_.has_batch) return true;
  if (std::any_of(value.dims.begin(), value.dims.end(),
                  [&](const FileDim& dim) { return is_batch(dim); }))
    return true;
  if (value.dims.empty()) return false;
  if (fixed_batch_) return value.dims[0].size == fixed_batch_;
  return !value.dims[0].size && options_.batch.empty();
}

Shape InputShapes::shape_of(const FileValue& value, bool has_batch) {
  Shape shape;
  for (std::size_t i = 0; i < value.dims.size(); ++i) {
    const FileDim& dim = value.dims[i];
    const std::string place = value.name + ':' + std::to_string(i);
    const bool is_first = has_batch && i == 0 && options_.batch.empty();
    const auto named = options_.dims.find(dim.name);
    const auto placed = options_.dims.find(place);
    if (has_batch && (is_batch(dim) || (is_first && (!dim.size || fixed_batch_))))
      shape.push_back(batch);
    else if (dim.size)
      shape.push_back(*dim.size);
    else if (!dim.name.empty() && named != options_.dims.end())
      shape.push_back(named->second);
    else if (placed != options_.dims.end())
      shape.push_back(placed->second);
    else {
      const std::string name = dim.name.empty() ? place : dim.name;
      open_.push_back("axis " + std::to_string(i) + " of input " + in_quotes(value.name) +
                      (dim.name.empty() ? "" : ", " + in_quotes(dim.name) + ',') +
                      " has no size: give it one (--dim " + name + "=128)");
      shape.push_back(1);
    }
  }
  return shape;
}

}  // namespace foregraph::onnx
