#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/random.hpp>
#include <foregraph/detail/data/dataset/row_shape.hpp>
#include <foregraph/detail/data/dataset/sample.hpp>
#include <string>

namespace foregraph::data {

const FieldSpec* Sample::spec(std::string_view name) const {
  for (const Current& each : current_)
    if (each.spec != nullptr && each.spec->name == name) return each.spec;
  return nullptr;
}

Sample::Row Sample::find(std::string_view name, DType dtype, bool read_only) const {
  const auto check_dtype = [&](const FieldSpec& spec) {
    if (spec.dtype != dtype)
      throw UsageError("a transform requested field '" + spec.name + "' as " +
                       std::string(name_of(dtype)) + ", but it is " +
                       std::string(name_of(spec.dtype)));
  };
  for (const Current& each : current_) {
    if (each.spec == nullptr || each.spec->name != name) continue;
    check_dtype(*each.spec);
    return {each.data, static_cast<std::size_t>(each.spec->row_elements())};
  }
  const std::ptrdiff_t index = dataset_ == nullptr ? -1 : dataset_->find(name);
  if (index < 0)
    throw UsageError("a transform requested field '" + std::string(name) +
                     "', which is not in the data set");
  const auto field = static_cast<std::size_t>(index);
  const FieldSpec& spec = dataset_->fields()[field];
  check_dtype(spec);
  if (!read_only)
    throw UsageError("a transform requested write access to field '" + spec.name +
                     "', which is not part of the batch; read it with field<const T>");
  const auto elements = static_cast<std::size_t>(spec.row_elements());
  if (!dataset_->in_memory(field)) return {read_other(field), elements};
  return {const_cast<std::byte*>(dataset_->row(field, row_)), elements};  // returned as const
}

void Sample::check_shape(std::string_view name, std::span<const std::int64_t> row_shape) const {
  const FieldSpec* found = spec(name);
  if (found == nullptr) found = &dataset_->fields()[static_cast<std::size_t>(dataset_->find(name))];
  if (std::equal(row_shape.begin(), row_shape.end(), found->row_shape.begin(),
                 found->row_shape.end()))
    return;
  throw UsageError("a transform requested field '" + found->name + "' with rows of " +
                   row_shape_text(row_shape) + ", but its rows are " +
                   row_shape_text(found->row_shape));
}

std::byte* Sample::read_other(std::size_t field) const {
  const std::size_t fields = dataset_->fields().size();
  others_->rows.resize(fields);
  others_->to.resize(fields, nullptr);
  std::vector<double>& row = others_->rows[field];
  row.resize(static_cast<std::size_t>((dataset_->fields()[field].row_bytes() + 7) / 8));
  others_->to[field] = reinterpret_cast<std::byte*>(row.data());
  dataset_->read(row_, others_->to);
  others_->to[field] = nullptr;
  return reinterpret_cast<std::byte*>(row.data());
}

std::uint64_t Sample::random_seed(std::uint64_t use) const {
  if (before_cache_)
    throw UsageError(
        "random_seed: a random transform before cache() would give the same values in every epoch; "
        "call cache() before the random transforms");
  return random_bits(seed_ ^ 0x5851f42d4c957f2dULL ^ spread_bits(use),
                     static_cast<std::uint64_t>(pass_), static_cast<std::uint64_t>(random_index_));
}

}  // namespace foregraph::data
