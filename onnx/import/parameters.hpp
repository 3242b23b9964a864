#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <foregraph/detail/graph/initializer.hpp>
#include <foregraph/detail/onnx/format/model_file.hpp>
#include <foregraph/detail/onnx/import/constant.hpp>

namespace foregraph::onnx {

/// How the elements of a tensor of the file lie in a variable: seen as an array of the sizes `view`,
/// its axes are reordered by `axes` (axis i of the variable is axis axes[i] of the view). The
/// variable may then join axes.
struct Arrangement {
  std::vector<std::int64_t> view{};
  std::vector<int> axes{};

  [[nodiscard]] bool is_plain() const;
  /// Returns where element i of the file, for i in [first, first + indices.size()), is in the
  /// variable.
  void indices(std::int64_t first, std::span<std::int64_t> indices) const;
};

/// A variable made of a tensor of the file: a parameter, or a state such as a running mean.
struct ImportedVariable {
  std::string name{};                ///< in the file and in the graph
  std::vector<std::int64_t> dims{};  ///< in the file
  DType dtype = f32;                 ///< in the graph
  Arrangement arrangement{};
  bool trainable = true;
  bool has_values = true;  ///< the file has its values
};

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
