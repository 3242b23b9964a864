#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/safetensors_header.hpp>
#include <nlohmann/json.hpp>

namespace foregraph {
namespace {

using nlohmann::json;

constexpr std::size_t most_dimensions = 64;

/// Handles the parser's events in the only order a header can have. The state determines what may
/// follow.
class HeaderReader : public nlohmann::json_sax<json> {
 public:
  HeaderReader(SafetensorsHeader& header, const std::string& where)
      : header_(header), where_(where) {}

  bool start_object(std::size_t) override {
    if (state_ == State::header && !begun_) {
      begun_ = true;
      return true;
    }
    if (state_ != State::value) unexpected("an object");
    state_ = is_metadata_ ? State::metadata : State::entry;
    return true;
  }
  bool key(std::string& text) override {
    switch (state_) {
      case State::header:
        begin_member(text);
        return true;
      case State::metadata:
        if (header_.metadata.contains(text))
          fail(place() + ": the key " + in_quotes(text) + " appears twice");
        key_ = text;
        state_ = State::metadata_value;
        return true;
      default:
        begin_field(text);
        return true;
    }
  }
  bool string(std::string& text) override {
    if (state_ == State::metadata_value) {
      header_.metadata.emplace(std::move(key_), std::move(text));
      state_ = State::metadata;
    } else if (state_ == State::dtype) {
      header_.entries.back().dtype = std::move(text);
      state_ = State::entry;
    } else {
      unexpected("the string " + in_quotes(text));
    }
    return true;
  }
  bool start_array(std::size_t) override {
    if (state_ == State::shape)
      state_ = State::shape_values;
    else if (state_ == State::offsets)
      state_ = State::offset_values;
    else
      unexpected("an array");
    return true;
  }
  bool end_array() override {
    if (state_ == State::offset_values && header_.entries.back().offsets.size() != 2)
      fail(place() + ": data_offsets has " + std::to_string(header_.entries.back().offsets.size()) +
           " numbers, expected 2");
    state_ = State::entry;
    return true;
  }
  bool number_unsigned(std::uint64_t value) override {
    if (state_ == State::shape_values) {
      std::vector<std::uint64_t>& shape = header_.entries.back().shape;
      if (shape.size() == most_dimensions)
        fail(place() + ": the shape has more than " + std::to_string(most_dimensions) +
             " dimensions");
      shape.push_back(value);
    } else if (state_ == State::offset_values && header_.entries.back().offsets.size() < 2) {
      header_.entries.back().offsets.push_back(value);
    } else if (state_ == State::offset_values) {
      fail(place() + ": data_offsets has more than 2 numbers");
    } else {
      unexpected("the number " + std::to_string(value));
    }
    return true;
  }
  bool number_integer(std::int64_t value) override {
    not_a_whole_number("-" + std::to_string(0 - static_cast<std::uint64_t>(value)));
  }
  bool number_float(double, const std::string& text) override { not_a_whole_number(text); }
  bool null() override { unexpected("null"); }
  bool boolean(bool value) override { unexpected(value ? "true" : "false"); }
  bool binary(json::binary_t&) override { unexpected("binary data"); }
  bool end_object() override {
    if (state_ == State::entry) {
      for (const auto& [is_there, field] :
           {std::pair{has_dtype_, "dtype"}, {has_shape_, "shape"}, {has_offsets_, "data_offsets"}})
        if (!is_there) fail(place() + ": it has no " + field);
    }
    state_ = State::header;
    return true;
  }
  bool parse_error(std::size_t position, const std::string& token,
                   const json::exception& error) override {
    constexpr int number_out_of_range = 406;  // out of range for a double
    if (error.id == number_out_of_range) not_a_whole_number(token);
    fail("header, byte " + std::to_string(position) +
         ": not valid JSON in UTF-8; the file is damaged or in another format");
  }

 private:
  enum class State {
    header,
    value,  ///< of a member of the header
    metadata,
    metadata_value,
    entry,
    dtype,
    shape,
    shape_values,
    offsets,
    offset_values
  };

  [[noreturn]] void fail(const std::string& what) const { throw DataError(where_ + ": " + what); }
  [[noreturn]] void unexpected(const std::string& what) const {
    static constexpr const char* expected[] = {"tensors by name",
                                               "an object",
                                               "strings by key",
                                               "a string",
                                               "dtype, shape and data_offsets",
                                               "a string such as \"F32\"",
                                               "an array",
                                               "numbers",
                                               "an array",
                                               "numbers"};
    fail(place() + ": got " + what + ", expected " + expected[static_cast<std::size_t>(state_)]);
  }
  [[noreturn]] void not_a_whole_number(const std::string& text) const {
    if (state_ != State::shape_values && state_ != State::offset_values)
      unexpected("the number " + text.substr(0, 40));
    fail(place() + ": " + (state_ == State::shape_values ? "the shape" : "data_offsets") + " has " +
         text.substr(0, 40) + ", expected whole numbers from 0 to 2^64-1");
  }
  [[nodiscard]] std::string place() const {
    if (state_ == State::header) return "header";
    if (is_metadata_) return "header, " + std::string(metadata_name);
    return "header, tensor " + in_quotes(header_.entries.back().name);
  }

  void begin_member(std::string& name) {
    is_metadata_ = name == metadata_name;
    if (is_metadata_) {
      if (has_metadata_) fail("header: " + std::string(metadata_name) + " appears twice");
      has_metadata_ = true;
    } else {
      header_.entries.emplace_back();
      header_.entries.back().name = std::move(name);
      has_dtype_ = has_shape_ = has_offsets_ = false;
    }
    state_ = State::value;
  }
  void begin_field(const std::string& name) {
    bool* is_there = nullptr;
    State next = State::entry;
    if (name == "dtype") {
      is_there = &has_dtype_;
      next = State::dtype;
    } else if (name == "shape") {
      is_there = &has_shape_;
      next = State::shape;
    } else if (name == "data_offsets") {
      is_there = &has_offsets_;
      next = State::offsets;
    } else {
      fail(place() + ": it has a field " + in_quotes(name) +
           ", expected dtype, shape and data_offsets");
    }
    if (*is_there) fail(place() + ": " + name + " appears twice");
    *is_there = true;
    state_ = next;
  }

  SafetensorsHeader& header_;
  const std::string& where_;
  State state_ = State::header;
  bool begun_ = false;
  bool is_metadata_ = false;
  bool has_metadata_ = false;
  bool has_dtype_ = false;
  bool has_shape_ = false;
  bool has_offsets_ = false;
  std::string key_;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json_text, const std::string& where) {
  if (json_text.empty() || json_text.front() != '{')
    throw DataError(where + ": the header does not start with '{'; this is not a safetensors file");
  // The parser would treat a NUL as the end of the text and ignore everything after it.
  if (const std::size_t zero = json_text.find('\0'); zero != std::string_view::npos)
    throw DataError(
        where + ": header, byte " + std::to_string(zero) +
        ": a zero byte, expected JSON in UTF-8; the file is damaged or in another format");
  SafetensorsHeader header;
  HeaderReader reader(header, where);
  json::sax_parse(json_text.begin(), json_text.end(), &reader);
  return header;
}

}  // namespace foregraph
