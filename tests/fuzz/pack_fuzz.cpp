// `foregraph pack`: files of buffers, and the placement that is printed for them.
#include <foregraph/detail/planner/constrained/search_constrained.hpp>
#include <foregraph/detail/tools/command_line/allocation_file.hpp>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

/// Two buffers may share bytes only if at each step one of them does not use them.
void check_placement(const std::vector<ConstrainedBuffer>& buffers, const Placement& placement) {
  require(placement.offsets.size() == buffers.size(), "a buffer has no offset");
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const std::int64_t offset = placement.offsets[i];
    require(offset >= 0 && offset + buffers[i].range.bytes <= placement.peak_bytes,
            "a buffer beyond the peak");
    require(offset % buffers[i].alignment == 0, "a buffer that is not aligned");
    require(!buffers[i].offset || *buffers[i].offset == offset, "a fixed buffer was moved");
  }
  require(!find_overlap(buffers, {placement.offsets.data(), buffers.size()}),
          "two buffers overlap");
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
  const PackResult result = search_constrained_placement(file.buffers, {.seconds = 0});
  check_placement(file.buffers, result.placement);
  require(result.placement.peak_bytes >= result.lower_bound_bytes, "a peak below its bound");
}

std::vector<std::string> pack_seeds() {
  return {
      "\nid,lower,upper,size\n0,0,3,16\n1,1,4,32\n2,3,6,16\n",
      ".4096\nid,lower,upper,size\r\na,-5,10,100\r\n\r\nb,10,9000000000,7\r\nc,0,1,0\r\n",
      "\nid,lower,upper,size,gaps,offset,alignment\na,-4,9,64,-3-2 3-7@0:32,128,64\nb,0,5,8,,,2\n",
      ".cap64\nid,lower,upper,size\n0,0,2,64\n1,2,4,64\n2,0,4,1\n3,1,3,5\n4,1,2,9\n5,0,1,3",
  };
}

const Registered pack_target({"pack", &run_pack, &pack_seeds});

}  // namespace
}  // namespace foregraph::fuzz
