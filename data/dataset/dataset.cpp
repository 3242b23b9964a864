#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/dataset/row_shape.hpp>
#include <foregraph/detail/graph/checked_size.hpp>
#include <unordered_set>

#include <foregraph/detail/data/dataset/dataset_state.hpp>

namespace foregraph::data {
namespace {

/// A field in memory, with contiguous rows.
class Array final : public Source {
 public:
  explicit Array(Field field) : field_(std::move(field)) {}
  [[nodiscard]] std::span<const FieldSpec> fields() const override { return {&field_.spec, 1}; }
  [[nodiscard]] std::int64_t size() const override { return field_.rows; }
  void read(std::int64_t row, std::span<std::byte* const> to) const override {
    const std::int64_t bytes = field_.spec.row_bytes();
    std::memcpy(to[0], field_.data.get() + row * bytes, static_cast<std::size_t>(bytes));
  }
  [[nodiscard]] RowsInMemory in_memory(std::size_t) const override {
    return {field_.data.get(), field_.spec.row_bytes()};
  }

 private:
  Field field_;
};

/// Composes a selection with existing ones. Consecutive equal selections share one list of rows.
class Selector {
 public:
  explicit Selector(std::vector<std::int64_t> rows)
      : chosen_(std::make_shared<const std::vector<std::int64_t>>(std::move(rows))) {}

  RowSelection operator()(const RowSelection& before) {
    if (before == RowSelection{}) return {0, chosen_};
    if (!last_after_.rows || before != last_before_) {
      auto composed = std::make_shared<std::vector<std::int64_t>>(*chosen_);
      for (std::int64_t& row : *composed) row = before(row);
      last_before_ = before;
      last_after_ = {0, std::move(composed)};
    }
    return last_after_;
  }

 private:
  std::shared_ptr<const std::vector<std::int64_t>> chosen_;
  RowSelection last_before_{};
  RowSelection last_after_{};
};

RowSelection sliced(const RowSelection& before, std::int64_t first, std::int64_t count) {
  if (!before.rows) return {before.first + first, nullptr};
  const auto begin = before.rows->begin() + first;
  return {0, std::make_shared<const std::vector<std::int64_t>>(begin, begin + count)};
}

void check_bytes(const FieldSpec& spec, std::int64_t rows) {
  if (rows < 0 || !(CheckedSize(rows) * spec.row_bytes()).fits())
    throw DataError("field '" + spec.name + "' has " + std::to_string(rows) + " rows of " +
                    std::to_string(spec.row_bytes()) +
                    " bytes, expected 0 or more rows, with fewer than 2^63 bytes in total");
}

[[noreturn]] void refuse_taken_name(const std::string& name) {
  throw DataError("the data set already has a field " + in_quotes(name) +
                  "; give each field its own name");
}

}  // namespace

std::int64_t FieldSpec::row_elements() const {
  std::int64_t elements = 1;
  for (const std::int64_t size : row_shape) elements *= size;
  return elements;
}

void Source::read_rows(std::span<const std::int64_t> rows, std::span<std::byte*> to) const {
  const std::span<const FieldSpec> specs = fields();
  for (const std::int64_t row : rows) {
    read(row, to);
    for (std::size_t i = 0; i < to.size(); ++i)
      if (to[i] != nullptr) to[i] += specs[i].row_bytes();
  }
}

}  // namespace foregraph::data

namespace foregraph::detail {

data::Field make_field(std::string name, DType dtype, std::vector<std::int64_t> row_shape,
                       std::size_t elements, std::shared_ptr<const std::byte> data) {
  data::Field field{{std::move(name), dtype, std::move(row_shape)}, 0, std::move(data)};
  data::check_row_shape("", field.spec);
  const std::int64_t per_row = field.spec.row_elements();
  const auto count = static_cast<std::int64_t>(elements);
  if (count % per_row != 0)
    throw DataError("field '" + field.spec.name + "' has " + std::to_string(count) +
                    " values, which is not a whole number of rows of " + std::to_string(per_row) +
                    "; check its row shape");
  field.rows = count / per_row;
  return field;
}

}  // namespace foregraph::detail

namespace foregraph::data {

void Dataset::State::check_name(const std::string& name) const {
  if (name.empty()) throw DataError("a field of the data set has no name; give it one");
  if (find(name) != nullptr) refuse_taken_name(name);
}

void Dataset::State::check_rows(const std::string& name, std::int64_t count) const {
  if ((specs.empty() && texts.empty()) || count == rows) return;
  throw DataError("field '" + name + "' has " + std::to_string(count) +
                  " rows, but the previous fields have " + std::to_string(rows) +
                  "; every field needs one row per sample");
}

Dataset::Dataset() : state_(std::make_shared<State>()) {}

Dataset::Dataset(std::shared_ptr<const Source> source) : Dataset() {
  add(std::move(source));
}

Dataset& Dataset::add(Field field) & {
  if (field.data == nullptr && field.rows > 0)
    throw DataError("field '" + field.spec.name + "' has " + std::to_string(field.rows) +
                    " rows, but no data; set Field::data");
  return add(std::make_shared<const Array>(std::move(field)));
}

Dataset& Dataset::add(std::shared_ptr<const Source> source) & {
  if (source == nullptr) throw UsageError("the source of the data set is null");
  State::Part part{.source = source, .first_field = state_->specs.size()};
  std::unordered_set<std::string_view> own_names;
  for (const FieldSpec& spec : source->fields()) {
    state_->check_name(spec.name);
    if (!own_names.insert(spec.name).second) refuse_taken_name(spec.name);
    state_->check_rows(spec.name, source->size());
    check_row_shape("", spec);
    check_bytes(spec, source->size());
    part.in_memory.push_back(source->in_memory(part.in_memory.size()));
  }
  const std::shared_ptr<State> next = state_to_change();
  for (const FieldSpec& spec : source->fields()) {
    next->columns.emplace(spec.name, State::Column{false, next->specs.size()});
    next->specs.push_back(spec);
    next->part_of.push_back(next->parts.size());
  }
  next->rows = source->size();
  next->parts.push_back(std::move(part));
  state_ = next;
  return *this;
}

std::shared_ptr<Dataset::State> Dataset::state_to_change() const {
  if (state_.use_count() == 1) return std::const_pointer_cast<State>(state_);
  return std::make_shared<State>(*state_);
}

std::int64_t Dataset::size() const {
  return state_->rows;
}
std::span<const FieldSpec> Dataset::fields() const {
  return state_->specs;
}

std::ptrdiff_t Dataset::find(std::string_view name) const {
  const State::Column* const found = state_->find(name);
  return found == nullptr || found->is_text ? -1 : static_cast<std::ptrdiff_t>(found->index);
}

Dataset Dataset::select(std::vector<std::int64_t> rows) const {
  for (const std::int64_t row : rows)
    if (row < 0 || row >= size())
      throw DataError("row " + std::to_string(row) + " was selected, but the data set has " +
                      std::to_string(size()) + " rows");
  auto next = std::make_shared<State>(*state_);
  next->rows = static_cast<std::int64_t>(rows.size());
  Selector select(std::move(rows));
  for (State::Part& part : next->parts) part.selection = select(part.selection);
  for (State::Text& text : next->texts) text.selection = select(text.selection);
  return Dataset(std::move(next));
}

Dataset Dataset::slice(std::int64_t first, std::int64_t count) const {
  if (first < 0 || count < 0 || first > size() - count)
    throw DataError(std::to_string(count) + " rows starting at row " + std::to_string(first) +
                    " were requested, but the data set has " + std::to_string(size()));
  auto next = std::make_shared<State>(*state_);
  next->rows = count;
  for (State::Part& part : next->parts) part.selection = sliced(part.selection, first, count);
  for (State::Text& text : next->texts) text.selection = sliced(text.selection, first, count);
  return Dataset(std::move(next));
}

bool Dataset::in_memory(std::size_t field_index) const {
  return state_->in_memory(field_index).first != nullptr;
}

const std::byte* Dataset::data(std::size_t field_index) const {
  const RowSelection& selection = state_->parts[state_->part_of[field_index]].selection;
  const FieldSpec& spec = state_->specs[field_index];
  if (in_memory(field_index) &&
      (selection.rows || state_->in_memory(field_index).stride_bytes != spec.row_bytes()))
    throw UsageError("the rows of field '" + spec.name +
                     "' are not contiguous; access them with Dataset::row()");
  return row(field_index, 0);
}

const std::byte* Dataset::row(std::size_t field_index, std::int64_t row_index) const {
  const RowsInMemory& rows = state_->in_memory(field_index);
  if (rows.first == nullptr)
    throw UsageError("the rows of field '" + state_->specs[field_index].name +
                     "' are not in memory; copy them with Dataset::read()");
  const std::int64_t at = state_->parts[state_->part_of[field_index]].selection(row_index);
  return rows.first + at * rows.stride_bytes;
}

std::size_t Dataset::find_as(std::string_view name, DType asked) const {
  const std::ptrdiff_t index = find(name);
  if (index < 0) {
    std::string known;
    for (const FieldSpec& spec : fields())
      known += (known.empty() ? "" : ", ") + in_quotes(spec.name);
    throw DataError("the data set has no field " + in_quotes(std::string(name)) + "; it has " +
                    (known.empty() ? "none" : known));
  }
  const FieldSpec& spec = fields()[static_cast<std::size_t>(index)];
  if (spec.dtype != asked)
    throw UsageError("field '" + spec.name + "' is " + std::string(name_of(spec.dtype)) +
                     " with rows of " + row_shape_text(spec.row_shape) + ", but was requested as " +
                     std::string(name_of(asked)));
  return static_cast<std::size_t>(index);
}

void Dataset::copy_row(std::size_t field_index, std::int64_t row_index, std::byte* to) const {
  if (row_index < 0 || row_index >= size())
    throw DataError("row " + std::to_string(row_index) + " was requested, but the data set has " +
                    std::to_string(size()) + " rows");
  std::vector<std::byte*> addresses(fields().size(), nullptr);
  addresses[field_index] = to;
  read(row_index, addresses);
}

void Dataset::read(std::int64_t row_index, std::span<std::byte* const> to) const {
  for (const State::Part& part : state_->parts) {
    const auto wanted = to.subspan(part.first_field, part.in_memory.size());
    bool any = false;
    for (std::byte* const address : wanted) any = any || address != nullptr;
    if (any) part.source->read(part.selection(row_index), wanted);
  }
}

}  // namespace foregraph::data
