#pragma once

#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <string>

namespace foregraph::detail {

/// Throws what the exception being handled means for the one who reads `path`: DataError if memory
/// ran out, FileError if the system or its streams refused. Others go on as they are.
[[noreturn]] void throw_reading_error(const std::filesystem::path& path);

/// Returns call(), so that nothing but this library's exceptions leaves it where a file is too
/// large or cannot be read: each names the file and the reason.
template <class Call>
decltype(auto) reading(const std::filesystem::path& path, const Call& call) {
  try {
    return call();
  } catch (const Error&) {
    throw;
  } catch (...) {
    throw_reading_error(path);
  }
}

}  // namespace foregraph::detail
