#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <mutex>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/files/descriptor.hpp>
#include <foregraph/detail/base/system/thread.hpp>

namespace foregraph {

/// Speed of reading and writing a file, in bytes per second.
struct DiskSpeed {
  double write_bytes_per_second = 0;
  double read_bytes_per_second = 0;
};

/// A temporary file without a name that holds values of a step while they are out of memory. A
/// thread reads and writes it, in the order of the requests. Requests are numbered; wait() waits
/// for one of them. All functions are called by one thread at a time.
class FOREGRAPH_EXPORT PageFile {
 public:
  /// Creates a file of `size_bytes` in `folder` and reserves its space on the disk. If `folder` is
  /// empty, the file is in the system's folder for temporary files, or in /var/tmp if that one's
  /// files are in memory. Requests have numbers below `requests`. Throws FileError if the folder
  /// refuses the file or the disk is full.
  PageFile(const std::filesystem::path& folder, std::int64_t size_bytes, std::size_t requests);
  PageFile(const PageFile&) = delete;
  PageFile& operator=(const PageFile&) = delete;
  /// Waits for all requests.
  ~PageFile();

  /// Starts to write `bytes` bytes at `offset` of the file. The memory must stay unchanged until
  /// wait() has returned. Allocates nothing.
  void begin_write(std::size_t request, const std::byte* from, std::int64_t bytes,
                   std::int64_t offset);
  /// Starts to read; like begin_write().
  void begin_read(std::size_t request, std::byte* to, std::int64_t bytes, std::int64_t offset);
  /// Waits for a request that was started. Throws FileError if it or one before it failed.
  void wait(std::size_t request);
  /// Waits until no request is under way, and forgets their errors.
  void finish() noexcept;

  /// Returns the bytes reserved on the disk.
  [[nodiscard]] std::int64_t size_bytes() const { return size_bytes_; }

 private:
  struct Request {
    std::byte* memory = nullptr;
    std::int64_t bytes = 0;
    std::int64_t offset = 0;
    std::size_t number = 0;
    bool is_write = false;
  };
  void reserve() const;
  void begin(Request request);
  void transfer(const Request& request) const;
  void perform(const Request& request) noexcept;
  void work();

  std::filesystem::path folder_;
  std::int64_t size_bytes_ = 0;
  Descriptor file_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Request> queue_;  ///< a ring
  std::size_t first_ = 0;       ///< of the requests in the ring
  std::size_t waiting_ = 0;     ///< number of requests in the ring, the current one included
  std::vector<char> done_;      ///< by request
  std::exception_ptr failure_;  ///< of the first request that failed
  bool ends_ = false;
  Thread thread_;
};

/// Measures the speed of a temporary file in `folder` by writing and reading `bytes` bytes in
/// blocks of a MiB. Through the system's cache of files, as a PageFile is used; so it is the speed
/// of memory rather than of the disk as long as the system has memory to spare. Throws FileError.
[[nodiscard]] FOREGRAPH_EXPORT DiskSpeed measure_disk(const std::filesystem::path& folder,
                                                      std::int64_t bytes);

}  // namespace foregraph
