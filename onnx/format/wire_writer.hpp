#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace foregraph::onnx {

/// The bytes of a protobuf message, to which fields are appended.
class MessageWriter {
 public:
  /// Appends an integer, an enumeration's number or a truth value, even if it is 0: ONNX's own
  /// reader takes the default of the op for an attribute without a value.
  void integer(int field, std::int64_t value);
  /// Appends a 32-bit floating number, even if it is 0.
  void number(int field, float value);
  /// Appends text or bytes, unless they are empty.
  void text(int field, std::string_view value);
  /// Appends one text of a list, even if it is empty.
  void item(int field, std::string_view value);
  /// Appends a list of integers, packed, unless it is empty.
  void integers(int field, std::span<const std::int64_t> values);
  /// Appends a list of floating numbers, packed, unless it is empty.
  void numbers(int field, std::span<const float> values);
  /// Appends a message, even if it is empty.
  void message(int field, const MessageWriter& value) { item(field, value.bytes_); }
  /// Appends the beginning of a field of `size` bytes, which the caller writes after it.
  void begin(int field, std::int64_t size);

  /// Returns the message.
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void tag(int field, unsigned wire_type);
  void varint(std::uint64_t value);

  std::string bytes_;
};

}  // namespace foregraph::onnx
