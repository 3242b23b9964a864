#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/graph/shape.hpp>
#include <foregraph/detail/onnx/format/model_file.hpp>

namespace foregraph::onnx {

/// An element of a constant: a number that may grow with the batch size B, constant + per_sample *
/// B. Exact for integers below 2^53; larger ones, which stand for "as far as possible", are
/// rounded.
struct Element {
  double constant = 0;
  double per_sample = 0;

  [[nodiscard]] bool is_number() const { return per_sample == 0; }
  friend bool operator==(const Element&, const Element&) = default;
};
/// Returns the size as an element, and an element as a size. The latter is clamped to 64 bits.
[[nodiscard]] Element element_of(Dim dim);
[[nodiscard]] Dim dim_of(Element element);

/// A value of the model that does not depend on the data: attributes, shapes, and what is computed
/// from them. Its sizes and elements may grow with the batch.
struct Constant {
  DType dtype = f32;
  Shape shape{};
  /// Row-major; just one if all are equal, however many there are.
  std::vector<Element> elements{};

  [[nodiscard]] bool is_uniform() const { return elements.size() == 1; }
  /// Returns element i, row-major. Throws std::out_of_range, as a file may say anything.
  [[nodiscard]] const Element& at(std::int64_t i) const {
    return elements.at(is_uniform() ? 0 : static_cast<std::size_t>(i));
  }
  /// Keeps one element if all are equal.
  void compress();
};

/// Returns a constant of one element and rank 0.
[[nodiscard]] Constant scalar_constant(DType dtype, double value);
/// Returns a constant of rank 1.
[[nodiscard]] Constant list_constant(DType dtype, const std::vector<double>& values);
/// Returns the elements of a tensor of the file. Throws DataError if it cannot be read or has more
/// than a million elements.
[[nodiscard]] Constant read_constant(const FileModel& model, const FileTensor& tensor);

}  // namespace foregraph::onnx
