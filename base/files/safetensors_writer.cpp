#include <algorithm>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/atomic_file.hpp>
#include <foregraph/detail/base/files/content_checksum.hpp>
#include <foregraph/detail/base/files/safetensors.hpp>
#include <foregraph/detail/base/files/safetensors_header.hpp>
#include <nlohmann/json.hpp>

namespace foregraph {
namespace {

constexpr std::size_t data_alignment = 64;  ///< bytes in a cache line and in the widest vectors

/// Returns a JSON string.
std::string json_string(std::string_view text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    throw UsageError("write_safetensors: " + in_quotes(text) + " is not UTF-8");
  }
}

void check_tensor(const NamedTensor& tensor) {
  const std::string what = "write_safetensors: tensor " + in_quotes(tensor.name);
  if (tensor.name == metadata_name) throw UsageError(what + " has a reserved name");
  std::int64_t bytes = bytes_per_element(tensor.dtype);
  bool fits = true;
  for (const std::int64_t dimension : tensor.shape)
    fits = fits && dimension >= 0 && !__builtin_mul_overflow(bytes, dimension, &bytes);
  if (!fits)
    throw UsageError(what + ": its shape is negative, or its size does not fit in 64 bits");
  if (static_cast<std::uint64_t>(bytes) != tensor.bytes.size())
    throw UsageError(what + " was given " + std::to_string(tensor.bytes.size()) +
                     " bytes, but its shape takes " + std::to_string(bytes));
}

/// Returns the tensors sorted by decreasing element size. Throws UsageError if names are repeated.
std::vector<const NamedTensor*> in_file_order(std::span<const NamedTensor> tensors) {
  std::vector<const NamedTensor*> order;
  order.reserve(tensors.size());
  for (const NamedTensor& tensor : tensors) {
    check_tensor(tensor);
    order.push_back(&tensor);
  }
  std::sort(order.begin(), order.end(),
            [](const auto* a, const auto* b) { return a->name < b->name; });
  const auto twice = std::adjacent_find(
      order.begin(), order.end(), [](const auto* a, const auto* b) { return a->name == b->name; });
  if (twice != order.end())
    throw UsageError("write_safetensors: two tensors are called " + in_quotes((*twice)->name));
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    const std::int64_t a_bytes = bytes_per_element(a->dtype);
    const std::int64_t b_bytes = bytes_per_element(b->dtype);
    return a_bytes != b_bytes ? a_bytes > b_bytes : a < b;
  });
  return order;
}

std::string header_text(std::span<const NamedTensor* const> order, const Metadata& metadata) {
  std::string text(1, '{');
  text += json_string(metadata_name) + ":{";
  for (const auto& [key, value] : metadata) {
    if (text.back() != '{') text += ',';
    text += json_string(key) + ':' + json_string(value);
  }
  text += '}';
  std::uint64_t offset = 0;
  for (const NamedTensor* const tensor : order) {
    text += ',' + json_string(tensor->name) + ":{\"dtype\":\"" +
            std::string(safetensors_dtype(tensor->dtype)) + "\",\"shape\":[";
    for (const std::int64_t dimension : tensor->shape) {
      if (text.back() != '[') text += ',';
      text += std::to_string(dimension);
    }
    text += "],\"data_offsets\":[" + std::to_string(offset) + ',';
    offset += tensor->bytes.size();
    text += std::to_string(offset) + "]}";
  }
  text += '}';
  const std::size_t used = (sizeof(std::uint64_t) + text.size()) % data_alignment;
  if (used != 0) text.append(data_alignment - used, ' ');
  if (text.size() > most_header_bytes)
    throw UsageError("write_safetensors: names, shapes and metadata take " +
                     std::to_string(text.size()) + " bytes, but the format allows " +
                     std::to_string(most_header_bytes));
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, ListOf<NamedTensor> tensors,
                       const Metadata& metadata) {
  const std::vector<const NamedTensor*> order = in_file_order(tensors);
  Metadata complete = metadata;
  ContentChecksum sum;
  sum.add(metadata, checksum_key);
  for (const NamedTensor* const t : order)
    sum.add_tensor(t->name, safetensors_dtype(t->dtype), t->shape, t->bytes);
  complete.insert_or_assign(std::string(checksum_key), sum.text());

  const std::string header = header_text(order, complete);
  const std::uint64_t length = header.size();
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(header);
  for (const NamedTensor* const t : order) file.write(t->bytes);
  file.commit();
}

}  // namespace foregraph
