#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

namespace detail {
template <class T>
concept InputElement =
    std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::int32_t> ||
    std::same_as<T, std::int64_t> || std::same_as<T, std::uint8_t> || std::same_as<T, bool>;
template <class List>
using list_element = std::remove_cvref_t<decltype(*std::declval<const List&>().data())>;
}  // namespace detail

/// The values of one model input for one or several samples, one row after another, to predict
/// without a data set. The values are copied.
///
///     predictor({{"x", features}, {"age", 41.0F}})
///
/// Element types are float, double, std::int32_t, std::int64_t, and bool or std::uint8_t for
/// booleans; they must be the input's, since nothing is converted. If the shape of a row is not
/// given, it is the input's.
class InputValues {
 public:
  /// Copies a std::vector, std::array, std::span or another contiguous container.
  template <class List>
  requires detail::InputElement<detail::list_element<List>> InputValues(
      std::string name, const List& values,  // NOLINT: as braces
      std::optional<std::vector<std::int64_t>> row_shape = {})
      : InputValues(std::move(name), std::span(values.data(), values.size()), std::move(row_shape),
                    0) {}
  /// Copies values in braces.
  template <detail::InputElement T>
  InputValues(std::string name, std::initializer_list<T> values,
              std::optional<std::vector<std::int64_t>> row_shape = {})
      : InputValues(std::move(name), std::span(values.begin(), values.size()), std::move(row_shape),
                    0) {}
  /// Takes one value.
  template <detail::InputElement T>
  InputValues(std::string name, T value)
      : InputValues(std::move(name), std::span(&value, 1), {}, 0) {}

  /// Returns the name of the input.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Returns the element type.
  [[nodiscard]] DType dtype() const { return dtype_; }
  /// Returns the number of elements of all samples.
  [[nodiscard]] std::size_t elements() const { return elements_; }
  /// Returns the row shape given, if any.
  [[nodiscard]] const std::optional<std::vector<std::int64_t>>& row_shape() const {
    return row_shape_;
  }
  /// Returns the values.
  [[nodiscard]] const std::shared_ptr<const std::byte>& data() const { return data_; }

 private:
  template <class T>
  InputValues(std::string name, std::span<T> values,
              std::optional<std::vector<std::int64_t>> row_shape, int)
      : name_(std::move(name)),
        dtype_(detail::field_dtype<std::remove_const_t<T>>),
        elements_(values.size()),
        row_shape_(std::move(row_shape)) {
    using Element = std::remove_const_t<T>;
    using Stored = std::conditional_t<std::is_same_v<Element, bool>, std::uint8_t, Element>;
    data_ = detail::own(std::vector<Stored>(values.begin(), values.end()));
  }

  std::string name_;
  DType dtype_;
  std::size_t elements_;
  std::optional<std::vector<std::int64_t>> row_shape_;
  std::shared_ptr<const std::byte> data_;
};

/// Returns the samples as one batch for `prediction`, the graph of a model's outputs; `evaluation`
/// is that of its loss as well, and the inputs that only the loss reads may be given too. Applies
/// `preprocessing`, unless null. Throws DataError for an input that is missing, unknown or given
/// twice, another dtype or shape, and different numbers of samples.
[[nodiscard]] FOREGRAPH_EXPORT data::Pipeline batch_of(std::span<const InputValues> values,
                                                       const Graph& prediction,
                                                       const Graph& evaluation,
                                                       const data::Preprocessing* preprocessing);

}  // namespace foregraph
