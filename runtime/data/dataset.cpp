#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/data/dataset.hpp>

namespace foregraph {

struct Dataset::State {
  std::vector<FieldSpec> specs;
  std::vector<std::shared_ptr<const std::byte>> data;
  std::int64_t rows = 0;
};

std::int64_t FieldSpec::row_elements() const {
  std::int64_t elements = 1;
  for (const std::int64_t size : row_shape) elements *= size;
  return elements;
}

namespace detail {

Field make_field(std::string name, DType dtype, std::vector<std::int64_t> row_shape,
                 std::size_t elements, std::shared_ptr<const std::byte> data) {
  Field field{{std::move(name), dtype, std::move(row_shape)}, 0, std::move(data)};
  std::int64_t per_row = 1;
  for (const std::int64_t size : field.spec.row_shape) {
    if (size < 1 || __builtin_mul_overflow(per_row, size, &per_row))
      throw DataError("field '" + field.spec.name + "': a dimension of its row shape is " +
                      std::to_string(size) + ", expected positive sizes that fit memory");
  }
  const auto count = static_cast<std::int64_t>(elements);
  if (count % per_row != 0)
    throw DataError("field '" + field.spec.name + "' has " + std::to_string(count) +
                    " values, which is no whole number of rows of " + std::to_string(per_row) +
                    "; check its row shape");
  field.rows = count / per_row;
  return field;
}

}  // namespace detail

Dataset::Dataset() : state_(std::make_shared<const State>()) {}

Dataset& Dataset::add(Field field) & {
  if (field.spec.name.empty()) throw DataError("a field of a data set needs a name");
  if (find(field.spec.name) >= 0)
    throw DataError("the data set already has a field '" + field.spec.name +
                    "'; give each field its own name");
  if (!state_->specs.empty() && field.rows != state_->rows)
    throw DataError("field '" + field.spec.name + "' has " + std::to_string(field.rows) +
                    " rows, but the fields before it have " + std::to_string(state_->rows) +
                    "; every field needs one row per sample");
  auto next = std::make_shared<State>(*state_);
  next->rows = field.rows;
  next->specs.push_back(std::move(field.spec));
  next->data.push_back(std::move(field.data));
  state_ = std::move(next);
  return *this;
}

std::int64_t Dataset::size() const {
  return state_->rows;
}
std::span<const FieldSpec> Dataset::fields() const {
  return state_->specs;
}

std::ptrdiff_t Dataset::find(std::string_view name) const {
  for (std::size_t i = 0; i < state_->specs.size(); ++i)
    if (state_->specs[i].name == name) return static_cast<std::ptrdiff_t>(i);
  return -1;
}

const std::byte* Dataset::data(std::size_t field_index) const {
  return state_->data[field_index].get();
}

const std::byte* Dataset::row(std::size_t field_index, std::int64_t row_index) const {
  return data(field_index) + row_index * state_->specs[field_index].row_bytes();
}

}  // namespace foregraph
