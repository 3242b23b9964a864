#include <algorithm>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>

#include <foregraph/detail/data/preprocess/preprocessing_state.hpp>

namespace foregraph::data {
namespace {

using Kind = PreprocessingStep::Kind;

/// Statistics are tiled to at least this many elements.
constexpr std::size_t tile_elements = 48;

[[noreturn]] void fail_field(const FieldSteps& field, const FieldSpec& spec) {
  const auto text = [](DType dtype, std::span<const std::int64_t> shape) {
    return std::string(name_of(dtype)) + ' ' + row_shape_text(shape);
  };
  throw DataError("preprocessing: field '" + field.field + "' has rows of " +
                  text(spec.dtype, spec.row_shape) + ", expected " +
                  (field.fitted ? text(field.dtype, field.row_shape) + " as in the training data"
                                : "f32 or f64"));
}

/// Undoes a step in double: used for a few predictions, which should be as exact as possible.
template <class T>
void undo(const PreprocessingStep& step, std::span<T> row) {
  const std::size_t width = step.shift.size();
  for (std::size_t i = 0; i < row.size(); ++i) {
    double x = static_cast<double>(row[i]);
    switch (step.kind) {
      case Kind::standardize:
        x = x * step.divisor[i % width] + step.shift[i % width];
        break;
      case Kind::min_max:
        x = (x - step.low) / (step.high - step.low) * step.divisor[i % width] +
            step.shift[i % width];
        break;
      case Kind::scale:
        x = (x - step.high) / step.low;
        break;
      case Kind::log1p:
        x = std::expm1(x);
        break;
      case Kind::clip:
      case Kind::vocabulary:
        break;
    }
    row[i] = static_cast<T>(x);
  }
}

/// Calls `use` with each row of `rows`, which must be whole, or once with all if any length will
/// do.
template <class T, class Use>
void for_rows(const Preprocessing::State& state, std::string_view name, std::span<T> rows,
              Use use) {
  if (!state.fitted)
    throw UsageError("preprocessing: not fitted yet; call fit() with the training data");
  const FieldSteps* field = state.find(name);
  if (field == nullptr) return;
  std::size_t row = rows.size();
  if (field->fitted) {
    row = 1;
    for (const std::int64_t size : field->row_shape) row *= static_cast<std::size_t>(size);
  }
  if (row == 0) return;
  if (rows.size() % row != 0)
    throw UsageError("preprocessing: " + std::to_string(rows.size()) + " values of field '" +
                     field->field + "' are not a whole number of rows of " + std::to_string(row));
  for (std::size_t first = 0; first < rows.size(); first += row)
    use(*field, rows.subspan(first, row));
}

template <class T>
void apply_rows(const Preprocessing::State& state, std::string_view name, std::span<T> rows) {
  for_rows(state, name, rows, [](const FieldSteps& field, std::span<T> row) {
    field.check_numbers(dtype_of<T>);
    field.apply(row);
  });
}

template <class T>
void undo_rows(const Preprocessing::State& state, std::string_view name, std::span<T> rows) {
  for_rows(state, name, rows, [&](const FieldSteps& field, std::span<T> row) {
    for (auto step = field.steps.rbegin(); step != field.steps.rend(); ++step)
      undo(state.steps[*step], row);
  });
}

}  // namespace

template <class T>
NumericStep<T>::NumericStep(const PreprocessingStep& step)
    : kind(step.kind), low(static_cast<T>(step.low)), high(static_cast<T>(step.high)) {
  if (step.shift.empty()) return;
  const std::size_t width = step.shift.size();
  const std::size_t elements =
      step.per == Per::feature ? width : (tile_elements + width - 1) / width * width;
  for (std::size_t i = 0; i < elements; ++i) {
    const double range = kind == Kind::min_max ? step.high - step.low : 1.0;
    shift.push_back(static_cast<T>(step.shift[i % width]));
    factor.push_back(static_cast<T>(range / step.divisor[i % width]));
  }
}

// Subtract first, then multiply: x * a + b would give other results on machines that fuse it.
template <class T>
void NumericStep<T>::apply(std::span<T> row) const {
  T* x = row.data();
  const std::size_t count = row.size();
  const T a = low;
  const T b = high;
  switch (kind) {
    case Kind::standardize:
    case Kind::min_max: {
      const T offset = kind == Kind::min_max ? a : T{0};
      const T* from = shift.data();
      const T* by = factor.data();
      for (std::size_t first = 0; first < count; first += shift.size()) {
        const std::size_t size = std::min(shift.size(), count - first);
        T* part = x + first;
        if (kind == Kind::standardize) {
          for (std::size_t i = 0; i < size; ++i) part[i] = (part[i] - from[i]) * by[i];
        } else {
          for (std::size_t i = 0; i < size; ++i) part[i] = (part[i] - from[i]) * by[i] + offset;
        }
      }
      return;
    }
    case Kind::scale:
      for (std::size_t i = 0; i < count; ++i) x[i] = x[i] * a + b;
      return;
    case Kind::clip:
      for (std::size_t i = 0; i < count; ++i) x[i] = x[i] < a ? a : x[i] > b ? b : x[i];
      return;
    case Kind::log1p:
      for (std::size_t i = 0; i < count; ++i) x[i] = std::log1p(x[i]);
      return;
    case Kind::vocabulary:
      return;
  }
}

template struct NumericStep<float>;
template struct NumericStep<double>;

void Preprocessing::apply(Sample& sample) const {
  for (const FieldSteps& field : state_->fields) {
    const FieldSpec* spec = sample.spec(field.field);
    if (spec == nullptr) continue;
    if (field.fitted && (spec->dtype != field.dtype || spec->row_shape != field.row_shape))
      fail_field(field, *spec);
    field.check_numbers(spec->dtype);
    if (spec->dtype == DType::f32)
      field.apply(sample.field<float>(field.field));
    else if (spec->dtype == DType::f64)
      field.apply(sample.field<double>(field.field));
    else
      fail_field(field, *spec);
  }
}

void Preprocessing::apply(std::string_view field, std::span<float> rows) const {
  apply_rows(*state_, field, rows);
}
void Preprocessing::apply(std::string_view field, std::span<double> rows) const {
  apply_rows(*state_, field, rows);
}
void Preprocessing::inverse(std::string_view field, std::span<float> rows) const {
  undo_rows(*state_, field, rows);
}
void Preprocessing::inverse(std::string_view field, std::span<double> rows) const {
  undo_rows(*state_, field, rows);
}

}  // namespace foregraph::data
