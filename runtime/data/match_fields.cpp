#include <algorithm>
#include <foregraph/graph/error.hpp>
#include <foregraph/graph/print.hpp>
#include <foregraph/runtime/data/match_fields.hpp>
#include <string>

namespace foregraph {
namespace {

std::string names_of(const Pipeline& data) {
  std::string names;
  for (const FieldSpec& field : data.fields())
    names += (names.empty() ? "'" : ", '") + field.name + "'";
  return names;
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
                      "; nothing is converted silently: make one like the other");
    if (elements.constant != 0 || elements.per_sample != field.row_elements())
      throw DataError("field '" + field.name + "' of the data set has " +
                      std::to_string(field.row_elements()) +
                      " elements per sample, but the model's input '" + name + "' is " +
                      to_string(node.dtype, node.shape) + "; make one like the other");
    fields.push_back(
        {static_cast<std::size_t>(index), plan.places[static_cast<std::size_t>(id)].offset});
  }
  const auto is_mask = [](const SlotField& field) { return field.field_index == mask_field; };
  if (data.tail() == Tail::pad && std::none_of(fields.begin(), fields.end(), is_mask))
    throw DataError(
        "the batches are filled up (Tail::pad), but the model has no input 'mask', f32[batch], "
        "that "
        "tells samples from filling, so that these would be learned as well; give its loss one, or "
        "use Tail::keep, which needs none");
  return fields;
}

std::vector<std::byte*> slot_bases(std::byte* first, const Plan& plan) {
  std::vector<std::byte*> bases;
  for (std::int64_t slot = 0; slot < plan.options.input_buffers; ++slot)
    bases.push_back(first + slot * plan.slot_bytes);
  return bases;
}

}  // namespace foregraph
