#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>

namespace foregraph {

/// A tensor to be written: dense, row-major, little-endian, in the caller's memory.
struct NamedTensor {
  std::string name{};
  DType dtype = f32;
  std::vector<std::int64_t> shape{};
  std::span<const std::byte> bytes{};
};

/// Free text stored in a file, by key.
using Metadata = std::map<std::string, std::string, std::less<>>;

}  // namespace foregraph
