#include <foregraph/detail/base/files/reading.hpp>
#include <ios>
#include <new>
#include <stdexcept>
#include <system_error>

namespace foregraph::detail {
namespace {

[[noreturn]] void out_of_memory(const std::filesystem::path& path) {
  throw DataError("cannot read '" + path.string() +
                  "': not enough memory for its contents or the size it claims; check that it is "
                  "the right file, or give the process more memory");
}

}  // namespace

void throw_reading_error(const std::filesystem::path& path) {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    out_of_memory(path);
  } catch (const std::length_error&) {  // beyond the capacity of a container
    out_of_memory(path);
  } catch (const std::system_error& error) {  // also from file systems and streams
    throw FileError("cannot read '" + path.string() + "': " + error.code().message(),
                    error.code().category() == std::iostream_category() ? 0 : error.code().value());
  }
}

}  // namespace foregraph::detail
