// read_records() with layouts that come from the input.
#include <foregraph/detail/data/formats/records.hpp>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

/// Small numbers mostly, and some at the edges.
std::int64_t record_number(Input& input) {
  const std::uint8_t value = input.byte();
  if (value < 0xf0) return value % 16;
  return input.pick(std::array<std::int64_t, 8>{-1, -2, 255, 4096, INT64_MAX, INT64_MAX - 7,
                                                INT64_MIN, std::int64_t{1} << 61});
}

void run_records(Input& input) {
  static MemoryFile file;
  data::RecordOptions options;
  const std::uint8_t bits = input.byte();
  for (std::size_t field = bits % 4; field > 0; --field) {
    data::RecordField& added = options.fields.emplace_back();
    added.name = std::string(1, static_cast<char>('x' + field));
    added.dtype = pick_dtype(input);
    for (std::size_t axis = input.below(4); axis > 0; --axis)
      added.row_shape.push_back(record_number(input));
    if ((bits & 4) != 0) added.offset = record_number(input);
    if ((bits & 8) != 0) added.stored = static_cast<data::StoredType>(input.below(9));
  }
  if ((bits & 16) != 0) options.record_bytes = record_number(input);
  if ((bits & 32) != 0) options.header_bytes = record_number(input);
  file.with(input.rest());
  const data::FilePaths paths =
      (bits & 64) != 0 ? data::FilePaths{file.path(), file.path()} : data::FilePaths(file.path());
  (void)read_rows(data::read_records(paths, options));
}

std::vector<std::string> records_seeds() {
  using namespace std::string_literals;
  return {"\1\0\1\2"s + std::string(24, '?'), "\2\0\0\4\0"s + std::string(10, '\1'),
          "\16\0\1\2\4\0\2\0\0\1"s + std::string(30, '\3'),
          "\161\0\0\5\1"s + "h" + std::string(15, '@'), "\11\3\0\3"s + "\1\2\3\4\5\6"s};
}

const Registered records_target({"records", &run_records, &records_seeds});

}  // namespace
}  // namespace foregraph::fuzz
