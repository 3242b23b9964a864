#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/field_view.hpp>
#include <foregraph/detail/data/dataset/source.hpp>

namespace foregraph::data {

/// A named array of contiguous, row-major rows. `data` owns the memory.
struct Field {
  FieldSpec spec;                         ///< name, dtype and row shape
  std::int64_t rows = 0;                  ///< number of samples
  std::shared_ptr<const std::byte> data;  ///< the rows, one after another; shared and immutable
};

}  // namespace foregraph::data

namespace foregraph::detail {

/// The dtype of a field of T; std::uint8_t stands for boolean because std::vector<bool> is packed.
template <class T>
inline constexpr DType field_dtype = dtype_of<T>;
template <>
inline constexpr DType field_dtype<std::uint8_t> = DType::boolean;

/// Makes a Field of `elements` values after checking them against `row_shape`.
FOREGRAPH_EXPORT data::Field make_field(std::string name, DType dtype,
                                        std::vector<std::int64_t> row_shape, std::size_t elements,
                                        std::shared_ptr<const std::byte> data);

template <class T>
std::shared_ptr<const std::byte> own(std::vector<T> values) {
  const auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  return {owner, reinterpret_cast<const std::byte*>(owner->data())};
}

}  // namespace foregraph::detail

namespace foregraph::data {

/// One text per sample, shared with its data set.
class TextColumn {
 public:
  /// Returns the number of samples.
  [[nodiscard]] std::int64_t size() const { return size_; }
  /// Returns the text of a sample, counted from 0.
  [[nodiscard]] const std::string& operator[](std::int64_t sample) const {
    const std::int64_t row = rows_ ? (*rows_)[static_cast<std::size_t>(sample)] : first_ + sample;
    return (*values_)[static_cast<std::size_t>(row)];
  }

 private:
  friend class Dataset;
  std::shared_ptr<const std::vector<std::string>> values_;
  std::int64_t first_ = 0;
  std::shared_ptr<const std::vector<std::int64_t>> rows_;
  std::int64_t size_ = 0;
};

/// The samples of a training or evaluation set: named fields with one row per sample.
///
///     auto data = fg::data::Dataset().add("x", {10}, std::move(values)).add("label", {}, labels);
///
/// A Dataset is a value: its rows are immutable and shared, a copy costs one reference count, and
/// adding a field to a copy leaves the original unchanged. Element types are float, double,
/// std::int32_t, std::int64_t and bool (also as std::uint8_t, 0 or 1). Rows are in memory or read
/// on demand by a Source, so a file may be larger than memory. Reading from several threads is
/// safe.
class FOREGRAPH_EXPORT Dataset {
 public:
  Dataset();
  /// Creates a data set of all fields of `source`, read on demand. Throws DataError if the fields
  /// are invalid; see add().
  explicit Dataset(std::shared_ptr<const Source> source);

  /// Adds a field and takes ownership of its memory. Throws DataError if the name is empty or
  /// taken, a dimension is not positive, the values are not a whole number of rows, or the number
  /// of rows differs from that of the existing fields. The data set is then unchanged.
  Dataset& add(Field field) &;
  /// Adds all fields of a source, under the same conditions.
  Dataset& add(std::shared_ptr<const Source> source) &;

  /// Adds a field of `values` (moved, not copied) whose rows have the shape `row_shape`.
  template <class T>
  Dataset& add(std::string name, std::vector<std::int64_t> row_shape, std::vector<T> values) & {
    if constexpr (std::is_same_v<T, bool>) {
      return add(std::move(name), std::move(row_shape),
                 std::vector<std::uint8_t>(values.begin(), values.end()));
    } else {
      const std::size_t elements = values.size();
      return add(detail::make_field(std::move(name), detail::field_dtype<T>, std::move(row_shape),
                                    elements, detail::own(std::move(values))));
    }
  }

  /// Adds a field by copying `values`.
  template <class T>
  Dataset& add(std::string name, std::vector<std::int64_t> row_shape, std::span<T> values) & {
    return add(std::move(name), std::move(row_shape),
               std::vector<std::remove_const_t<T>>(values.begin(), values.end()));
  }

  /// Adds a field of a few values: `add("x", {2}, {1.0F, 2.0F})`.
  template <class T>
  Dataset& add(std::string name, std::vector<std::int64_t> row_shape,
               std::initializer_list<T> values) & {
    return add(std::move(name), std::move(row_shape), std::vector<T>(values));
  }

  /// Adds a field without copying: `values` must stay alive and unchanged as long as this data set
  /// and its copies exist.
  template <class T>
  Dataset& add_view(std::string name, std::vector<std::int64_t> row_shape, std::span<T> values) & {
    std::shared_ptr<const std::byte> unowned(std::shared_ptr<const std::byte>(),
                                             reinterpret_cast<const std::byte*>(values.data()));
    return add(detail::make_field(std::move(name), detail::field_dtype<std::remove_const_t<T>>,
                                  std::move(row_shape), values.size(), std::move(unowned)));
  }

  /// Overloads for temporaries, so that calls can be chained.
  template <class... Arguments>
  [[nodiscard]] Dataset add(Arguments&&... arguments) && {
    add(std::forward<Arguments>(arguments)...);
    return std::move(*this);
  }
  /// Adds a field to a temporary, so that calls can be chained.
  template <class T>
  [[nodiscard]] Dataset add(std::string name, std::vector<std::int64_t> row_shape,
                            std::vector<T> values) && {
    add(std::move(name), std::move(row_shape), std::move(values));
    return std::move(*this);
  }
  /// Adds a copy of `values` to a temporary, so that calls can be chained.
  template <class T>
  [[nodiscard]] Dataset add(std::string name, std::vector<std::int64_t> row_shape,
                            std::span<T> values) && {
    add(std::move(name), std::move(row_shape), values);
    return std::move(*this);
  }
  /// Adds values in braces to a temporary data set.
  template <class T>
  [[nodiscard]] Dataset add(std::string name, std::vector<std::int64_t> row_shape,
                            std::initializer_list<T> values) && {
    add(std::move(name), std::move(row_shape), std::vector<T>(values));
    return std::move(*this);
  }
  /// Adds a field without copying to a temporary; see add_view() above.
  template <class T>
  [[nodiscard]] Dataset add_view(std::string name, std::vector<std::int64_t> row_shape,
                                 std::span<T> values) && {
    add_view(std::move(name), std::move(row_shape), values);
    return std::move(*this);
  }

  /// Returns the number of rows, one per sample.
  [[nodiscard]] std::int64_t size() const;
  /// Returns name, dtype and row shape of each field, in the order of adding.
  [[nodiscard]] std::span<const FieldSpec> fields() const;

  /// Returns the index of the field called `name`, or -1.
  [[nodiscard]] std::ptrdiff_t find(std::string_view name) const;

  /// Returns all rows of a field, which must be in memory. The element type T must be the field's;
  /// std::uint8_t reads booleans. The view is valid as long as the data set or a copy of it. Throws
  /// UsageError for another type, or if the rows are not in memory, one after another; DataError if
  /// there is no such field.
  ///
  ///     const fg::data::FieldView<const float> images = data.values<float>("x");
  ///     const float first = images(0, y, x, channel);
  template <class T>
  [[nodiscard]] FieldView<const T> values(std::string_view name) const {
    const std::size_t field = find_as(name, detail::field_dtype<T>);
    const FieldSpec& spec = fields()[field];
    const auto elements = static_cast<std::size_t>(size() * spec.row_elements());
    return {{size() == 0 ? nullptr : reinterpret_cast<const T*>(data(field)), elements},
            spec.row_shape,
            size()};
  }
  /// Returns a copy of one row of a field, wherever it is. Throws UsageError for another type,
  /// DataError if there is no such field or row, and the errors of the source.
  template <class T>
  [[nodiscard]] std::vector<T> row(std::string_view name, std::int64_t row_index) const {
    const std::size_t field = find_as(name, detail::field_dtype<T>);
    std::vector<T> values(static_cast<std::size_t>(fields()[field].row_elements()));
    copy_row(field, row_index, reinterpret_cast<std::byte*>(values.data()));
    return values;
  }

  /// Adds one text per sample. Models take only numbers; Preprocessing::vocabulary() converts a
  /// text to a field. Throws DataError as add().
  Dataset& add_text(std::string name, std::vector<std::string> values) &;
  /// Adds a text to a temporary, so that calls can be chained.
  [[nodiscard]] Dataset add_text(std::string name, std::vector<std::string> values) && {
    add_text(std::move(name), std::move(values));
    return std::move(*this);
  }
  /// Returns the names of the texts, in the order of adding.
  [[nodiscard]] std::vector<std::string> text_names() const;
  /// Returns true if there is a text called `name`.
  [[nodiscard]] bool has_text(std::string_view name) const;
  /// Returns the text called `name`. Throws DataError if there is none.
  [[nodiscard]] TextColumn text(std::string_view name) const;
  /// Returns this data set with `field` replacing the text of the same name. Throws DataError as
  /// add().
  [[nodiscard]] Dataset with_text_as(Field field) const;

  /// Returns the samples listed in `rows`, in that order; repeats are allowed. Rows are shared;
  /// each row number takes 8 bytes. Throws DataError if a row is out of range.
  [[nodiscard]] Dataset select(std::vector<std::int64_t> rows) const;
  /// Returns `count` samples starting at `first`, sharing the rows. Throws DataError if out of
  /// range.
  [[nodiscard]] Dataset slice(std::int64_t first, std::int64_t count) const;

  /// Permutes the axes of a field's rows: axis i of the result is axis axes[i], so {1, 2, 0} turns
  /// {channels, height, width} into {height, width, channels}. Rows are permuted as they are read,
  /// using one extra row of memory. Throws DataError if the field does not exist, UsageError unless
  /// each axis occurs exactly once.
  [[nodiscard]] Dataset permute(std::string_view field, std::vector<std::int64_t> axes) const;
  /// Changes the row shape of a field to one with the same number of elements; the values keep
  /// their order and nothing is copied. Throws DataError if the field does not exist, UsageError if
  /// the number of elements differs.
  [[nodiscard]] Dataset reshape(std::string_view field, std::vector<std::int64_t> row_shape) const;

  /// Returns true if the rows of the field are in memory.
  [[nodiscard]] bool in_memory(std::size_t field_index) const;
  /// Return the address of a field, or of one of its rows. Throw UsageError if the rows are not in
  /// memory or, for the whole field, not contiguous.
  [[nodiscard]] const std::byte* data(std::size_t field_index) const;
  /// Returns the address of one row; see data().
  [[nodiscard]] const std::byte* row(std::size_t field_index, std::int64_t row_index) const;
  /// Copies field i of one row to `to[i]`, unless null. Allocates nothing itself.
  void read(std::int64_t row_index, std::span<std::byte* const> to) const;

 private:
  friend class RowReader;
  struct State;
  explicit Dataset(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  /// Returns this data set's state if it is not shared, so that adding many fields does not copy
  /// those already there; otherwise returns a copy.
  [[nodiscard]] std::shared_ptr<State> state_to_change() const;
  /// Returns the index of a field whose dtype must be `asked`.
  [[nodiscard]] std::size_t find_as(std::string_view name, DType asked) const;
  void copy_row(std::size_t field_index, std::int64_t row_index, std::byte* to) const;

  std::shared_ptr<const State> state_;
};

}  // namespace foregraph::data
