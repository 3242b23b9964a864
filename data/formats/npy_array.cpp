// NumPy's array format, described in numpy.lib.format: the magic bytes, two version bytes, the
// header length (two bytes in version 1, otherwise four), the header as a Python dictionary
//   {'descr': '<f4', 'fortran_order': False, 'shape': (60000, 784), }
// padded with blanks, and the values.
#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/formats/npy_array.hpp>
#include <limits>
#include <utility>

namespace foregraph::detail {
namespace {

constexpr std::size_t most_axes = 64;  // as in NumPy 2

constexpr std::string_view magic = "\x93NUMPY";

std::string printable(std::string_view text) {
  std::string shown(text.substr(0, 40));
  for (char& letter : shown)
    if (letter < ' ' || letter > '~') letter = '?';
  return "'" + shown + (text.size() > 40 ? "...'" : "'");
}

/// Parses the header's dictionary, a Python literal. Accepts only what NumPy writes: the three
/// keys, once each in any order.
class HeaderParser {
 public:
  HeaderParser(const std::string& where, std::string_view text, std::size_t first)
      : where_(where), text_(text), first_(first) {}

  void parse() {
    expect('{');
    while (!accept('}')) {
      const std::size_t at = at_;
      const std::string_view key = string("a key or '}'");
      expect(':');
      if (key == "descr") {
        once(descr, at);
        descr = string("a type such as '<f4' (structured arrays are not supported)");
      } else if (key == "fortran_order") {
        once(fortran_order, at);
        fortran_order = truth();
      } else if (key == "shape") {
        once(shape, at);
        shape = tuple();
      } else {
        at_ = at;
        fail("the key 'descr', 'fortran_order' or 'shape'");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_blanks();
    if (at_ < text_.size()) fail("the end of the header");
    if (!descr || !fortran_order || !shape)
      fail("'descr', 'fortran_order' and 'shape' before the end of the header");
  }

  std::optional<std::string_view> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::int64_t>> shape;

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    const std::string_view rest = text_.substr(std::min(at_, text_.size()));
    throw DataError(where_ + ": byte " + std::to_string(first_ + at_) +
                    " of the .npy header: expected " + expected + ", got " +
                    (rest.empty() ? "its end" : printable(rest)) +
                    "; write the array again with numpy.save()");
  }
  void skip_blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  bool accept(char letter) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }
  void expect(char letter) {
    if (!accept(letter)) fail("'" + std::string(1, letter) + "'");
  }
  template <class T>
  void once(const std::optional<T>& value, std::size_t at) {
    if (!value) return;
    at_ = at;
    fail("each key once");
  }
  std::string_view string(const char* what) {
    skip_blanks();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail(what);
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == text_.npos) fail("a closing quote");
    const std::string_view value = text_.substr(at_ + 1, end - at_ - 1);
    if (value.find('\\') != value.npos) fail("a string without backslashes");
    at_ = end + 1;
    return value;
  }
  bool truth() {
    skip_blanks();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return value;
    }
    fail("True or False");
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> sizes;
    expect('(');
    while (!accept(')')) {
      if (sizes.size() == most_axes) fail("at most " + std::to_string(most_axes) + " axes");
      sizes.push_back(size());
      if (accept(',')) continue;
      if (sizes.size() == 1) fail("',' (a tuple)");
      expect(')');
      break;
    }
    return sizes;
  }
  std::int64_t size() {
    skip_blanks();
    const std::size_t begin = at_;
    std::int64_t value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, text_[at_] - '0', &value)) {
        at_ = begin;
        fail("a size below 2^63");
      }
      ++at_;
    }
    if (at_ == begin) fail("a size or ')'");
    return value;
  }

  const std::string& where_;
  std::string_view text_;
  std::size_t first_;
  std::size_t at_ = 0;
};

data::StoredType type_of(const std::string& where, std::string_view descr) {
  constexpr std::pair<std::string_view, data::StoredType> types[] = {
      {"u1", data::StoredType::uint8},   {"i1", data::StoredType::int8},
      {"u2", data::StoredType::uint16},  {"i2", data::StoredType::int16},
      {"i4", data::StoredType::int32},   {"i8", data::StoredType::int64},
      {"f4", data::StoredType::float32}, {"f8", data::StoredType::float64},
      {"b1", data::StoredType::bool8}};
  const std::string_view kind = descr.empty() ? descr : descr.substr(1);
  for (const auto& [name, type] : types) {
    if (kind != name) continue;
    if (descr[0] == '<' || (descr[0] == '|' && bytes_per_element(type) == 1)) return type;
    if (descr[0] == '>')
      throw DataError(where + ": the array is big endian (" + printable(descr) +
                      "), expected little endian; save array.astype('<" + std::string(name) + "')");
  }
  throw DataError(where + ": the array's type is " + printable(descr) +
                  ", expected f4, f8, i4, i8, b1, u1, i1, u2 or i2, little endian; save "
                  "array.astype('<f4') or another of these");
}

/// NumPy itself refuses headers of more than 10,000 bytes.
constexpr std::size_t most_header_length = 1 << 20;

/// Returns where the header begins, after its length of two or four bytes.
std::size_t header_start(std::span<const std::byte> bytes) {
  return bytes.size() > 7 && bytes[6] == std::byte{1} ? 10 : 12;
}

std::size_t header_length(std::span<const std::byte> bytes) {
  std::size_t length = 0;
  for (std::size_t at = header_start(bytes); at-- > 8;)
    length = length << 8 | std::to_integer<std::size_t>(bytes[at]);
  return length;
}

/// Returns the array's bytes up to the end of its header.
std::vector<std::byte> header_of(const SharedBytes& content) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(std::min<std::int64_t>(content.size, 12)));
  content.read(0, bytes);
  if (bytes.size() < header_start(bytes)) return bytes;
  const std::size_t end = header_start(bytes) + std::min(header_length(bytes), most_header_length);
  bytes.resize(std::min(end, static_cast<std::size_t>(content.size)));
  content.read(0, bytes);
  return bytes;
}

}  // namespace

NpyHeader parse_npy_header(const std::string& where, std::span<const std::byte> bytes,
                           std::int64_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(magic))
    throw DataError(where + ": it starts with " + printable(text.substr(0, magic.size())) +
                    ", expected the bytes 93 4E 55 4D 50 59; this is not an .npy file");
  const auto byte = [&](std::size_t at) { return std::to_integer<std::size_t>(bytes[at]); };
  const std::size_t version = bytes.size() > 7 ? byte(6) : 0;
  const std::size_t start = header_start(bytes);
  if (bytes.size() < start)
    throw DataError(where + ": the file ends inside its header, after " +
                    std::to_string(bytes.size()) + " bytes; download or copy the file again");
  if (version < 1 || version > 3 || byte(7) != 0)
    throw DataError(where + ": the format version is " + std::to_string(version) + "." +
                    std::to_string(byte(7)) + ", expected 1.0, 2.0 or 3.0; write the array again " +
                    "with numpy.save()");
  const std::size_t length = header_length(bytes);
  if (length > static_cast<std::size_t>(size) - start)
    throw DataError(where + ": the header has " + std::to_string(length) +
                    " bytes, but the file ends after " +
                    std::to_string(static_cast<std::size_t>(size) - start) +
                    " of them; download or copy the file again");
  if (length > most_header_length || length > bytes.size() - start)
    throw DataError(where + ": the header has " + std::to_string(length) +
                    " bytes, expected at most " + std::to_string(most_header_length) +
                    "; write the array again with numpy.save()");
  HeaderParser header(where, text.substr(start, length), start);
  header.parse();
  if (*header.fortran_order)
    throw DataError(where +
                    ": the array is in Fortran order, expected C order, which stores each "
                    "sample contiguously; save numpy.ascontiguousarray(array)");

  NpyHeader result{type_of(where, *header.descr), std::move(*header.shape),
                   static_cast<std::int64_t>(start + length)};
  std::int64_t expected = bytes_per_element(result.type);
  std::string shape = "(";
  for (const std::int64_t dimension : result.shape) {
    shape += std::to_string(dimension) + ",";
    if (__builtin_mul_overflow(expected, dimension, &expected))
      throw DataError(where + ": an array of shape " + shape + "... does not fit in memory");
  }
  const std::int64_t got = size - result.first;
  if (got != expected)
    throw DataError(where + ": there are " + std::to_string(got) +
                    " bytes of values after the header, expected " + std::to_string(expected) +
                    " for shape " + shape + ") of " + std::string(name_of(result.type)) +
                    "; download or copy the file again");
  return result;
}

std::shared_ptr<const data::Source> make_npy_source(const std::string& where, SharedBytes content,
                                                    std::string name, std::optional<DType> as,
                                                    std::string_view option) {
  NpyHeader header = parse_npy_header(where, header_of(content), content.size);
  if (header.shape.empty())
    throw DataError(where + ": the array has no axes, expected the first to be the samples");
  for (std::size_t axis = 0; axis < header.shape.size(); ++axis)
    if (header.shape[axis] == 0)
      throw DataError(where + ": axis " + std::to_string(axis) +
                      " of the array has size 0, expected at least 1");
  StoredField field = make_stored_field(
      where, {std::move(name), f32, {header.shape.begin() + 1, header.shape.end()}}, header.type,
      as, data::ByteOrder::little, option);
  const std::int64_t record_bytes = field.spec.row_elements() * bytes_per_element(header.type);
  std::vector<RecordFile> files;
  files.push_back({where, std::move(content), header.first, header.shape[0]});
  return std::make_shared<const RecordSource>(std::move(files), std::vector{std::move(field)},
                                              record_bytes);
}

}  // namespace foregraph::detail
