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
  std::string name{};                  ///< unique in a file
  DType dtype = f32;                   ///< type of the elements
  std::vector<std::int64_t> shape{};   ///< sizes, outermost first; empty for a scalar
  std::span<const std::byte> bytes{};  ///< the elements, row-major and little-endian; not owned
};

/// Free text stored in a file, by key.
using Metadata = std::map<std::string, std::string, std::less<>>;

}  // namespace foregraph
