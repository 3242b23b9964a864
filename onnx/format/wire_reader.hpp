#pragma once

// The wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding): a message
// is a row of fields, each a number with the kind of its value in one varint, then the value.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <foregraph/detail/onnx/format/byte_source.hpp>

namespace foregraph::onnx {

/// How the value of a field is written.
enum class WireKind : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

/// A window of a source's bytes, so that small fields do not cost a system call each.
class ReadWindow {
 public:
  explicit ReadWindow(const ByteSource& source) : source_(source) {}
  [[nodiscard]] const ByteSource& source() const { return source_; }
  /// Returns the byte at `at`, which must be inside the source.
  [[nodiscard]] std::uint8_t at(std::int64_t at) {
    if (at < first_ || at >= first_ + filled_) fill(at);
    return std::to_integer<std::uint8_t>(bytes_[static_cast<std::size_t>(at - first_)]);
  }

 private:
  void fill(std::int64_t at);

  const ByteSource& source_;
  std::int64_t first_ = 0;
  std::int64_t filled_ = 0;
  std::array<std::byte, 1 << 14> bytes_{};
};

/// Reads the fields of one message, which is a range of a source. Throws DataError, with the
/// offset, for bytes that are no message.
///
///     for (WireReader message(window, range); message.next();)
///       if (message.field() == 3) name = message.text();
///
/// A value that is not asked for is skipped.
class WireReader {
 public:
  WireReader(ReadWindow& window, Range range)
      : window_(&window), at_(range.at), end_(range.at + range.size) {}

  /// Goes to the next field; false at the end.
  bool next();
  [[nodiscard]] int field() const { return field_; }
  [[nodiscard]] WireKind kind() const { return kind_; }

  /// Return the field's value. Throw DataError if it is of another kind.
  std::int64_t integer();
  float number();
  double double_number();
  Range bytes();
  std::string text();
  WireReader message() { return {*window_, bytes()}; }
  /// Append the values of a repeated field: one of them, or all if they are packed.
  void append_to(std::vector<std::int64_t>& integers);
  void append_to(std::vector<float>& numbers);
  /// Appends where the values of a repeated field of numbers are: one of them, or all if packed.
  void append_to(std::vector<Range>& ranges);

  /// Throws DataError that names the source, the offset of the field, and `problem`.
  [[noreturn]] void fail(const std::string& problem) const;

 private:
  void skip();
  void need(WireKind kind);
  std::uint64_t varint();
  std::uint64_t fixed(int size);

  ReadWindow* window_;
  std::int64_t at_;
  std::int64_t end_;
  int field_ = 0;
  WireKind kind_ = WireKind::varint;
  bool is_read_ = true;
};

}  // namespace foregraph::onnx
