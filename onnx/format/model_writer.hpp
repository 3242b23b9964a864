#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/onnx/format/model_file.hpp>

namespace foregraph::onnx {

/// A tensor to be written, whose elements are made when they are: of all large tensors, one at a
/// time is in memory twice, and none if its elements lie in the order of the file.
struct WrittenTensor {
  std::string name{};
  DType dtype = f32;
  std::vector<std::int64_t> dims{};
  /// Returns the elements, which lie in `scratch` if they have to be made.
  std::function<std::span<const std::byte>(std::vector<std::byte>& scratch)> elements{};

  /// Returns the bytes of all elements.
  [[nodiscard]] std::int64_t size_bytes() const;
};

/// An attribute to be written.
struct WrittenAttribute {
  std::string name{};
  std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
               WrittenTensor>
      value{};
};
using WrittenAttributes = std::vector<WrittenAttribute>;

/// A node to be written.
struct WrittenNode {
  std::string op_type{};
  std::string name{};
  std::vector<std::string> inputs{};  ///< an operand left out is ""
  std::vector<std::string> outputs{};
  WrittenAttributes attributes{};
};

/// A model to be written.
struct WrittenModel {
  std::string name{};
  std::string producer{};
  std::string producer_version{};
  std::int64_t opset = 17;
  std::vector<WrittenNode> nodes{};
  std::vector<WrittenTensor> initializers{};
  std::vector<FileValue> inputs{};
  std::vector<FileValue> outputs{};
};

/// Returns the number of a dtype's elements in ONNX.
[[nodiscard]] ElementType element_type_of(DType dtype);

/// Writes an ONNX file. If `external` is true, or the file would be larger than the 2 GiB that
/// protobuf can read, the elements of tensors of 1 KiB and more are in a second file, named as the
/// first with ".data" at the end. Both replace older files in one step each, the data first, once
/// all is written. Throws FileError.
void write_model(const std::filesystem::path& path, const WrittenModel& model, bool external);

}  // namespace foregraph::onnx
