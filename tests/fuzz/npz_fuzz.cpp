// read_npz(): whole archives, and arrays in archives with right checksums, stored and deflated.
#include <foregraph/detail/data/formats/npz.hpp>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

constexpr char npz_separator = '\x1e';

void run_npz(Input& input) {
  static MemoryFile file;
  const std::uint8_t bits = input.byte();
  const std::optional<DType> as = pick_conversion(input);
  std::vector<data::NpzField> fields = {{"x", {}, as}};
  if ((bits & 2) != 0) fields.push_back({"label", "y", {}});
  if ((bits & 1) == 0) {
    file.with(input.rest());
  } else {
    std::vector<ZipMember> members;
    for (const char* name : {"x.npy", "y.npy", "other.txt"}) {
      if (input.is_empty()) break;
      const bool deflated = (bits & (4U << members.size())) != 0;
      const std::string_view header = input.until('\n');
      members.push_back({name, npy(1, header, input.until(npz_separator)), deflated});
    }
    file.with(zip(members));
  }
  (void)read_rows(data::read_npz(file.path(), fields));
}

std::vector<std::string> npz_seeds() {
  using namespace std::string_literals;
  const std::string x = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
  const std::string y = "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }";
  const std::string values(16, '?');
  std::vector<std::string> seeds;
  for (const char bits : {'\3', '\7', '\xf', '\1'})
    seeds.push_back(bits + "\0"s + x + "\n" + values + npz_separator + y + "\n" +
                    "\1\0\0\0\2\0\0\0"s + npz_separator);
  for (const bool deflated : {false, true})
    seeds.push_back("\2\0"s + zip({{"x.npy", npy(1, x + "\n", values), deflated},
                                   {"y.npy", npy(2, y, values.substr(8)), deflated}}));
  return seeds;
}

const Registered npz_target({"npz", &run_npz, &npz_seeds});

}  // namespace
}  // namespace foregraph::fuzz
