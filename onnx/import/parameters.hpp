#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <foregraph/detail/graph/initializer.hpp>
#include <foregraph/detail/onnx/format/model_file.hpp>
#include <foregraph/detail/onnx/import/constant.hpp>
#include <foregraph/detail/onnx/variable.hpp>

namespace foregraph::onnx {

/// The values of the variables of a file, read from it when a trainer makes them. Keeps the file
/// open.
class FileValues final : public StartValues {
 public:
  explicit FileValues(std::shared_ptr<const FileModel> model) : model_(std::move(model)) {}

  /// Adds the values of a tensor of the file or of a constant; returns their number.
  std::int64_t add(const FileTensor& tensor, const Arrangement& arrangement);
  std::int64_t add(const Constant& constant, const Arrangement& arrangement);

  void write(std::int64_t number, std::span<std::byte> elements) const override;

 private:
  struct Entry {
    const FileTensor* tensor = nullptr;  ///< in *model_; null for a constant
    Constant constant{};
    Arrangement arrangement{};
  };

  std::shared_ptr<const FileModel> model_;
  std::vector<Entry> entries_;
};

}  // namespace foregraph::onnx
