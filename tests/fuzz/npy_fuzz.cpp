// read_npy(): whole files, and headers in a frame with the right lengths.
#include <foregraph/detail/data/formats/npy.hpp>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

void run_npy(Input& input) {
  static MemoryFile file;
  const std::size_t frame = input.below(4);  // 0: none, else the version
  const std::optional<DType> as = pick_conversion(input);
  if (frame == 0) {
    file.with(input.rest());
  } else {
    const std::string_view header = input.until('\n');
    file.with(npy(static_cast<int>(frame), header, input.rest()));
  }
  (void)read_rows(data::read_npy({{"x", file.path(), as}, {"y", file.path(), f64}}));
}

std::vector<std::string> npy_seeds() {
  using namespace std::string_literals;
  const auto header = [](const std::string& descr, const std::string& shape) {
    return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }   \n";
  };
  std::vector<std::string> seeds = {"\1\0"s + header("<f4", "(3, 2)") + std::string(24, '?'),
                                    "\2\1"s + header("|u1", "(2, 2, 2)") + "\1\2\3\4\5\6\7\x8"s,
                                    "\1\4"s + header("<i2", "(4,)") + std::string(8, '\xff'),
                                    "\3\0"s + header("|b1", "(3,)") + "\0\1\1"s,
                                    "\1\0"s + header("<f8", "(1, 2)") + std::string(16, '@')};
  seeds.push_back("\0\0"s + npy(1, header("<i8", "(2,)"), std::string(16, '\x11')));
  seeds.push_back("\0\1"s + npy(2, header("<i4", "(2, 1)"), std::string(8, '\x22')));
  return seeds;
}

const Registered npy_target({"npy", &run_npy, &npy_seeds});

}  // namespace
}  // namespace foregraph::fuzz
