#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// Dtype of the values that predictions return as T; booleans are std::uint8_t, 0 or 1.
template <class T>
inline constexpr DType predicted_dtype = dtype_of<T>;
template <>
inline constexpr DType predicted_dtype<std::uint8_t> = boolean;

/// The values of one output for some samples, row-major, with its shape and dtype.
class FOREGRAPH_EXPORT Prediction {
 public:
  /// An output without values yet, whose shape has the batch as its first dimension.
  Prediction(std::string name, DType dtype, std::vector<std::int64_t> shape)
      : name_(std::move(name)), dtype_(dtype), shape_(std::move(shape)) {}
  /// An output that has no row per sample; asking for it is UsageError `why`.
  Prediction(std::string name, std::string why) : name_(std::move(name)), why_(std::move(why)) {}

  /// Returns the name of the output.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Returns the element type.
  [[nodiscard]] DType dtype() const { return dtype_; }
  /// Returns the dimensions. The first is that of the batch: the number of samples for
  /// f32[batch,10], and twice that number for f32[2*batch,10].
  [[nodiscard]] std::span<const std::int64_t> shape() const { return shape_; }
  /// Returns the number of dimensions.
  [[nodiscard]] int rank() const { return static_cast<int>(shape_.size()); }
  /// Returns the number of elements of all samples.
  [[nodiscard]] std::int64_t elements() const {
    return static_cast<std::int64_t>(bytes_.size()) / bytes_per_element(dtype_);
  }

  /// Returns the values. T must be the element type: float, double, std::int32_t, std::int64_t, or
  /// std::uint8_t for booleans; any other throws UsageError. The span is valid as long as this
  /// object. Of a temporary object, as in `predictor(batch)["logits"].as<float>()`, the result is a
  /// std::vector.
  template <class T>
  [[nodiscard]] std::span<const T> as() const& {
    check_dtype(predicted_dtype<T>);
    return {reinterpret_cast<const T*>(bytes_.data()), static_cast<std::size_t>(elements())};
  }
  /// Returns a copy of the values.
  template <class T>
  [[nodiscard]] std::vector<T> as() && {
    const auto values = static_cast<const Prediction&>(*this).as<T>();
    return {values.begin(), values.end()};
  }
  /// Returns the values as bytes.
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  friend class Predictions;
  friend class ForwardPass;
  void check_dtype(DType asked) const;

  std::string name_;
  DType dtype_ = f32;
  std::vector<std::int64_t> shape_{};
  std::vector<std::byte> bytes_{};
  std::string why_{};  ///< not empty: why there are no values
};

/// All outputs of a model for some samples, by name or by index in Model::outputs:
///
///     const fg::Predictions predicted = predictor(fg::data::from(data));
///     const std::span<const float> logits = predicted["logits"].as<float>();
///     const std::int64_t classes = predicted["logits"].shape()[1];
///
/// Outputs have the names given in Model::outputs, or else those of their layers; see
/// output_names().
class FOREGRAPH_EXPORT Predictions {
 public:
  /// Holds the outputs of `samples` samples.
  Predictions(std::int64_t samples, std::vector<Prediction> outputs)
      : samples_(samples), outputs_(std::move(outputs)) {}

  /// Returns the number of samples.
  [[nodiscard]] std::int64_t samples() const { return samples_; }
  /// Returns the number of outputs.
  [[nodiscard]] std::size_t size() const { return outputs_.size(); }
  /// Returns the names of all outputs, in their order.
  [[nodiscard]] std::vector<std::string> names() const;

  /// Returns the output of that name. Throws UsageError if there is no such
  /// output, naming those there are, or if it does not have one row per sample.
  [[nodiscard]] const Prediction& operator[](std::string_view name) const& {
    return outputs_[checked(index_of(name))];
  }
  /// Returns the output of that index.
  [[nodiscard]] const Prediction& operator[](std::size_t index) const& {
    return outputs_[checked(index)];
  }
  /// Returns the output by value.
  [[nodiscard]] Prediction operator[](std::string_view name) && {
    return std::move(outputs_[checked(index_of(name))]);
  }
  /// Returns the output by value.
  [[nodiscard]] Prediction operator[](std::size_t index) && {
    return std::move(outputs_[checked(index)]);
  }

 private:
  [[nodiscard]] std::size_t index_of(std::string_view name) const;
  [[nodiscard]] std::size_t checked(std::size_t index) const;

  std::int64_t samples_;
  std::vector<Prediction> outputs_;
};

/// Returns the names of a model's outputs: the one given in Model::outputs; or else the name of an
/// input, a variable or a named node; or else the scope it was made in, which for the result of
/// `dense(h, 10, "logits")` is "logits"; or else, as if several outputs would have the same of
/// these, "output0" with the output's index. Throws UsageError if two outputs were given the same
/// name.
[[nodiscard]] FOREGRAPH_EXPORT std::vector<std::string> output_names(const Graph& built,
                                                                     const Model& model);

}  // namespace foregraph
