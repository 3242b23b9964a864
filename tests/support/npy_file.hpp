#pragma once

#include <string>

#include "support/temporary_folder.hpp"

namespace foregraph::test {

/// An array in NumPy's format with this dictionary and these bytes of values.
inline std::string npy_with(const std::string& dictionary, const std::string& values,
                            int version = 1) {
  const std::size_t start = version == 1 ? 10 : 12;
  std::string header = dictionary;
  while ((start + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string bytes = "\x93NUMPY" + std::string{static_cast<char>(version), '\0'};
  for (std::size_t at = 8; at < start; ++at)
    bytes += static_cast<char>(header.size() >> (8 * (at - 8)) & 255);
  return bytes + header + values;
}

inline std::string npy(const std::string& descr, const std::string& shape,
                       const std::string& values, int version = 1) {
  return npy_with("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }",
                  values, version);
}

}  // namespace foregraph::test
