#pragma once

#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/graph/shape.hpp>
#include <foregraph/detail/onnx/format/model_file.hpp>
#include <foregraph/detail/onnx/load.hpp>

namespace foregraph::onnx {

/// What an input of the file is.
struct InputShape {
  enum class Role : std::uint8_t {
    data,       ///< an input of the graph, with samples along axis 0
    given,      ///< a switch that the options set
    parameter,  ///< a weight without values: files of architectures have these
  };
  std::string name{};
  Role role = Role::data;
  Shape shape{};
  DType dtype = f32;
  std::vector<double> values{};  ///< of a switch: one, or one for each element
};

/// Decides what the inputs of a file are, and the sizes of their axes.
class InputShapes {
 public:
  /// Throws UsageError for options that do not fit the file or leave sizes open, and DataError for
  /// inputs that are no tensors of numbers.
  InputShapes(const std::vector<const FileValue*>& inputs, const LoadOptions& options);

  [[nodiscard]] const std::vector<InputShape>& inputs() const { return inputs_; }
  /// Returns the batch size of a file whose inputs have a fixed one.
  [[nodiscard]] std::optional<std::int64_t> fixed_batch() const { return fixed_batch_; }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  [[nodiscard]] bool is_batch(const FileDim& dim) const;
  [[nodiscard]] bool is_data(const FileValue& value) const;
  void find_batch(const std::vector<const FileValue*>& inputs);
  [[nodiscard]] Shape shape_of(const FileValue& value, bool has_batch);
  void check_options(const std::vector<const FileValue*>& inputs) const;

  const LoadOptions& options_;
  std::vector<InputShape> inputs_;
  std::vector<std::string> notes_;
  std::vector<std::string> batch_names_;
  std::optional<std::int64_t> fixed_batch_;
  std::vector<std::string> open_;  ///< axes without a size
};

}  // namespace foregraph::onnx
