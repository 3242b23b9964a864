#pragma once

#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/export.hpp>
#include <string>

namespace foregraph::detail {

/// Translates the exception being handled for a reader of `path`: throws DataError if memory ran
/// out, FileError if the system or its streams refused. Rethrows other exceptions unchanged.
[[noreturn]] FOREGRAPH_EXPORT void throw_reading_error(const std::filesystem::path& path);

/// Returns call(), translating exceptions about files that are too large or unreadable into
/// exceptions of this library, which name the file and the reason.
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
