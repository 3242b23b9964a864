#pragma once

#include <filesystem>
#include <string>

/// Runs a part of a page in a folder of the page. All parts of a page use the same one, in the
/// page's order, so that a part can read what the part before has written.
class RunInFolder {
 public:
  explicit RunInFolder(const std::string& page) : before_(std::filesystem::current_path()) {
    static std::string last;
    const std::filesystem::path folder = before_ / page;
    if (last != page) std::filesystem::remove_all(folder);  // of the test before
    last = page;
    std::filesystem::create_directories(folder);
    std::filesystem::current_path(folder);
  }
  ~RunInFolder() { std::filesystem::current_path(before_); }
  RunInFolder(const RunInFolder&) = delete;
  RunInFolder& operator=(const RunInFolder&) = delete;

 private:
  std::filesystem::path before_;
};
