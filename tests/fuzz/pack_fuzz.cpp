// `foregraph pack`: files of buffers, and the placement that is printed for them.
#include <foregraph/detail/planner/search_placement.hpp>
#include <foregraph/detail/tools/command_line/allocation_file.hpp>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

/// Two buffers may share bytes only if one is dead before the other begins.
void check_placement(const std::vector<LiveRange>& ranges, const Placement& placement) {
  require(placement.offsets.size() == ranges.size(), "a buffer has no offset");
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const std::int64_t end = placement.offsets[i] + ranges[i].bytes;
    require(placement.offsets[i] >= 0 && end <= placement.peak_bytes, "a buffer beyond the peak");
    for (std::size_t j = 0; j < i; ++j) {
      const bool at_once = ranges[i].first < ranges[j].last && ranges[j].first < ranges[i].last;
      const bool apart = end <= placement.offsets[j] ||
                         placement.offsets[j] + ranges[j].bytes <= placement.offsets[i];
      require(!at_once || apart || ranges[i].bytes == 0 || ranges[j].bytes == 0,
              "two buffers overlap");
    }
  }
}

void run_pack(Input& input) {
  static MemoryFile memory;
  static const std::filesystem::path folder = [] {
    std::filesystem::create_directories(scratch_folder() / "pack");
    return scratch_folder() / "pack";
  }();
  static std::filesystem::path link;
  // A capacity may be in the file's name.
  std::string name = "buffers";
  for (const char letter : input.until('\n').substr(0, 100))
    if (letter != '/' && letter != '\0') name += letter;
  const std::filesystem::path wanted = folder / (name + ".csv");
  if (link != wanted) {
    std::error_code ignored;
    std::filesystem::remove(link, ignored);
    std::filesystem::create_symlink(memory.path(), wanted);
    link = wanted;
  }
  memory.with(input.rest());
  const cli::AllocationFile file = cli::read_allocation(link.string());
  require(!file.capacity || *file.capacity >= 0, "a negative capacity");
  const PackResult result = search_placement(file.ranges, {.seconds = 0});
  check_placement(file.ranges, result.placement);
  require(result.placement.peak_bytes >= result.lower_bound_bytes, "a peak below its bound");
}

std::vector<std::string> pack_seeds() {
  return {
      "\nid,lower,upper,size\n0,0,3,16\n1,1,4,32\n2,3,6,16\n",
      ".4096\nid,lower,upper,size\r\na,-5,10,100\r\n\r\nb,10,9000000000,7\r\nc,0,1,0\r\n",
      ".cap64\nid,lower,upper,size\n0,0,2,64\n1,2,4,64\n2,0,4,1\n3,1,3,5\n4,1,2,9\n5,0,1,3",
  };
}

const Registered pack_target({"pack", &run_pack, &pack_seeds});

}  // namespace
}  // namespace foregraph::fuzz
