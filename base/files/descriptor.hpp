#pragma once

#include <filesystem>
#include <foregraph/detail/base/compiler.hpp>
#include <string_view>

#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// Throws FileError with `error_number`: "cannot <what> '<path>': No space left on device;
/// <advice>".
[[noreturn]] FOREGRAPH_EXPORT void throw_file_error(std::string_view what,
                                                    const std::filesystem::path& path,
                                                    int error_number, std::string_view advice = {});

/// An owned file descriptor, closed by the destructor.
class FOREGRAPH_EXPORT Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }
  void close() noexcept;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// Opens a file with open(2), retrying if a signal interrupts it. The file is closed on exec.
/// Returns an empty Descriptor and sets errno if the system refuses.
[[nodiscard]] FOREGRAPH_EXPORT Descriptor open_descriptor(const std::filesystem::path& path,
                                                          int flags, unsigned mode = 0);

}  // namespace foregraph
