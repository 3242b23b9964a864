#include <cstring>
#include <foregraph/detail/onnx/format/wire_writer.hpp>

namespace foregraph::onnx {
namespace wire {
inline constexpr unsigned varint_type = 0;
inline constexpr unsigned length_type = 2;
inline constexpr unsigned fixed32_type = 5;
}  // namespace wire

void MessageWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>((value & 0x7f) | 0x80));
  bytes_.push_back(static_cast<char>(value));
}
void MessageWriter::tag(int field, unsigned wire_type) {
  varint((static_cast<std::uint64_t>(field) << 3) | wire_type);
}

void MessageWriter::integer(int field, std::int64_t value) {
  tag(field, wire::varint_type);
  varint(static_cast<std::uint64_t>(value));
}
void MessageWriter::number(int field, float value) {
  tag(field, wire::fixed32_type);
  char bytes[sizeof(value)];
  std::memcpy(bytes, &value, sizeof(value));
  bytes_.append(bytes, sizeof(value));
}
void MessageWriter::text(int field, std::string_view value) {
  if (!value.empty()) item(field, value);
}
void MessageWriter::item(int field, std::string_view value) {
  begin(field, static_cast<std::int64_t>(value.size()));
  bytes_ += value;
}
void MessageWriter::integers(int field, std::span<const std::int64_t> values) {
  if (values.empty()) return;
  MessageWriter packed;
  for (const std::int64_t value : values) packed.varint(static_cast<std::uint64_t>(value));
  message(field, packed);
}
void MessageWriter::numbers(int field, std::span<const float> values) {
  if (values.empty()) return;
  begin(field, static_cast<std::int64_t>(values.size_bytes()));
  bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}
void MessageWriter::begin(int field, std::int64_t size) {
  tag(field, wire::length_type);
  varint(static_cast<std::uint64_t>(size));
}

}  // namespace foregraph::onnx
