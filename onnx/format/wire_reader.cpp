#include <algorithm>
#include <bit>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/onnx/format/wire_reader.hpp>

namespace foregraph::onnx {

void MemorySource::read(std::int64_t at, std::span<std::byte> to) const {
  const auto first = static_cast<std::size_t>(at);
  if (at < 0 || first > bytes_.size() || to.size() > bytes_.size() - first)
    throw DataError("memory: " + std::to_string(to.size()) + " bytes from " + std::to_string(at) +
                    " on are asked for, but there are " + std::to_string(bytes_.size()));
  if (!to.empty()) std::memcpy(to.data(), bytes_.data() + first, to.size());
}

void ReadWindow::fill(std::int64_t at) {
  first_ = at;
  filled_ = std::min(static_cast<std::int64_t>(bytes_.size()), source_.size() - at);
  source_.read(at, {bytes_.data(), static_cast<std::size_t>(filled_)});
}

void WireReader::fail(const std::string& problem) const {
  throw DataError(in_quotes(window_->source().name()) + " is no ONNX model: byte " +
                  std::to_string(at_) + ": " + problem);
}

std::uint64_t WireReader::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at_ >= end_) fail("a number is cut off");
    const std::uint8_t byte = window_->at(at_++);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80U) == 0) return value;
  }
  fail("a number has more than ten bytes");
}

std::uint64_t WireReader::fixed(int size) {
  if (end_ - at_ < size) fail("a number is cut off");
  std::uint64_t value = 0;
  for (int i = 0; i < size; ++i) value |= std::uint64_t{window_->at(at_++)} << (8 * i);
  return value;
}

bool WireReader::next() {
  if (!is_read_) skip();
  if (at_ >= end_) return false;
  const std::uint64_t tag = varint();
  const std::uint64_t kind = tag & 7U;
  if (tag >> 3U == 0 || tag >> 3U > 0x1FFFFFFFU) fail("a field has an invalid number");
  if (kind != 0 && kind != 1 && kind != 2 && kind != 5)
    fail("a field is of kind " + std::to_string(kind) + ", which does not exist");
  field_ = static_cast<int>(tag >> 3U);
  kind_ = static_cast<WireKind>(kind);
  is_read_ = false;
  return true;
}

void WireReader::need(WireKind kind) {
  if (kind_ != kind) fail("field " + std::to_string(field_) + " is of another kind than ONNX's");
  is_read_ = true;
}

void WireReader::skip() {
  switch (kind_) {
    case WireKind::varint:
      integer();
      return;
    case WireKind::fixed64:
      double_number();
      return;
    case WireKind::fixed32:
      number();
      return;
    case WireKind::bytes:
      bytes();
      return;
  }
}

std::int64_t WireReader::integer() {
  need(WireKind::varint);
  return static_cast<std::int64_t>(varint());
}
float WireReader::number() {
  need(WireKind::fixed32);
  return std::bit_cast<float>(static_cast<std::uint32_t>(fixed(4)));
}
double WireReader::double_number() {
  need(WireKind::fixed64);
  return std::bit_cast<double>(fixed(8));
}

Range WireReader::bytes() {
  need(WireKind::bytes);
  const std::uint64_t size = varint();
  if (size > static_cast<std::uint64_t>(end_ - at_))
    fail("field " + std::to_string(field_) + " has " + std::to_string(size) + " bytes, but " +
         std::to_string(end_ - at_) + " are left");
  const Range range{at_, static_cast<std::int64_t>(size)};
  at_ += range.size;
  return range;
}

std::string WireReader::text() {
  constexpr std::int64_t longest = std::int64_t{1} << 16;
  const Range range = bytes();
  if (range.size > longest)
    fail("a name has " + std::to_string(range.size) + " bytes, expected at most " +
         std::to_string(longest));
  std::string text;
  text.reserve(static_cast<std::size_t>(range.size));
  for (std::int64_t i = 0; i < range.size; ++i)
    text += static_cast<char>(window_->at(range.at + i));
  return text;
}

void WireReader::append_to(std::vector<std::int64_t>& integers) {
  if (kind_ == WireKind::varint) return integers.push_back(integer());
  WireReader packed = message();
  while (packed.at_ < packed.end_) integers.push_back(static_cast<std::int64_t>(packed.varint()));
}
void WireReader::append_to(std::vector<float>& numbers) {
  if (kind_ == WireKind::fixed32) return numbers.push_back(number());
  WireReader packed = message();
  while (packed.at_ < packed.end_)
    numbers.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(packed.fixed(4))));
}

void WireReader::append_to(std::vector<Range>& ranges) {
  const std::int64_t first = at_;
  if (kind_ == WireKind::bytes) return ranges.push_back(bytes());
  skip();
  ranges.push_back({first, at_ - first});
}

}  // namespace foregraph::onnx
