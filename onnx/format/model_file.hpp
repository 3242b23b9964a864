#pragma once

// The messages of an ONNX file (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), as far as
// models need them, without the elements of tensors.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/onnx/format/byte_source.hpp>

namespace foregraph::onnx {

/// The numbers of TensorProto.DataType.
enum class ElementType : std::int32_t {
  undefined = 0,
  f32 = 1,
  u8 = 2,
  i8 = 3,
  u16 = 4,
  i16 = 5,
  i32 = 6,
  i64 = 7,
  string = 8,
  boolean = 9,
  f16 = 10,
  f64 = 11,
  u32 = 12,
  u64 = 13,
  complex64 = 14,
  complex128 = 15,
  bf16 = 16
};
/// Returns "float32", "bfloat16", ...; "type 99" for a number without a name.
[[nodiscard]] std::string name_of(ElementType type);
/// Returns the dtype that holds the elements: f32 for 16-bit numbers as well; none for strings,
/// complex numbers and unsigned or short integers.
[[nodiscard]] std::optional<DType> dtype_for(ElementType type);

/// A tensor of the file. Its elements stay there; see read_elements().
struct FileTensor {
  std::string name{};
  ElementType type = ElementType::undefined;
  std::vector<std::int64_t> dims{};
  std::vector<Range> ranges{};  ///< where the elements are
  bool are_varints = false;     ///< the elements are varints, else of fixed size
  /// The file of external data, relative to the model's folder; empty if in the model's own file.
  std::string location{};

  /// Returns the product of the dims, which the reader has checked.
  [[nodiscard]] std::int64_t elements() const;
};

struct FileGraph;

/// An attribute of a node; which member is set depends on the op.
struct Attribute {
  std::int64_t integer = 0;
  float number = 0;
  std::string text{};
  std::vector<std::int64_t> integers{};
  std::vector<float> numbers{};
  std::vector<std::string> texts{};
  std::shared_ptr<const FileTensor> tensor{};
  std::shared_ptr<const FileGraph> graph{};
  bool refers_to_function = false;  ///< an argument of the function around it
};

/// An op of the file applied to values, which have names.
struct FileNode {
  std::string op_type{};
  std::string domain{};
  std::string name{};
  std::vector<std::string> inputs{};   ///< an operand left out is ""
  std::vector<std::string> outputs{};  ///< a result that is not wanted is ""
  std::map<std::string, Attribute, std::less<>> attributes{};
};

/// A dimension of an input or output: a number, a name such as "batch", or neither.
struct FileDim {
  std::optional<std::int64_t> size{};
  std::string name{};
};
/// An input or output of a graph.
struct FileValue {
  std::string name{};
  ElementType type = ElementType::undefined;
  bool is_tensor = true;   ///< neither a sequence, a map nor an optional value
  bool has_shape = false;  ///< the file says how many axes it has
  std::vector<FileDim> dims{};
};

/// A graph: a model's, or a branch of If.
struct FileGraph {
  std::string name{};
  std::vector<FileNode> nodes{};
  std::vector<FileTensor> initializers{};
  std::vector<FileValue> inputs{};
  std::vector<FileValue> outputs{};
  int sparse_initializers = 0;
};

/// An ONNX file opened for reading.
struct FileModel {
  std::filesystem::path path{};                ///< empty for bytes in memory
  std::shared_ptr<const ByteSource> source{};  ///< the bytes of the file
  std::int64_t ir_version = 0;
  std::string producer{};                        ///< name and version of the program that wrote it
  std::map<std::string, std::int64_t> opsets{};  ///< by domain; "" is ONNX's own
  std::map<std::string, std::string> metadata{};
  std::vector<std::string> functions{};  ///< "domain.name" of the functions that the file defines
  FileGraph graph{};
};

/// Reads the structure of an ONNX file. Throws FileError if it cannot be read, and DataError, which
/// names the file, the byte and what is wrong, if it is no ONNX model, is cut off or damaged.
[[nodiscard]] FileModel read_model(const std::filesystem::path& path);
/// Reads a model from bytes. External data are then refused.
[[nodiscard]] FileModel read_model(std::shared_ptr<const ByteSource> source);

/// The largest rank and number of elements of a tensor that the reader accepts.
inline constexpr std::size_t most_dims = 64;

}  // namespace foregraph::onnx
