#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/row_shape.hpp>
#include <foregraph/detail/data/loader/match_fields.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <string>

namespace foregraph::data {
namespace {

std::string names_of(const Pipeline& data) {
  std::string names;
  for (const FieldSpec& field : data.fields())
    names += (names.empty() ? "'" : ", '") + field.name + "'";
  return names;
}

}  // namespace

std::vector<std::int64_t> input_row_shape(const Node& node, const std::string& name) {
  std::vector<std::int64_t> shape;
  int axis = 0;
  while (axis < node.shape.rank && node.shape[axis].is_one()) ++axis;
  const Dim first = axis < node.shape.rank ? node.shape[axis] : Dim{1};
  bool rows_only = first.constant == 0 && first.per_sample > 0;
  if (first.per_sample != 1) shape.push_back(first.per_sample);
  for (++axis; axis < node.shape.rank; ++axis) {
    rows_only = rows_only && node.shape[axis].is_constant();
    shape.push_back(node.shape[axis].constant);
  }
  if (!rows_only)
    throw DataError("the model's input '" + name + "' is " + to_string(node.dtype, node.shape) +
                    ", but batches hold one row per sample; make the batch the input's first "
                    "dimension, and move it inside the model with permute()");
  return shape;
}

namespace {

/// Throws DataError with a suggested fix unless the field's rows match the input.
void check_shape(const FieldSpec& field, const Node& node, const std::string& name) {
  const std::vector<std::int64_t> expected = input_row_shape(node, name);
  if (same_layout(field.row_shape, expected)) return;
  const std::string what = "field '" + field.name + "' of the data set has rows of " +
                           row_shape_text(field.row_shape) + ", but the model's input '" + name +
                           "' is " + to_string(node.dtype, node.shape) + " and takes rows of " +
                           row_shape_text(expected);
  if (const auto axes = axes_between(field.row_shape, expected))
    throw DataError(what + ", the same dimensions in another order; reorder them with .permute(\"" +
                    field.name + "\", " + row_shape_text(*axes) +
                    ") on the pipeline or the data set");
  if (field.row_elements() == node.shape.elements().per_sample)
    throw DataError(
        what +
        "; if the values are in the order that the model expects, relabel them with .reshape(\"" +
        field.name + "\", " + row_shape_text(expected) +
        ") on the pipeline or the data set; otherwise reorder them with .permute() first");
  throw DataError(what + ": " + std::to_string(field.row_elements()) +
                  " elements per sample, not " + std::to_string(node.shape.elements().per_sample) +
                  "; make the two shapes equal");
}

}  // namespace

std::vector<SlotField> match_fields(const Graph& g, const Plan& plan, const Pipeline& data) {
  std::vector<SlotField> fields;
  for (const NodeId id : g.inputs) {
    const Node& node = g.node(id);
    const std::string name = full_name(g, id);
    const Dim elements = node.shape.elements();
    const std::ptrdiff_t index = data.find(g.text(node.name));
    if (index < 0 && g.text(node.name) == mask_name && node.dtype == f32 && elements == Dim{0, 1}) {
      fields.push_back({mask_field, plan.places[static_cast<std::size_t>(id)].offset});
      continue;
    }
    if (index < 0)
      throw DataError("the model's input '" + name + "' (" + to_string(node.dtype, node.shape) +
                      ") has no field of that name in the data set, which has " + names_of(data) +
                      "; rename the field or the input");
    const FieldSpec& field = data.fields()[static_cast<std::size_t>(index)];
    if (field.dtype != node.dtype)
      throw DataError("field '" + field.name + "' of the data set is " +
                      std::string(name_of(field.dtype)) + ", but the model's input '" + name +
                      "' is " + to_string(node.dtype, node.shape) +
                      "; nothing is converted implicitly: make the two types equal");
    check_shape(field, node, name);
    fields.push_back(
        {static_cast<std::size_t>(index), plan.places[static_cast<std::size_t>(id)].offset});
  }
  const auto is_mask = [](const SlotField& field) { return field.field_index == mask_field; };
  if (data.tail() == Tail::pad && std::none_of(fields.begin(), fields.end(), is_mask))
    throw DataError(
        "the last batch is padded (Tail::pad), but the model has no input 'mask', f32[batch], to "
        "tell samples from padding, so it would train on padding; give the loss a mask, or use "
        "Tail::keep, which needs none");
  return fields;
}

std::vector<std::byte*> slot_bases(std::byte* first, const Plan& plan) {
  std::vector<std::byte*> bases;
  for (std::int64_t slot = 0; slot < plan.options.input_buffers; ++slot)
    bases.push_back(first + slot * plan.slot_bytes);
  return bases;
}

}  // namespace foregraph::data
