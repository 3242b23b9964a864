// read_idx() and read_idx_array(): plain files, gzip files, and content packed rightly.
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/formats/idx.hpp>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

void run_idx(Input& input) {
  static MemoryFile images;
  static MemoryFile labels;
  const std::uint8_t bits = input.byte();
  const std::optional<DType> as = pick_conversion(input);
  const std::size_t label_bytes = input.byte();
  const auto write = [](MemoryFile& file, std::string_view content, bool packed) {
    if (packed)
      file.with(gzip(content));
    else
      file.with(content);
  };
  write(labels, input.take(label_bytes), (bits & 1) != 0);
  write(images, input.rest(), (bits & 2) != 0);
  data::IdxOptions options;
  if ((bits & 4) != 0) options.divisor = 1;
  try {
    (void)read_rows(data::read_idx(images.path(), labels.path(), options));
  } catch (const Error&) {  // as an array of any type it may be right
  }
  (void)read_rows(data::read_idx_array(images.path(), {.as = as}));
}

std::vector<std::string> idx_seeds() {
  using namespace std::string_literals;
  const std::string labels = "\0\0\x08\1"s + big_endian(2, 4) + "\3\7"s;
  const std::string images = "\0\0\x08\3"s + big_endian(2, 4) + big_endian(2, 4) +
                             big_endian(3, 4) + std::string(12, '\x80');
  const std::string length(1, static_cast<char>(labels.size()));
  std::vector<std::string> seeds;
  for (const char bits : {'\0', '\1', '\2', '\7'})
    seeds.push_back(bits + "\1"s + length + labels + images);
  seeds.push_back("\0\1\0"s + gzip(images));
  for (const auto& [type, bytes] :
       {std::pair{'\x9', 1}, {'\xb', 2}, {'\xc', 4}, {'\xd', 4}, {'\xe', 8}})
    seeds.push_back("\0\2\0\0\0"s + type + '\1' + big_endian(3, 4) +
                    std::string(static_cast<std::size_t>(3 * bytes), '\x40'));
  return seeds;
}

const Registered idx_target({"idx", &run_idx, &idx_seeds});

}  // namespace
}  // namespace foregraph::fuzz
