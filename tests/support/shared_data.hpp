#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace foregraph::test {

/// Returns a folder in the one that FOREGRAPH_SHARED_DATA names, which has data with known right
/// answers; none, with a message, where it is missing: users do not have it.
inline std::optional<std::filesystem::path> shared_data(const std::string& folder) {
  const char* const shared = std::getenv("FOREGRAPH_SHARED_DATA");
  if (shared != nullptr && std::filesystem::exists(std::filesystem::path(shared) / folder))
    return std::filesystem::path(shared) / folder;
  BOOST_TEST_MESSAGE("skipped: FOREGRAPH_SHARED_DATA, a folder with " << folder << ", is not set");
  BOOST_TEST(true);
  return std::nullopt;
}

}  // namespace foregraph::test
