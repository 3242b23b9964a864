#pragma once

#include <minizip/zip.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "support/npy_file.hpp"

/// Files that the pages' examples read.
namespace example_files {

inline void write(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// Returns `count` bytes that go up from 0 and start again after `modulus`.
inline std::string bytes(int count, int modulus = 251) {
  std::string result;
  for (int i = 0; i < count; ++i) result += static_cast<char>(i % modulus);
  return result;
}

/// Returns the bytes of `count` values of T that go up from 0 and start again after `modulus`.
template <class T>
std::string values(int count, int modulus) {
  std::string result;
  for (int i = 0; i < count; ++i) result += foregraph::test::bytes_of(static_cast<T>(i % modulus));
  return result;
}

/// Writes an archive of NumPy arrays.
inline void write_npz(const std::string& path,
                      const std::vector<std::pair<std::string, std::string>>& arrays) {
  const zipFile file = ::zipOpen64(path.c_str(), APPEND_STATUS_CREATE);
  for (const auto& [name, content] : arrays) {
    ::zipOpenNewFileInZip64(file, (name + ".npy").c_str(), nullptr, nullptr, 0, nullptr, 0, nullptr,
                            Z_DEFLATED, Z_DEFAULT_COMPRESSION, 0);
    ::zipWriteInFileInZip(file, content.data(), static_cast<unsigned>(content.size()));
    ::zipCloseFileInZip(file);
  }
  ::zipClose(file, nullptr);
}

/// Returns the start of an IDX file: bytes, with these dimensions.
inline std::string idx_header(const std::vector<int>& dimensions, char type = 8) {
  std::string header{0, 0, type, static_cast<char>(dimensions.size())};
  for (const int n : dimensions)
    for (int shift = 24; shift >= 0; shift -= 8) header += static_cast<char>(n >> shift & 255);
  return header;
}

}  // namespace example_files
