// The rooms are floors: a file includes headers only of its own room and of rooms below, and no two
// folders need each other. The tests have the rooms' folders again.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace structure_test {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 25;

/// From the lowest to the highest.
std::vector<std::string> rooms() {
  std::istringstream words(FOREGRAPH_ROOMS);
  std::vector<std::string> names;
  for (std::string word; words >> word;) names.push_back(word);
  return names;
}

struct Include {
  fs::path from;  ///< a file, relative to the project
  int line = 0;
  fs::path to;

  [[nodiscard]] std::string text() const {
    return from.string() + ':' + std::to_string(line) + " includes " + to.string();
  }
  [[nodiscard]] std::string from_room() const { return from.begin()->string(); }
  [[nodiscard]] std::string to_room() const { return to.begin()->string(); }
};

bool is_source(const fs::path& path) {
  return path.extension() == ".hpp" || path.extension() == ".cpp";
}

/// All includes of the library's headers by files in `folder`, as paths after <foregraph/.
std::vector<Include> includes_in(const fs::path& folder) {
  const fs::path root = FOREGRAPH_SOURCE_DIR;
  const std::regex pattern("#include <foregraph/([^>]+)>.*");
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    if (!is_source(entry.path())) continue;
    std::ifstream in(entry.path());
    std::string line;
    for (int number = 1; std::getline(in, line); ++number)
      if (std::smatch parts; std::regex_match(line, parts, pattern))
        found.push_back({fs::relative(entry.path(), root), number, parts[1].str()});
  }
  return found;
}
bool is_private(const Include& include) {
  return include.to.begin()->string() == "detail";
}

/// The includes of headers in rooms by files in rooms, with paths relative to the project.
std::vector<Include> includes() {
  std::vector<Include> found;
  for (const std::string& room : rooms())
    for (Include& each : includes_in(room)) {
      each.to = fs::relative(each.to, "detail");
      found.push_back(each);
    }
  return found;
}

std::ptrdiff_t floor_of(const std::vector<std::string>& names, const std::string& room) {
  return std::find(names.begin(), names.end(), room) - names.begin();
}

}  // namespace structure_test

BOOST_AUTO_TEST_SUITE(structure)

BOOST_AUTO_TEST_CASE(includes_point_down) {
  using namespace structure_test;
  const std::vector<std::string> names = rooms();
  const std::vector<Include> all = includes();
  BOOST_TEST(all.size() > 1000U);
  for (const Include& each : all) {
    const std::ptrdiff_t to = floor_of(names, each.to_room());
    // Headers that the build makes, such as <foregraph/detail/all_ops.hpp>, are in no room.
    if (each.to.begin() == --each.to.end()) continue;
    BOOST_TEST(
        to <= floor_of(names, each.from_room()),
        each.text() << ", which is above; the rooms are, from the lowest, " << FOREGRAPH_ROOMS);
  }
}

BOOST_AUTO_TEST_CASE(rooms_do_not_include_public_headers) {
  using namespace structure_test;
  for (const std::string& room : rooms())
    for (const Include& each : includes_in(room)) BOOST_TEST(is_private(each), each.text());
}

BOOST_AUTO_TEST_CASE(users_include_public_headers) {
  using namespace structure_test;
  const fs::path root = FOREGRAPH_SOURCE_DIR;
  std::size_t count = 0;
  for (const char* folder : {"examples", "tests/consumer"})
    for (const Include& each : includes_in(folder)) {
      BOOST_TEST(!is_private(each), each.text() << ", which is private");
      BOOST_TEST(fs::exists(root / "include" / "foregraph" / each.to), each.text());
      ++count;
    }
  BOOST_TEST(count > 10U);
}

BOOST_AUTO_TEST_CASE(no_folders_include_each_other) {
  using namespace structure_test;
  std::map<fs::path, std::map<fs::path, std::string>> needs;  // with an include as example
  for (const Include& each : includes()) {
    if (each.to.begin() == --each.to.end()) continue;
    if (each.from.parent_path() == each.to.parent_path()) continue;
    needs[each.to.parent_path()];
    needs[each.from.parent_path()].emplace(each.to.parent_path(), each.text());
  }
  BOOST_TEST(needs.size() > 20U);
  // Folders that need nothing that is left are taken away, again and again.
  for (bool found = true; found;) {
    found = false;
    for (auto folder = needs.begin(); folder != needs.end();) {
      const bool is_free =
          std::none_of(folder->second.begin(), folder->second.end(),
                       [&](const auto& need) { return needs.find(need.first) != needs.end(); });
      found = found || is_free;
      folder = is_free ? needs.erase(folder) : std::next(folder);
    }
  }
  for (const auto& [folder, others] : needs)
    for (const auto& [other, example] : others)
      BOOST_TEST((needs.find(other) == needs.end()),
                 "in a circle of folders, or above one: " << example);
}

// A test is found where the code is that it tests.
BOOST_AUTO_TEST_CASE(folders_of_tests_are_those_of_the_rooms) {
  using namespace structure_test;
  const std::vector<std::string> names = rooms();
  const std::set<std::string> others{"compile_fail", "compile_time", "consumer", "docs",
                                     "fuzz",         "onnx",         "plan",     "process",
                                     "release",      "structure",    "support"};
  const fs::path root = FOREGRAPH_SOURCE_DIR;
  std::map<fs::path, std::size_t> files;
  for (const auto& entry : fs::recursive_directory_iterator(root / "tests")) {
    if (!is_source(entry.path())) continue;
    const fs::path folder = fs::relative(entry.path().parent_path(), root / "tests");
    const std::string first = folder.begin()->string();
    if (others.find(first) != others.end()) continue;
    BOOST_TEST((floor_of(names, first) < std::ssize(names)), entry.path().string()
                                                                 << " is in no folder of a room");
    BOOST_TEST(fs::is_directory(root / folder),
               entry.path().string() << " has no such folder beside it: " << folder.string());
    ++files[folder];
  }
  BOOST_TEST(files.size() > names.size());
  for (const auto& [folder, count] : files)
    BOOST_TEST(count <= most_files, "tests/" + folder.string() << " has " << count << " files");
}

BOOST_AUTO_TEST_CASE(folders_can_be_overlooked) {
  using namespace structure_test;
  std::map<fs::path, std::size_t> files;
  for (const std::string& room : rooms())
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(FOREGRAPH_SOURCE_DIR) / room))
      if (is_source(entry.path())) ++files[entry.path().parent_path()];
  BOOST_TEST(files.size() > 20U);
  for (const auto& [folder, count] : files)
    BOOST_TEST(count <= most_files, folder.string() << " has " << count << " files");
}

BOOST_AUTO_TEST_SUITE_END()
