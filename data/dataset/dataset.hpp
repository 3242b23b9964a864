#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <foregraph/detail/data/dataset/source.hpp>

namespace foregraph {

/// A named array of rows, contiguous and row-major. `data` keeps its memory alive.
struct Field {
  FieldSpec spec;
  std::int64_t rows = 0;
  std::shared_ptr<const std::byte> data;
};

namespace detail {

/// Bytes may stand for booleans, because std::vector<bool> is packed.
template <class T>
inline constexpr DType field_dtype = dtype_of<T>;
template <>
inline constexpr DType field_dtype<std::uint8_t> = DType::boolean;

/// Checks `elements` values of `dtype` against `row_shape` and makes them a Field.
Field make_field(std::string name, DType dtype, std::vector<std::int64_t> row_shape,
                 std::size_t elements, std::shared_ptr<const std::byte> data);

template <class T>
std::shared_ptr<const std::byte> own(std::vector<T> values) {
  const auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  return {owner, reinterpret_cast<const std::byte*>(owner->data())};
}

}  // namespace detail

/// A text per sample, shared with its data set.
class TextColumn {
 public:
  /// Samples.
  [[nodiscard]] std::int64_t size() const { return size_; }
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
///     auto data = fg::Dataset().add("x", {10}, std::move(values)).add("label", {}, labels);
///
/// A Dataset is a value: the rows are immutable and shared, a copy costs one reference count, and
/// adding a field to a copy leaves the original as it was. Element types are float, double,
/// std::int32_t, std::int64_t, and bool (also given as std::uint8_t, each 0 or 1). The rows are in
/// memory or read by a Source when they are wanted; a file may be larger than memory. Reading from
/// several threads is safe.
class Dataset {
 public:
  Dataset();
  /// All fields of `source`, read when they are wanted. Throws DataError if its fields are wrong;
  /// see add().
  explicit Dataset(std::shared_ptr<const Source> source);

  /// Adds a field and takes its memory over. Throws DataError if the name is empty or taken, a
  /// dimension is not positive, the values are no whole number of rows, or there are more or fewer
  /// rows than in the fields before. The data set is unchanged then.
  Dataset& add(Field field) &;
  /// Adds all fields of a source, under the same conditions.
  Dataset& add(std::shared_ptr<const Source> source) &;

  /// Adds a field of `values` (moved in, not copied), whose rows have the shape `row_shape`.
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

  /// Adds a field with a copy of `values`.
  template <class T>
  Dataset& add(std::string name, std::vector<std::int64_t> row_shape, std::span<T> values) & {
    return add(std::move(name), std::move(row_shape),
               std::vector<std::remove_const_t<T>>(values.begin(), values.end()));
  }

  /// Adds a field without copying: `values` must stay alive and unchanged as long as this data set
  /// and its copies.
  template <class T>
  Dataset& add_view(std::string name, std::vector<std::int64_t> row_shape, std::span<T> values) & {
    std::shared_ptr<const std::byte> unowned(std::shared_ptr<const std::byte>(),
                                             reinterpret_cast<const std::byte*>(values.data()));
    return add(detail::make_field(std::move(name), detail::field_dtype<std::remove_const_t<T>>,
                                  std::move(row_shape), values.size(), std::move(unowned)));
  }

  /// The same on a temporary, for chains.
  template <class... Arguments>
  [[nodiscard]] Dataset add(Arguments&&... arguments) && {
    add(std::forward<Arguments>(arguments)...);
    return std::move(*this);
  }
  template <class T>
  [[nodiscard]] Dataset add(std::string name, std::vector<std::int64_t> row_shape,
                            std::vector<T> values) && {
    add(std::move(name), std::move(row_shape), std::move(values));
    return std::move(*this);
  }
  template <class T>
  [[nodiscard]] Dataset add(std::string name, std::vector<std::int64_t> row_shape,
                            std::span<T> values) && {
    add(std::move(name), std::move(row_shape), values);
    return std::move(*this);
  }
  template <class T>
  [[nodiscard]] Dataset add_view(std::string name, std::vector<std::int64_t> row_shape,
                                 std::span<T> values) && {
    add_view(std::move(name), std::move(row_shape), values);
    return std::move(*this);
  }

  /// Rows, that is samples.
  [[nodiscard]] std::int64_t size() const;
  [[nodiscard]] std::span<const FieldSpec> fields() const;

  /// The index of the field called `name`, or -1.
  [[nodiscard]] std::ptrdiff_t find(std::string_view name) const;

  /// Adds a text per sample. A model takes numbers only: Preprocessing::vocabulary() makes it a
  /// field. Throws DataError as add().
  Dataset& add_text(std::string name, std::vector<std::string> values) &;
  [[nodiscard]] Dataset add_text(std::string name, std::vector<std::string> values) && {
    add_text(std::move(name), std::move(values));
    return std::move(*this);
  }
  [[nodiscard]] std::vector<std::string> text_names() const;
  [[nodiscard]] bool has_text(std::string_view name) const;
  /// The text called `name`, of the samples of this data set. Throws DataError if there is none.
  [[nodiscard]] TextColumn text(std::string_view name) const;
  /// This data set with a field in place of the text of the same name. Throws DataError as add().
  [[nodiscard]] Dataset with_text_as(Field field) const;

  /// Samples `rows` of this data set, in that order; one may be there several times. The rows are
  /// shared, the numbers take 8 bytes each. Throws DataError if one is out of range.
  [[nodiscard]] Dataset select(std::vector<std::int64_t> rows) const;
  /// `count` samples from `first` on, shared. Throws DataError if they are not all there.
  [[nodiscard]] Dataset slice(std::int64_t first, std::int64_t count) const;

  /// Moves the axes of a field's rows: axis i of the result is axis axes[i], so that {1, 2, 0}
  /// makes {channels, height, width} {height, width, channels}. Done row by row when they are read,
  /// into one more row of memory. Throws DataError if there is no such field, UsageError unless
  /// each axis comes once.
  [[nodiscard]] Dataset permute(std::string_view field, std::vector<std::int64_t> axes) const;
  /// Gives a field's rows another shape of as many elements; their values stay in the order in
  /// which they lie, and nothing is copied. Throws DataError if there is no such field, UsageError
  /// if the number of elements differs.
  [[nodiscard]] Dataset reshape(std::string_view field, std::vector<std::int64_t> row_shape) const;

  /// Whether the rows of a field lie in memory.
  [[nodiscard]] bool in_memory(std::size_t field_index) const;
  /// The first byte of a field, or of one row of it. Throws UsageError if the rows do not lie in
  /// memory or, for the whole field, not one after another.
  [[nodiscard]] const std::byte* data(std::size_t field_index) const;
  [[nodiscard]] const std::byte* row(std::size_t field_index, std::int64_t row_index) const;
  /// Copies one row: field i to `to[i]`, unless that is null. Allocates nothing itself.
  void read(std::int64_t row_index, std::span<std::byte* const> to) const;

 private:
  friend class RowReader;
  struct State;
  explicit Dataset(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  /// This data set's state if no other shares it, so that many fields are not copied for each that
  /// is added; else a copy.
  [[nodiscard]] std::shared_ptr<State> state_to_change() const;

  std::shared_ptr<const State> state_;
};

}  // namespace foregraph
