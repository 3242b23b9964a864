// permute() and reshape() of Dataset and Pipeline, which change the shape or axis order of rows.
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/row_shape.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <utility>

#include <foregraph/detail/data/dataset/dataset_state.hpp>

namespace foregraph::data {
namespace {

/// A source that permutes the axes of one field as its rows are read.
class PermutedSource final : public Source {
 public:
  PermutedSource(std::shared_ptr<const Source> source, std::size_t field, RowPermutation permute)
      : source_(std::move(source)),
        fields_(source_->fields().begin(), source_->fields().end()),
        field_(field),
        permute_(std::move(permute)),
        bytes_(permute_.result().row_bytes()) {
    fields_[field_] = permute_.result();
  }

  [[nodiscard]] std::span<const FieldSpec> fields() const override { return fields_; }
  [[nodiscard]] std::int64_t size() const override { return source_->size(); }
  void read(std::int64_t row, std::span<std::byte* const> to) const override {
    source_->read(row, to);
    if (to[field_] != nullptr) permute_in_place(to[field_], 1);
  }
  void read_rows(std::span<const std::int64_t> rows, std::span<std::byte*> to) const override {
    std::byte* const first = to[field_];
    source_->read_rows(rows, to);
    if (first != nullptr) permute_in_place(first, static_cast<std::int64_t>(rows.size()));
  }
  [[nodiscard]] std::int64_t bytes_per_reader() const override {
    return source_->bytes_per_reader() + bytes_;
  }

 private:
  void permute_in_place(std::byte* first, std::int64_t rows) const {
    static thread_local std::vector<std::byte> copy;
    const auto bytes = static_cast<std::size_t>(bytes_);
    if (copy.size() < bytes) copy.resize(bytes);
    for (std::int64_t i = 0; i < rows; ++i) {
      std::memcpy(copy.data(), first + i * bytes_, bytes);
      permute_(copy.data(), first + i * bytes_);
    }
  }

  std::shared_ptr<const Source> source_;
  std::vector<FieldSpec> fields_;
  std::size_t field_;
  RowPermutation permute_;
  std::int64_t bytes_;
};

/// Returns the index of a field, which must exist.
template <class Data>
std::size_t index_of(const Data& data, std::string_view field, std::string_view who) {
  const std::ptrdiff_t index = data.find(field);
  if (index >= 0) return static_cast<std::size_t>(index);
  std::string names;
  for (const FieldSpec& spec : data.fields())
    names += (names.empty() ? "'" : ", '") + spec.name + "'";
  throw DataError(std::string(who) + ": the data set has no field '" + std::string(field) +
                  "'; its fields are " + (names.empty() ? "none" : names));
}

}  // namespace

Dataset Dataset::permute(std::string_view field, std::vector<std::int64_t> axes) const {
  const std::size_t index = index_of(*this, field, "permute");
  RowPermutation permutation(state_->specs[index], std::move(axes));
  auto next = std::make_shared<State>(*state_);
  next->specs[index] = permutation.result();
  State::Part& part = next->parts[next->part_of[index]];
  const std::size_t in_part = index - part.first_field;
  part.source =
      std::make_shared<const PermutedSource>(part.source, in_part, std::move(permutation));
  part.in_memory[in_part] = {};
  return Dataset(std::move(next));
}

Dataset Dataset::reshape(std::string_view field, std::vector<std::int64_t> row_shape) const {
  const std::size_t index = index_of(*this, field, "reshape");
  FieldSpec changed = reshaped(state_->specs[index], std::move(row_shape));
  auto next = std::make_shared<State>(*state_);
  next->specs[index] = std::move(changed);
  return Dataset(std::move(next));
}

Pipeline Pipeline::permute(std::string field, std::vector<std::int64_t> axes) const {
  const FieldSpec& before = fields()[index_of(*this, field, "permute")];
  const RowPermutation permutation(before, std::move(axes));
  return converted(
      permutation.result(), before.dtype,
      [permutation](Sample&, std::span<const std::byte> from, std::span<std::byte> to) {
        permutation(from.data(), to.data());
      },
      "permute");
}

Pipeline Pipeline::reshape(std::string field, std::vector<std::int64_t> row_shape) const {
  const std::size_t index = index_of(*this, field, "reshape");
  FieldSpec changed = reshaped(fields()[index], std::move(row_shape));
  if (stream() || !stages().empty()) {
    const DType dtype = changed.dtype;
    return converted(
        std::move(changed), dtype,
        [](Sample&, std::span<const std::byte> from, std::span<std::byte> to) {
          std::memcpy(to.data(), from.data(), to.size());
        },
        "reshape");
  }
  auto next = std::make_shared<Description>(*description_);  // no values move
  next->dataset = next->dataset.reshape(field, changed.row_shape);
  next->fields[index] = std::move(changed);
  Pipeline result = *this;
  result.description_ = std::move(next);
  return result;
}

}  // namespace foregraph::data
