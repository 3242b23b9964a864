#include <algorithm>
#include <foregraph/detail/base/files/atomic_file.hpp>
#include <foregraph/detail/onnx/format/model_writer.hpp>
#include <foregraph/detail/onnx/format/wire_writer.hpp>
#include <optional>

namespace foregraph::onnx {
namespace model_writer {

/// The numbers of AttributeProto.AttributeType, in the order of WrittenAttribute::value.
constexpr std::int64_t attribute_types[] = {2, 1, 3, 7, 6, 4};

/// The message of a tensor without its elements.
MessageWriter tensor_head(const WrittenTensor& tensor) {
  MessageWriter m;
  m.integers(1, tensor.dims);
  m.integer(2, static_cast<std::int64_t>(element_type_of(tensor.dtype)));
  m.text(8, tensor.name);
  return m;
}

MessageWriter attribute_message(const WrittenAttribute& attribute) {
  MessageWriter m;
  m.text(1, attribute.name);
  if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) m.integer(3, *integer);
  if (const auto* number = std::get_if<float>(&attribute.value)) m.number(2, *number);
  if (const auto* text = std::get_if<std::string>(&attribute.value)) m.item(4, *text);
  // Lists of attributes are not packed in ONNX's own files; all readers accept both.
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&attribute.value))
    m.integers(8, *list);
  if (const auto* list = std::get_if<std::vector<float>>(&attribute.value)) m.numbers(7, *list);
  if (const auto* tensor = std::get_if<WrittenTensor>(&attribute.value)) {
    std::vector<std::byte> scratch;
    const std::span<const std::byte> elements = tensor->elements(scratch);
    MessageWriter of_tensor = tensor_head(*tensor);
    of_tensor.item(9, {reinterpret_cast<const char*>(elements.data()), elements.size()});
    m.message(5, of_tensor);
  }
  m.integer(20, attribute_types[attribute.value.index()]);
  return m;
}

MessageWriter node_message(const WrittenNode& node) {
  MessageWriter m;
  for (const std::string& input : node.inputs) m.item(1, input);
  for (const std::string& output : node.outputs) m.item(2, output);
  m.text(3, node.name);
  m.text(4, node.op_type);
  for (const WrittenAttribute& attribute : node.attributes)
    m.message(5, attribute_message(attribute));
  return m;
}

MessageWriter value_message(const FileValue& value) {
  MessageWriter shape;
  for (const FileDim& dim : value.dims) {
    MessageWriter of_dim;
    if (dim.size) of_dim.integer(1, *dim.size);
    of_dim.text(2, dim.name);
    shape.message(1, of_dim);
  }
  MessageWriter tensor;
  tensor.integer(1, static_cast<std::int64_t>(value.type));
  tensor.message(2, shape);
  MessageWriter type;
  type.message(1, tensor);
  MessageWriter m;
  m.text(1, value.name);
  m.message(2, type);
  return m;
}

MessageWriter named_text(std::string_view key, std::string_view value) {
  MessageWriter m;
  m.text(1, key);
  m.text(2, value);
  return m;
}

/// All of a tensor's message but its elements, with their place if they are in a file beside it.
struct Head {
  MessageWriter message{};
  std::optional<std::int64_t> external_offset{};
};

constexpr std::int64_t external_alignment = 4096;
constexpr std::int64_t smallest_external = 1024;
constexpr std::int64_t most_bytes_of_a_message = (std::int64_t{1} << 31) - (1 << 16);

std::vector<Head> heads_of(const WrittenModel& model, const std::string& data_name, bool external) {
  std::vector<Head> heads;
  std::int64_t offset = 0;
  for (const WrittenTensor& tensor : model.initializers) {
    Head& head = heads.emplace_back();
    MessageWriter& m = head.message;
    m = tensor_head(tensor);
    const std::int64_t size = tensor.size_bytes();
    if (external && size >= smallest_external) {
      offset = (offset + external_alignment - 1) / external_alignment * external_alignment;
      m.message(13, named_text("location", data_name));
      m.message(13, named_text("offset", std::to_string(offset)));
      m.message(13, named_text("length", std::to_string(size)));
      m.integer(14, 1);
      head.external_offset = offset;
      offset += size;
    } else {
      m.begin(9, size);
    }
  }
  return heads;
}

/// The file whose content is a sequence of pieces, of which small ones are written together.
class Pieces {
 public:
  explicit Pieces(const std::filesystem::path& path) : file_(path) {}
  void write(std::string_view text) {
    constexpr std::size_t enough = 1 << 16;
    buffer_ += text;
    at_ += static_cast<std::int64_t>(text.size());
    if (buffer_.size() >= enough) flush();
  }
  void write(std::span<const std::byte> bytes) {
    flush();
    file_.write(bytes);
    at_ += static_cast<std::int64_t>(bytes.size());
  }
  void pad_to(std::int64_t offset) {
    write(std::string(static_cast<std::size_t>(offset - at_), '\0'));
  }
  void flush() {
    file_.write(buffer_);
    buffer_.clear();
  }
  void commit() {
    flush();
    file_.commit();
  }

 private:
  AtomicFile file_;
  std::string buffer_;
  std::int64_t at_ = 0;
};

/// Returns the bytes of a field that has `size` bytes after its beginning.
std::int64_t size_of_field(int field, std::int64_t size) {
  MessageWriter m;
  m.begin(field, size);
  return static_cast<std::int64_t>(m.bytes().size()) + size;
}

std::int64_t size_in_file(const Head& head, const WrittenTensor& tensor) {
  const auto size = static_cast<std::int64_t>(head.message.bytes().size());
  return head.external_offset ? size : size + tensor.size_bytes();
}

}  // namespace model_writer

std::int64_t WrittenTensor::size_bytes() const {
  std::int64_t bytes = bytes_per_element(dtype);
  for (const std::int64_t dim : dims) bytes *= dim;
  return bytes;
}

ElementType element_type_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return ElementType::f32;
    case DType::f64:
      return ElementType::f64;
    case DType::i32:
      return ElementType::i32;
    case DType::i64:
      return ElementType::i64;
    case DType::boolean:
      return ElementType::boolean;
  }
  return ElementType::undefined;
}

void write_model(const std::filesystem::path& path, const WrittenModel& model, bool external) {
  namespace w = model_writer;
  constexpr int graph_field = 7;
  constexpr int initializer_field = 5;
  MessageWriter nodes;
  for (const WrittenNode& node : model.nodes) nodes.message(1, w::node_message(node));
  nodes.text(2, model.name);
  MessageWriter values;
  for (const FileValue& input : model.inputs) values.message(11, w::value_message(input));
  for (const FileValue& output : model.outputs) values.message(12, w::value_message(output));

  const std::filesystem::path data_path = path.string() + ".data";
  const auto graph_bytes = [&](const std::vector<w::Head>& heads) {
    auto bytes = static_cast<std::int64_t>(nodes.bytes().size() + values.bytes().size());
    for (std::size_t i = 0; i < heads.size(); ++i)
      bytes +=
          w::size_of_field(initializer_field, w::size_in_file(heads[i], model.initializers[i]));
    return bytes;
  };
  std::vector<w::Head> heads = w::heads_of(model, data_path.filename().string(), external);
  if (!external && graph_bytes(heads) > w::most_bytes_of_a_message) {
    external = true;
    heads = w::heads_of(model, data_path.filename().string(), external);
  }

  MessageWriter top;
  // The version of the format that the opset came with.
  top.integer(1, model.opset <= 18 ? 8 : model.opset <= 20 ? 9 : 10);
  top.text(2, model.producer);
  top.text(3, model.producer_version);
  MessageWriter opset;
  opset.integer(2, model.opset);
  top.message(8, opset);
  top.begin(graph_field, graph_bytes(heads));

  w::Pieces file(path);
  std::optional<w::Pieces> data;
  if (external) data.emplace(data_path);
  file.write(top.bytes());
  file.write(nodes.bytes());
  std::vector<std::byte> scratch;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const WrittenTensor& tensor = model.initializers[i];
    MessageWriter head;
    head.begin(initializer_field, w::size_in_file(heads[i], tensor));
    file.write(head.bytes());
    file.write(heads[i].message.bytes());
    const std::span<const std::byte> elements = tensor.elements(scratch);
    if (heads[i].external_offset) {
      data->pad_to(*heads[i].external_offset);
      data->write(elements);
    } else if (elements.size() < 4096) {
      file.write(std::string_view(reinterpret_cast<const char*>(elements.data()), elements.size()));
    } else {
      file.write(elements);
    }
  }
  file.write(values.bytes());
  file.flush();
  if (data) data->commit();
  file.commit();
}

}  // namespace foregraph::onnx
