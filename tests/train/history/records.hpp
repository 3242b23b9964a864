#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <foregraph/detail/train/history/epoch_record.hpp>
#include <fstream>
#include <iterator>
#include <string>

namespace foregraph::test {

/// A folder that is gone at the end of a test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "foregraph_XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  BOOST_TEST_REQUIRE(file.is_open(), path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline EpochRecord record(std::int64_t epoch, NamedValues values) {
  return {.epoch = epoch, .steps = 9, .seconds = 1.5, .values = std::move(values)};
}

}  // namespace foregraph::test
