#include <algorithm>
#include <charconv>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/onnx/format/model_file.hpp>
#include <foregraph/detail/onnx/format/wire_reader.hpp>
#include <utility>

namespace foregraph::onnx {
namespace {

/// Graphs inside graphs; a file of one megabyte could else exhaust the stack.
constexpr int deepest = 32;

ElementType element_type(std::int64_t number) {
  // Numbers without a name keep their value, for error texts.
  return static_cast<ElementType>(
      static_cast<std::int32_t>(std::clamp<std::int64_t>(number, -1, 9999)));
}

/// Reads key and value of a StringStringEntryProto.
std::pair<std::string, std::string> read_entry(WireReader message) {
  std::pair<std::string, std::string> entry;
  while (message.next()) {
    if (message.field() == 1) entry.first = message.text();
    if (message.field() == 2) entry.second = message.text();
  }
  return entry;
}

std::int64_t parsed_number(const WireReader& at, const std::string& key, const std::string& text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc{} || result.ptr != end || number < 0)
    at.fail("external data have the " + key + ' ' + in_quotes(text) +
            ", expected a number that is not negative");
  return number;
}

void check_dims(const WireReader& at, const FileTensor& tensor) {
  if (tensor.dims.size() > most_dims)
    at.fail("tensor " + in_quotes(tensor.name) + " has " + std::to_string(tensor.dims.size()) +
            " dimensions, expected at most " + std::to_string(most_dims));
  std::int64_t elements = 1;
  bool is_empty = false;
  for (const std::int64_t dim : tensor.dims) {
    if (dim < 0)
      at.fail("tensor " + in_quotes(tensor.name) + " has a dimension of " + std::to_string(dim));
    is_empty = is_empty || dim == 0;
    if (dim > 0 && __builtin_mul_overflow(elements, dim, &elements))
      at.fail("the elements of tensor " + in_quotes(tensor.name) + " are more than 64 bits count");
  }
  if (!is_empty && elements > (std::int64_t{1} << 58))
    at.fail("the elements of tensor " + in_quotes(tensor.name) + " are more than any memory holds");
}

FileTensor read_tensor(WireReader message) {
  FileTensor tensor;
  std::optional<std::int64_t> offset;
  std::optional<std::int64_t> length;
  bool is_external = false;
  while (message.next()) switch (message.field()) {
      case 1:
        message.append_to(tensor.dims);
        if (tensor.dims.size() > most_dims) check_dims(message, tensor);
        break;
      case 2:
        tensor.type = element_type(message.integer());
        break;
      case 3:
        message.fail("a tensor is stored in segments, which ONNX has given up");
      case 5:
      case 7:
      case 11:
        tensor.are_varints = true;
        [[fallthrough]];
      case 4:
      case 10:
        message.append_to(tensor.ranges);
        break;
      case 8:
        tensor.name = message.text();
        break;
      case 9:
        tensor.are_varints = false;
        tensor.ranges.push_back(message.bytes());
        break;
      case 13: {
        const auto [key, value] = read_entry(message.message());
        if (key == "location") tensor.location = value;
        if (key == "offset") offset = parsed_number(message, key, value);
        if (key == "length") length = parsed_number(message, key, value);
        break;
      }
      case 14:
        is_external = message.integer() == 1;
        break;
      default:
        break;
    }
  // A second field of another kind would be read as the first.
  check_dims(message, tensor);
  if (is_external) {
    if (tensor.location.empty())
      message.fail("the external data of tensor " + in_quotes(tensor.name) + " have no location");
    // A length of -1 is everything up to the end of the file.
    tensor.ranges = {{offset.value_or(0), length.value_or(-1)}};
    tensor.are_varints = false;
  } else {
    tensor.location.clear();
  }
  return tensor;
}

FileGraph read_graph(WireReader message, int depth);

std::pair<std::string, Attribute> read_attribute(WireReader message, int depth) {
  std::string name;
  Attribute attribute;
  while (message.next()) switch (message.field()) {
      case 1:
        name = message.text();
        break;
      case 2:
        attribute.number = message.number();
        break;
      case 3:
        attribute.integer = message.integer();
        break;
      case 4:
        attribute.text = message.text();
        break;
      case 5:
        attribute.tensor = std::make_shared<const FileTensor>(read_tensor(message.message()));
        break;
      case 6:
        attribute.graph =
            std::make_shared<const FileGraph>(read_graph(message.message(), depth + 1));
        break;
      case 7:
        message.append_to(attribute.numbers);
        break;
      case 8:
        message.append_to(attribute.integers);
        break;
      case 9:
        attribute.texts.push_back(message.text());
        break;
      case 21:
        attribute.refers_to_function = !message.text().empty();
        break;
      default:
        break;
    }
  return {std::move(name), std::move(attribute)};
}

FileNode read_node(WireReader message, int depth) {
  FileNode node;
  while (message.next()) switch (message.field()) {
      case 1:
        node.inputs.push_back(message.text());
        break;
      case 2:
        node.outputs.push_back(message.text());
        break;
      case 3:
        node.name = message.text();
        break;
      case 4:
        node.op_type = message.text();
        break;
      case 5:
        node.attributes.insert(read_attribute(message.message(), depth));
        break;
      case 7:
        node.domain = message.text();
        break;
      default:
        break;
    }
  if (node.domain == "ai.onnx") node.domain.clear();
  return node;
}

FileDim read_dim(WireReader message) {
  FileDim dim;
  while (message.next()) {
    if (message.field() == 1) dim.size = message.integer();
    if (message.field() == 2) dim.name = message.text();
  }
  // Zero and negative numbers are written by some programs for "not known".
  if (dim.size && *dim.size <= 0) dim.size.reset();
  return dim;
}

void read_type(WireReader message, FileValue& value) {
  value.is_tensor = false;
  while (message.next()) {
    if (message.field() != 1) continue;
    value.is_tensor = true;
    for (WireReader type = message.message(); type.next();) {
      if (type.field() == 1) value.type = element_type(type.integer());
      if (type.field() != 2) continue;
      value.has_shape = true;
      for (WireReader shape = type.message(); shape.next();) {
        if (shape.field() != 1) continue;
        value.dims.push_back(read_dim(shape.message()));
        if (value.dims.size() > most_dims)
          shape.fail("value " + in_quotes(value.name) + " has more than " +
                     std::to_string(most_dims) + " dimensions");
      }
    }
  }
}

FileValue read_value(WireReader message) {
  FileValue value;
  value.is_tensor = false;
  while (message.next()) {
    if (message.field() == 1) value.name = message.text();
    if (message.field() == 2) read_type(message.message(), value);
  }
  return value;
}

FileGraph read_graph(WireReader message, int depth) {
  if (depth > deepest)
    message.fail("graphs are nested more than " + std::to_string(deepest) + " deep");
  FileGraph graph;
  while (message.next()) switch (message.field()) {
      case 1:
        graph.nodes.push_back(read_node(message.message(), depth));
        break;
      case 2:
        graph.name = message.text();
        break;
      case 5:
        graph.initializers.push_back(read_tensor(message.message()));
        break;
      case 11:
        graph.inputs.push_back(read_value(message.message()));
        break;
      case 12:
        graph.outputs.push_back(read_value(message.message()));
        break;
      case 15:
        ++graph.sparse_initializers;
        break;
      default:
        break;
    }
  return graph;
}

std::string read_function_name(WireReader message) {
  std::string name;
  std::string domain;
  while (message.next()) {
    if (message.field() == 1) name = message.text();
    if (message.field() == 10) domain = message.text();
  }
  return domain + '.' + name;
}

void read_opset(WireReader message, FileModel& model) {
  std::string domain;
  std::int64_t version = 0;
  while (message.next()) {
    if (message.field() == 1) domain = message.text();
    if (message.field() == 2) version = message.integer();
  }
  if (domain == "ai.onnx") domain.clear();
  model.opsets[domain] = version;
}

}  // namespace

std::string name_of(ElementType type) {
  static constexpr const char* names[] = {"undefined",  "float32", "uint8",  "int8",   "uint16",
                                          "int16",      "int32",   "int64",  "string", "bool",
                                          "float16",    "float64", "uint32", "uint64", "complex64",
                                          "complex128", "bfloat16"};
  const auto number = static_cast<std::int32_t>(type);
  if (number < 0 || static_cast<std::size_t>(number) >= std::size(names))
    return "type " + std::to_string(number);
  return names[number];
}

std::optional<DType> dtype_for(ElementType type) {
  switch (type) {
    case ElementType::f32:
    case ElementType::f16:
    case ElementType::bf16:
      return DType::f32;
    case ElementType::f64:
      return DType::f64;
    case ElementType::i32:
      return DType::i32;
    case ElementType::i64:
      return DType::i64;
    case ElementType::boolean:
      return DType::boolean;
    default:
      return std::nullopt;
  }
}

std::int64_t FileTensor::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t dim : dims) product *= dim;
  return product;
}

FileModel read_model(std::shared_ptr<const ByteSource> source) {
  FileModel model;
  ReadWindow window(*source);
  WireReader message(window, {0, source->size()});
  std::string version;
  bool has_graph = false;
  while (message.next()) switch (message.field()) {
      case 1:
        model.ir_version = message.integer();
        break;
      case 2:
        model.producer = message.text();
        break;
      case 3:
        version = message.text();
        break;
      case 7:
        if (std::exchange(has_graph, true)) message.fail("there are two graphs, expected one");
        model.graph = read_graph(message.message(), 0);
        break;
      case 8:
        read_opset(message.message(), model);
        break;
      case 14:
        model.metadata.insert(read_entry(message.message()));
        break;
      case 25:
        model.functions.push_back(read_function_name(message.message()));
        break;
      default:
        break;
    }
  if (!has_graph)
    throw DataError(in_quotes(source->name()) + " is no ONNX model: it has no graph, expected one");
  if (!version.empty()) model.producer += ' ' + version;
  // Before opsets were written, version 1 was the only one.
  model.opsets.try_emplace("", 1);
  model.source = std::move(source);
  return model;
}

FileModel read_model(const std::filesystem::path& path) {
  FileModel model = read_model(std::make_shared<const FileSource>(path));
  model.path = path;
  return model;
}

}  // namespace foregraph::onnx
