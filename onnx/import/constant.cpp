#include <algorithm>
#include <cmath>
#include <cstring>
#include <foregraph/detail/onnx/format/elements.hpp>
#include <foregraph/detail/onnx/import/constant.hpp>
#include <foregraph/detail/onnx/import/unsupported.hpp>
#include <limits>

namespace foregraph::onnx {
namespace {

std::int64_t clamped(double value) {
  constexpr double limit = 9.2e18;
  if (value >= limit) return std::numeric_limits<std::int64_t>::max();
  if (value <= -limit) return std::numeric_limits<std::int64_t>::min() + 1;
  return static_cast<std::int64_t>(value);
}

template <class T>
void append(std::vector<Element>& elements, const std::vector<std::byte>& bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(T)) {
    T value{};
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    elements.push_back({static_cast<double>(value)});
  }
}

}  // namespace

Element element_of(Dim dim) {
  return {static_cast<double>(dim.constant), static_cast<double>(dim.per_sample)};
}
Dim dim_of(Element element) {
  return {clamped(element.constant), clamped(element.per_sample)};
}

void Constant::compress() {
  if (elements.size() < 2) return;
  if (std::all_of(elements.begin(), elements.end(),
                  [&](const Element& each) { return each == elements.front(); }))
    elements.resize(1);
}

Constant scalar_constant(DType dtype, double value) {
  return {dtype, {}, {{value}}};
}
Constant list_constant(DType dtype, const std::vector<double>& values) {
  Constant constant{dtype, {static_cast<std::int64_t>(values.size())}, {}};
  for (const double value : values) constant.elements.push_back({value});
  return constant;
}

Constant read_constant(const FileModel& model, const FileTensor& tensor) {
  constexpr std::int64_t most = std::int64_t{1} << 22;
  const std::vector<std::byte> bytes = read_elements(model, tensor, most);
  Constant constant;
  constant.dtype = dtype_of_elements(tensor.type).value();
  if (tensor.dims.size() > Shape::max_rank) unsupported("a constant of more than 6 axes");
  for (const std::int64_t dim : tensor.dims) constant.shape.push_back(dim);
  switch (constant.dtype) {
    case DType::f32:
      append<float>(constant.elements, bytes);
      break;
    case DType::f64:
      append<double>(constant.elements, bytes);
      break;
    case DType::i32:
      append<std::int32_t>(constant.elements, bytes);
      break;
    case DType::i64:
      append<std::int64_t>(constant.elements, bytes);
      break;
    case DType::boolean:
      append<unsigned char>(constant.elements, bytes);
      break;
  }
  constant.compress();
  return constant;
}

}  // namespace foregraph::onnx
