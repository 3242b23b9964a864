// Files that claim more than there is, and exceptions of the standard library on the way.
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/reading.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <foregraph/detail/data/formats/idx.hpp>
#include <foregraph/detail/data/formats/unpack.hpp>
#include <fstream>
#include <memory>
#include <new>
#include <random>
#include <stdexcept>
#include <vector>

#include "support/expect.hpp"
#include "support/folder.hpp"
#include "support/sanitized.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Lets the process have `bytes` more of address space, until the end.
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(std::size_t bytes) {
#ifdef __GLIBC__
    ::malloc_trim(0);  // or else what was freed before could be enough
#endif
    ::getrlimit(RLIMIT_AS, &before_);
    std::ifstream sizes("/proc/self/statm");
    std::size_t pages = 0;
    sizes >> pages;
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + bytes;
    ::setrlimit(RLIMIT_AS, &limit);
  }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;
  ~AddressSpaceLimit() {
    ::setrlimit(RLIMIT_AS, &before_);
  }

 private:
  rlimit before_{};
};

void write_packed(const std::filesystem::path& path, const std::string& content, const char* mode) {
  const gzFile file = ::gzopen(path.c_str(), mode);
  ::gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
  ::gzclose(file);
}

std::string four_bytes(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xffU);
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reading_limits)

BOOST_AUTO_TEST_CASE(memory_grows_with_what_comes) {
  std::size_t left = 3'000'001;
  const auto read = [&](std::span<std::byte> to) {
    const std::size_t count = std::min({left, to.size(), std::size_t{777'777}});
    std::fill_n(to.begin(), count, std::byte{7});
    left -= count;
    return static_cast<std::int64_t>(count);
  };
  const auto bytes = detail::unpacked(std::size_t{1} << 60, read);
  BOOST_TEST(bytes.size() == 3'000'001U);
  BOOST_TEST((bytes.back() == std::byte{7}));
  left = 100;
  BOOST_TEST(detail::unpacked(40, read).size() == 40U);
  BOOST_TEST(left == 60U);
  BOOST_TEST(detail::unpacked(0, read).empty());
}

BOOST_AUTO_TEST_CASE(a_gzip_that_claims_too_much) {
  if (is_sanitized) return;
  const Folder folder;
  // 1 MB of random bytes could be 1 GB unpacked, as the header says.
  std::mt19937 random(1);
  std::string noise;
  for (int i = 0; i < 1'000'000; ++i) noise += static_cast<char>(random());
  const std::string claim = std::string("\0\0\x08\x01", 4) + four_bytes(1'000'000'000);
  write_packed(folder / "claims.gz", claim + noise, "wb0");
  const AddressSpaceLimit limit(200 << 20);
  expect<DataError>([&] { (void)data::read_idx_array(folder / "claims.gz", {.as = f32}); },
                    {"claims.gz", "there are 1000000 bytes of values", "expected 1000000000"});
}

BOOST_AUTO_TEST_CASE(too_little_memory_is_a_data_error) {
  if (is_sanitized) return;
  const Folder folder;
  constexpr std::uint32_t many = 100 << 20;
  const std::string header = std::string("\0\0\x08\x01", 4) + four_bytes(many);
  write_packed(folder / "large.gz", header + std::string(many, '\1'), "wb1");
  {
    std::ofstream rows(folder / "large.csv");
    rows << "a,label\n";
    for (int i = 0; i < 3 << 20; ++i) rows << "1234567,0\n";
  }
  const AddressSpaceLimit limit(10 << 20);
  // What tests before have freed may still be in the process: it is taken, all but small pieces.
  std::vector<std::unique_ptr<char[]>> taken;
  taken.reserve(10'000);
  constexpr std::size_t block = 4 << 20;
  while (char* const memory = new (std::nothrow) char[block]) taken.emplace_back(memory);
  expect<DataError>([&] { (void)data::read_idx_array(folder / "large.gz", {.as = f32}); },
                    {"cannot read", "large.gz", "not enough memory"});
  expect<DataError>([&] { (void)data::read_csv(folder / "large.csv"); },
                    {"cannot read", "large.csv", "not enough memory"});
}

BOOST_AUTO_TEST_CASE(exceptions_of_the_standard_library_become_those_of_this_one) {
  const std::filesystem::path path = "some.file";
  const auto thrown = [&](auto exception) {
    return [&path, exception] { detail::reading(path, [&]() -> int { throw exception; }); };
  };
  expect<DataError>(thrown(std::bad_alloc()), {"'some.file'", "not enough memory"});
  expect<DataError>(thrown(std::length_error("x")), {"'some.file'", "not enough memory"});
  const std::error_code refused = std::make_error_code(std::errc::permission_denied);
  expect<FileError>(thrown(std::filesystem::filesystem_error("open", refused)),
                    {"'some.file'", "Permission denied"});
  expect<FileError>(thrown(std::ios_base::failure("bad")), {"'some.file'"});
  try {
    thrown(std::filesystem::filesystem_error("open", refused))();
  } catch (const FileError& error) {
    BOOST_TEST(error.error_number() == EACCES);
  }
  // Others are left as they are.
  expect<BatchError>(thrown(BatchError("mine")), {"mine"});
  expect<InternalError>(thrown(InternalError("bug")), {"bug"});
  BOOST_TEST(detail::reading(path, [] { return 7; }) == 7);
}

BOOST_AUTO_TEST_SUITE_END()
