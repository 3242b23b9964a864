// Safetensors: whole files, and headers with the right length before them.
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/safetensors.hpp>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

void read_tensors(const Safetensors& file) {
  std::size_t bytes = 0;
  for (const StoredTensor& tensor : file.tensors()) {
    require(file.find(tensor.name) == &tensor, "a tensor is not found by its name");
    (void)tensor.type();
    std::vector<std::byte> copy = file.bytes(tensor.name);
    bytes += copy.size();
    for (const DType dtype : {f32, f64, i32, i64, boolean}) {
      try {
        file.copy_to(tensor.name, dtype, copy);
        (void)file.values<double>(tensor.name);
      } catch (const DataError&) {  // of another type, or not aligned
      }
    }
  }
  require(bytes + 10 <= std::filesystem::file_size(file.path()), "tensors beyond the file");
  (void)file.verify();
}

void run_safetensors(Input& input) {
  static MemoryFile memory;
  if (input.below(2) == 0) {
    memory.with(input.rest());
  } else {
    const std::string_view header = input.until('\n');
    memory.with(little_endian(header.size(), 8) + std::string(header) + std::string(input.rest()));
  }
  read_tensors(Safetensors(memory.path()));
}

std::vector<std::string> safetensors_seeds() {
  using namespace std::string_literals;
  const std::vector<float> weights(6, 1.5F);
  const std::vector<std::uint8_t> mask = {0, 1, 1};
  const std::filesystem::path path = scratch_folder() / "seed.safetensors";
  const NamedTensor tensors[] = {
      {"hidden/weight", f32, {2, 3}, std::as_bytes(std::span(weights))},
      {"mask", boolean, {3}, std::as_bytes(std::span(mask))},
      {"none", f64, {0, 5}, {}},
  };
  write_safetensors(path, tensors, {{"made by", "a \"test\" \xc3\xa4"}});
  return {"\0"s + read_whole(path),
          "\1"s + R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],)" +
              R"("data_offsets":[0,8]},"b":{"dtype":"F4","shape":[6],"data_offsets":[8,11]}})" +
              "\n" + std::string(11, '?'),
          "\1{}\n"s,
          "\1"s + R"({"\u0041":{"data_offsets":[0,0],"shape":[0,3],"dtype":"BF16"}})" + "\n"};
}

const Registered safetensors_target({"safetensors", &run_safetensors, &safetensors_seeds});

}  // namespace
}  // namespace foregraph::fuzz
